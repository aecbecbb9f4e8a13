import { closeSync, openSync, readSync } from 'node:fs';
import { decodeText } from './decode.ts';
import { type Encoding, encodingOfHead } from './encoding.ts';

const FIRST_BYTES = 16_384;
/** A line longer than this is of no table. */
const MOST_BYTES = 1 << 26;
const ENOUGH_LINES = 20;

/** Files whose first lines are wanted whole; of others the first bytes say enough. */
const TABLE = /\.(csv|tsv|tab|txt|lst)$/i;

/**
 * The beginning of a text file, with its first lines whole however long they are, without a byte order mark.
 * @param encoding as the user says; else as the beginning suggests
 */
export function headOf(path: string, encoding?: Encoding): string {
  const most = TABLE.test(path) ? MOST_BYTES : FIRST_BYTES;
  const fd = openSync(path, 'r');
  try {
    for (let size = FIRST_BYTES; ; size *= 4) {
      const bytes = Buffer.alloc(size);
      const read = bytes.subarray(0, readSync(fd, bytes, 0, size, 0));
      const text = decodeText(read, encoding ?? encodingOfHead(read));
      const lines = text.match(/\r\n?|\n/g)?.length ?? 0;
      // Long lines are worth reading on for; of short ones the first bytes hold many.
      if (lines >= ENOUGH_LINES || (size > FIRST_BYTES && lines >= 2)) return text;
      if (read.length < size || size >= most) return text;
    }
  } finally {
    closeSync(fd);
  }
}
