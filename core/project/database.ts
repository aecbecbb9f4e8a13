import type { Database, Options, Statement } from 'better-sqlite3';
import { diskFault, Fault } from '../foundation/fault.ts';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  // better-sqlite3 ends the process without a word on older versions.
  throw new Fault(
    `Visage projects need Node 24 and this is Node ${process.versions.node}. Use 'npm run -s visage -- …', which brings its own.`,
  );
}
const { default: Sqlite } = await import('better-sqlite3');

/** @param file path of a database, or its bytes */
export function openDatabase(file: string | Buffer, options: Options): Database {
  return new Sqlite(file, options);
}

/** The sentence for what SQLite or the file system says; undefined for anything that no user can cause. */
export function faultOf(thrown: unknown, path: string): Fault | undefined {
  if (thrown instanceof Fault || !(thrown instanceof Error)) return undefined;
  const code = String((thrown as NodeJS.ErrnoException).code ?? '');
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return new Fault(
      `The database of project '${path}' is damaged (${thrown.message}). Put project.db back from a backup, or save what can be read with: sqlite3 project.db .recover`,
    );
  }
  if (code === 'SQLITE_FULL') {
    return new Fault(
      `The disk that holds project '${path}' is full. This step was not written; all that was there before is kept. Free some space and try again.`,
    );
  }
  if (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED') {
    return new Fault(
      `Project '${path}' is being written by another process. Try again when that is finished.`,
    );
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_PERM') {
    return new Fault(
      `Project '${path}' cannot be written: its folder or disk is read-only for this user (${thrown.message}). Change its permissions, or copy it to where it can be written.`,
    );
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new Fault(
      `The disk that holds project '${path}' reports an error (${thrown.message}, ${code}). Check the disk, and put project.db back from a backup if it is damaged.`,
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return new Fault(
      `The database of project '${path}' cannot be opened: its folder is read-only or gone (${thrown.message}). Check that the folder is there and may be read.`,
    );
  }
  return diskFault(thrown);
}

/** Runs work on a project; what a user can cause leaves it as a Fault. */
export function spoken<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw faultOf(thrown, path) ?? thrown;
  }
}

/**
 * The open database of a project: prepared statements and transactions. `changed` is called when what was read
 * before may no longer hold (another process wrote, or a transaction was taken back).
 */
export class Connection {
  readonly db: Database;
  /** The project folder. */
  readonly path: string;
  readonly readOnly: boolean;
  readonly #statements = new Map<string, Statement<unknown[], unknown>>();
  readonly #stale: (() => void)[] = [];

  constructor(db: Database, path: string, readOnly: boolean) {
    this.db = db;
    this.path = path;
    this.readOnly = readOnly;
  }

  /** The prepared statement of this text, its rows as arrays where `raw`. Prepared once. */
  sql(text: string): Statement<unknown[], unknown> {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.db.prepare<unknown[], unknown>(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  all<Row>(text: string, ...parameters: unknown[]): Row[] {
    return this.sql(text).all(...parameters) as Row[];
  }

  get<Row>(text: string, ...parameters: unknown[]): Row | undefined {
    return this.sql(text).get(...parameters) as Row | undefined;
  }

  /** Runs a statement and gives the id of the row that it inserted. */
  insert(text: string, ...parameters: unknown[]): number {
    return Number(this.sql(text).run(...parameters).lastInsertRowid);
  }

  run(text: string, ...parameters: unknown[]): number {
    return this.sql(text).run(...parameters).changes;
  }

  onStale(forget: () => void): void {
    this.#stale.push(forget);
  }

  forget(): void {
    for (const forget of this.#stale) forget();
  }

  /** One durable transaction: all of `work` is written when it returns, or nothing of it when it throws. */
  write<T>(work: () => T): T {
    if (this.readOnly) {
      throw new Fault(`Project '${this.path}' is open for reading only, so nothing can be written.`);
    }
    if (this.db.inTransaction) throw new Error('A write was begun inside another write of the same project.');
    return spoken(this.path, () => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.db.exec('COMMIT');
        return result;
      } catch (thrown) {
        // A full disk makes SQLite roll back by itself.
        if (this.db.inTransaction) this.db.exec('ROLLBACK');
        this.forget();
        throw thrown;
      }
    });
  }
}
