import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { Fault } from '../foundation/fault.ts';
import { wholeFolder } from '../foundation/whole.ts';
import { checkDatabaseFile } from './damage.ts';
import { Connection, openDatabase, spoken } from './database.ts';
import { databaseFile, FOLDERS, projectName } from './folder.ts';
import { migrate, refuseNewer, versionOf } from './migrations.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { WriterLock } from './writer-lock.ts';

export interface OpenedFolder {
  connection: Connection;
  name: string;
  close(): void;
}

/**
 * Makes the folder of an empty project. It is built beside its place and renamed, so that a crash leaves no half of
 * a project there.
 */
export function createFolder(given: string, name?: string): void {
  const path = resolve(given);
  if (existsSync(path))
    throw new Fault(`'${given}' exists already; choose another name for the new project.`);
  spoken(given, () =>
    wholeFolder(given, (building) => {
      for (const folder of FOLDERS) mkdirSync(join(building, folder));
      const db = openDatabase(databaseFile(building), {});
      try {
        db.pragma(`application_id = ${APPLICATION_ID}`);
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = FULL');
        migrate(db, MIGRATIONS, given);
        const put = db.prepare('INSERT INTO settings (name, value) VALUES (?, ?)');
        put.run('name', name?.trim() || projectName(path));
        put.run('created', String(Date.now()));
      } finally {
        db.close();
      }
    }),
  );
}

/** Opens a project folder; with `readOnly` while another process may write it. Reads no table but the settings. */
export function openFolder(
  given: string,
  { readOnly = false, wait = 5000 }: { readOnly?: boolean; wait?: number },
): OpenedFolder {
  const path = resolve(given);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new Fault(`There is no project '${given}': nothing stands at that path.`);
  if (!stat.isDirectory() || !existsSync(databaseFile(path))) {
    throw new Fault(
      `'${given}' is no Visage project: a project is a folder NAME.visage with a project.db in it. 'visage new' makes one.`,
    );
  }
  return spoken(given, () => {
    checkDatabaseFile(path, given);
    if (!readOnly) accessSync(path, constants.W_OK);
    const lock = readOnly ? undefined : new WriterLock(path, wait);
    let db: Database | undefined;
    try {
      db = readOnly ? openForReading(path, given, wait) : openDatabase(databaseFile(path), { timeout: wait });
      const opened = db;
      prepare(opened, path, given, readOnly);
      const connection = new Connection(opened, path, readOnly);
      const name = connection.get<{ value: string }>("SELECT value FROM settings WHERE name = 'name'");
      return {
        connection,
        name: name?.value ?? projectName(path),
        close() {
          opened.close();
          lock?.release();
        },
      };
    } catch (thrown) {
      db?.close();
      lock?.release();
      throw thrown;
    }
  });
}

/**
 * On a read-only disk SQLite cannot make the files that readers of a live database share. What nobody can write does
 * not change either, so there it is read into memory as a whole.
 */
function openForReading(path: string, given: string, wait: number): Database {
  const file = databaseFile(path);
  let db: Database | undefined;
  try {
    db = openDatabase(file, { readonly: true, fileMustExist: true, timeout: wait });
    db.pragma('application_id');
    return db;
  } catch (thrown) {
    db?.close();
    const code = String((thrown as { code?: unknown }).code);
    if (code !== 'SQLITE_CANTOPEN' && !code.startsWith('SQLITE_READONLY')) throw thrown;
  }
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new Fault(
      `Project '${given}' was not closed before its disk became read-only: copy it to where it can be written and open it there.`,
    );
  }
  const image = readFileSync(file);
  // Bytes 18 and 19 say 'write-ahead log' (2); a database in memory has none (1). SQLite file format, section 1.3.3.
  image.fill(1, 18, 20);
  return openDatabase(image, { readonly: true });
}

function prepare(db: Database, path: string, given: string, readOnly: boolean): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new Fault(`'${databaseFile(given)}' is a database of another program, not a Visage project.`);
  }
  refuseNewer(versionOf(db), MIGRATIONS.length, given);
  db.pragma('foreign_keys = ON');
  db.pragma('recursive_triggers = ON');
  db.pragma('cache_size = -65536');
  if (readOnly) {
    if (versionOf(db) < MIGRATIONS.length) {
      throw new Fault(
        `Project '${given}' was written by an older Visage and has to be brought up to date: open it once for writing.`,
      );
    }
    return;
  }
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('journal_size_limit = 67108864');
  migrate(db, MIGRATIONS, given);
  for (const folder of FOLDERS) mkdirSync(join(path, folder), { recursive: true });
}
