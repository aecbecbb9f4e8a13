import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { diskFault, Fault, sentenceOf } from '../foundation/fault.ts';

/** SHA-256 of a file's bytes, hex, read in pieces. */
export function fileHash(path: string): string {
  const hash = createHash('sha256');
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (thrown) {
    throw (
      diskFault(thrown, path, 'read') ??
      new Fault(`The file '${path}' cannot be read: ${sentenceOf(thrown)}.`)
    );
  }
  try {
    const piece = Buffer.alloc(1 << 20);
    for (let got = readSync(fd, piece); got > 0; got = readSync(fd, piece))
      hash.update(piece.subarray(0, got));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** SHA-256 of bytes, hex: what `fileHash` gives for a file of them. */
export const bytesHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const textHash = (text: string): string => bytesHash(Buffer.from(text));

/** A model's content hash: its file's, or for several files the hash over theirs in order. */
export const modelHash = (hashes: readonly string[]): string =>
  hashes.length === 1 ? hashes[0] : textHash(hashes.join('\n'));
