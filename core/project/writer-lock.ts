import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { Fault } from '../foundation/fault.ts';
import { openDatabase } from './database.ts';
import { LOCK } from './folder.ts';

/**
 * One process at a time may write a project. The lock is SQLite's own (a transaction held open on an empty database
 * beside project.db), so the system frees it when the process ends, however it ends. Readers need no lock.
 */
export class WriterLock {
  readonly #db: Database;

  /**
   * @param wait milliseconds to wait for another writer
   * @throws Fault when another process (or another opener in this one) is still writing then
   */
  constructor(path: string, wait: number) {
    const file = join(path, LOCK);
    if (!existsSync(file)) writeFileSync(file, '', { flag: 'a' });
    this.#db = openDatabase(file, { timeout: wait });
    try {
      this.#db.exec('BEGIN EXCLUSIVE');
    } catch (thrown) {
      this.#db.close();
      if (!String((thrown as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw thrown;
      throw new Fault(
        `Project '${path}' is open for writing in another process (waited ${wait / 1000} s). Close it there, or wait until its job is done; reading is possible meanwhile.`,
      );
    }
  }

  release(): void {
    this.#db.close();
  }
}
