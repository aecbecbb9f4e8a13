import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskFault, Fault } from '../foundation/fault.ts';
import { NpyReader } from '../foundation/npy.ts';
import { syncFolder, writeAll } from '../foundation/whole.ts';

const HEADER_BYTES = 128;
const KEPT = 'The rows that were written before are kept.';

/** Header of a .npy file, version 1.0, padded to 128 bytes whatever the row count, so that rows can be appended. */
function header(type: '<f4' | '<i4', rows: number, columns: number | undefined): Buffer {
  const shape = columns === undefined ? `(${rows},)` : `(${rows}, ${columns})`;
  const bytes = Buffer.alloc(HEADER_BYTES, 0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, HEADER_BYTES - 10, 0]);
  bytes.write(`{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`, 10, 'latin1');
  bytes[HEADER_BYTES - 1] = 0x0a;
  return bytes;
}

const bytesOf = (data: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/**
 * A .npy matrix (or, without `columns`, a vector) that grows at its end. The caller keeps the committed row count
 * elsewhere: rows are appended and synced first, then committed there, then shown in the file's header; what lies
 * behind the committed rows after a crash is cut.
 */
export class GrowingNpy {
  readonly #path: string;
  readonly #fd: number;
  readonly #type: '<f4' | '<i4';
  readonly #columns: number | undefined;
  readonly #rowBytes: number;
  #rows: number;

  /** Opens (or makes) the file with `rows` committed rows. @throws Fault when the file holds fewer. */
  constructor(path: string, type: '<f4' | '<i4', columns: number | undefined, rows: number) {
    this.#type = type;
    this.#columns = columns;
    this.#rowBytes = 4 * (columns ?? 1);
    this.#rows = rows;
    this.#path = path;
    this.#fd = this.#spoken(() => openSync(path, rows === 0 ? 'w+' : 'r+'));
    try {
      const size = fstatSync(this.#fd).size;
      const need = HEADER_BYTES + rows * this.#rowBytes;
      if (rows > 0 && size < need) {
        throw new Fault(`'${path}' is cut short: ${size} bytes of ${need}. Extract these features again.`);
      }
      if (size > need) ftruncateSync(this.#fd, need);
      this.show(rows);
      fsyncSync(this.#fd);
      if (rows === 0) syncFolder(dirname(path));
    } catch (thrown) {
      closeSync(this.#fd);
      throw thrown;
    }
  }

  /** Writes rows behind the committed ones; they are on the disk when it returns, but not yet committed. */
  append(data: Float32Array | Int32Array): void {
    this.#spoken(() => {
      writeAll(this.#fd, bytesOf(data), HEADER_BYTES + this.#rows * this.#rowBytes);
      fsyncSync(this.#fd);
    });
  }

  /** The row count in the header, for other programs. */
  show(rows: number): void {
    this.#rows = rows;
    this.#spoken(() => writeAll(this.#fd, header(this.#type, rows, this.#columns), 0));
  }

  /** Errors of an open file do not say which. */
  #spoken<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw diskFault(thrown, this.#path, 'written', KEPT) ?? thrown;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The row count that the header of a .npy file shows; −1 where there is none to read. */
export function rowsShown(path: string): number {
  try {
    return openNpy(path, (reader) => reader.rows);
  } catch (thrown) {
    if (thrown instanceof Fault) return -1;
    throw thrown;
  }
}

/** Reads the given rows (default: the first `rows`) of a float32 matrix into one row-major array. */
export function readRows(path: string, columns: number, rows: number, wanted?: Int32Array): Float32Array {
  const fd = openSync(path, 'r');
  try {
    const n = wanted?.length ?? rows;
    const data = new Float32Array(n * columns);
    const bytes = bytesOf(data);
    const rowBytes = columns * 4;
    for (let i = 0; i < n; ) {
      const first = wanted?.[i] ?? i;
      let run = wanted === undefined ? n : 1;
      while (wanted !== undefined && i + run < n && wanted[i + run] === first + run) run++;
      for (let at = 0, end = run * rowBytes; at < end; ) {
        const want = Math.min(end - at, 1 << 30);
        const got = readSync(fd, bytes, i * rowBytes + at, want, HEADER_BYTES + first * rowBytes + at);
        if (got === 0) throw new Fault(`'${path}' is cut short: row ${first + run - 1} is not there.`);
        at += got;
      }
      i += run;
    }
    return data;
  } finally {
    closeSync(fd);
  }
}

/** Reads the first `rows` of an int32 vector. @throws Fault when it is of another type or shorter. */
export function readInts(path: string, rows?: number): Int32Array {
  const data = openNpy(path, (reader) => reader.read(0, Math.min(rows ?? reader.rows, reader.rows)));
  if (!(data instanceof Int32Array) || (rows !== undefined && data.length < rows)) {
    throw new Fault(`'${path}' does not hold the ${rows} whole numbers (int32) that its record says.`);
  }
  return data;
}

/** Reads a float32 array. */
export function readFloats(path: string): Float32Array {
  const data = openNpy(path, (reader) => reader.read());
  if (!(data instanceof Float32Array)) throw new Fault(`'${path}' does not hold float32 numbers.`);
  return data;
}

function openNpy<T>(path: string, use: (reader: NpyReader) => T): T {
  let reader: NpyReader;
  try {
    reader = new NpyReader(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Fault(`The file '${path}' is missing.`);
    throw thrown;
  }
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}
