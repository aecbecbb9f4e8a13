import type { Database } from 'better-sqlite3';
import { Fault } from '../foundation/fault.ts';

/** Brings a database from version n to n + 1, inside a transaction that its caller holds. */
export type Migration = (db: Database) => void;

export const versionOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number;

/**
 * Brings the schema to the newest version; all steps are one transaction, so a crash or a failing step leaves the
 * old version as it was.
 * @throws Fault when the database is of a newer version than `migrations` know.
 */
export function migrate(db: Database, migrations: readonly Migration[], path: string): void {
  if (versionOf(db) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another process may have migrated while this one waited for the lock.
    const version = versionOf(db);
    refuseNewer(version, migrations.length, path);
    for (let step = version; step < migrations.length; step++) migrations[step](db);
    db.pragma(`user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (thrown) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw thrown;
  }
}

/** @throws Fault when `version` is beyond what this program knows. */
export function refuseNewer(version: number, known: number, path: string): void {
  if (version <= known) return;
  throw new Fault(
    `Project '${path}' was written by a newer Visage (its schema is version ${version}, this Visage knows up to ${known}). Open it with a newer Visage.`,
  );
}
