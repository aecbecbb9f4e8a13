import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { diskFault, Fault } from '../foundation/fault.ts';
import { databaseFile } from './folder.ts';

/** First bytes of every SQLite database (file format, section 1.3). */
const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;

const REMEDY = 'Put project.db back from a backup';
const count = (value: number): string => value.toLocaleString('en-US');

/**
 * Looks at the file of a database before SQLite does, which tells none of these apart. Where a write-ahead log holds
 * pages, the file alone says nothing of its length.
 * @throws Fault for a file that is empty, no database, or shorter than its header says
 */
export function checkDatabaseFile(path: string, given: string): void {
  const file = databaseFile(path);
  const name = databaseFile(given);
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const header = Buffer.alloc(HEADER_BYTES);
  let size: number;
  try {
    const fd = openSync(file, 'r');
    try {
      size = fstatSync(fd).size;
      readSync(fd, header, 0, HEADER_BYTES, 0);
    } finally {
      closeSync(fd);
    }
  } catch (thrown) {
    throw diskFault(thrown, name, 'read') ?? thrown;
  }
  if (log > 0) return;
  if (size === 0) {
    throw new Fault(`The database '${name}' is empty (0 bytes): all of it was lost. ${REMEDY}.`);
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new Fault(
      `The file '${name}' is no database: it does not begin as SQLite's do. Something was written over it. ${REMEDY}.`,
    );
  }
  // A page size of 65,536 is written as 1; the number of pages holds where both change counters agree (section 1.3.7).
  const stored = header.readUInt16BE(16);
  const page = stored === 1 ? 65_536 : stored;
  const pages = header.readUInt32BE(24) === header.readUInt32BE(92) ? header.readUInt32BE(28) : 0;
  const need = Math.max(pages, Math.ceil(size / page)) * page;
  if (size >= need) return;
  throw new Fault(
    `The database '${name}' is truncated: it has ${count(size)} bytes of ${count(need)}. A copy of it was probably stopped half-way. Copy the project again, ${REMEDY[0].toLowerCase()}${REMEDY.slice(1)}, or save what can be read with: sqlite3 project.db .recover`,
  );
}
