import { readFileSync, type Stats, statSync } from 'node:fs';
import { Fault } from './fault.ts';

type Kinds = Pick<
  Stats,
  'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket' | 'isBlockDevice' | 'isCharacterDevice'
>;

/**
 * What a directory entry is that is neither a file nor a folder (nor a link): opening one may wait for ever or set a
 * device to work, so nothing of a data set is opened before it was asked. Undefined for files and folders.
 */
export function specialKind(entry: Omit<Kinds, 'isFile' | 'isDirectory'>): string | undefined {
  if (entry.isFIFO()) return 'a named pipe (FIFO)';
  if (entry.isSocket()) return 'a socket';
  if (entry.isBlockDevice() || entry.isCharacterDevice()) return 'a device';
  return undefined;
}

/** What is at a path that is no file, in words. */
export const kindInWords = (entry: Kinds): string =>
  entry.isDirectory() ? 'a folder' : (specialKind(entry) ?? 'no file');

/** @throws Fault where there is no plain file but a folder, a pipe, a socket or a device; as node:fs where there is nothing */
export function requirePlainFile(path: string): void {
  const stat = statSync(path);
  if (!stat.isFile()) throw new Fault(`'${path}' is ${kindInWords(stat)}, not a file; it was not opened.`);
}

/** The bytes of a plain file. @throws Fault for anything else that stands there, unopened; otherwise as node:fs does */
export function readPlainFile(path: string): Buffer {
  requirePlainFile(path);
  return readFileSync(path);
}
