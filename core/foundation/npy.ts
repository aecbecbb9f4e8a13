import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { diskFault, Fault } from './fault.ts';
import { writeAll, writeWhole } from './whole.ts';

/**
 * NumPy's .npy format, version 1.0 (numpy.lib.format), little-endian, C order: what `numpy.load(mmap_mode='r')`
 * opens.
 */
export type NpyArray = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

const TYPES = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '<i4': Int32Array,
  '<i2': Int16Array,
  '|i1': Int8Array,
  '|u1': Uint8Array,
} as const;
type Descriptor = keyof typeof TYPES;

const HEADER_BYTES = 128;

function descriptorOf(data: NpyArray): Descriptor {
  for (const [descriptor, Type] of Object.entries(TYPES)) {
    if (data instanceof Type) return descriptor as Descriptor;
  }
  throw new TypeError('This array type has no .npy descriptor here.');
}

function header(descriptor: Descriptor, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const bytes = Buffer.alloc(HEADER_BYTES, 0x20);
  bytes.write('\x93NUMPY', 0, 'latin1');
  bytes[6] = 1;
  bytes[7] = 0;
  bytes.writeUInt16LE(HEADER_BYTES - 10, 8);
  bytes.write(text, 10, 'latin1');
  bytes[HEADER_BYTES - 1] = 0x0a;
  return bytes;
}

const bytesOf = (data: NpyArray): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

function readAll(fd: number, bytes: Buffer, position: number): number {
  let at = 0;
  while (at < bytes.length) {
    const got = readSync(fd, bytes, at, Math.min(bytes.length - at, 1 << 30), position + at);
    if (got === 0) break;
    at += got;
  }
  return at;
}

/** Writes a whole array, durably or not at all. `shape` defaults to one dimension. */
export function writeNpy(path: string, data: NpyArray, shape: readonly number[] = [data.length]): void {
  writeWhole(path, (fd) => {
    writeAll(fd, header(descriptorOf(data), shape), 0);
    writeAll(fd, bytesOf(data), HEADER_BYTES);
  });
}

/** An open .npy matrix of which rows can be read without reading the whole. */
export class NpyReader {
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly #fd: number;
  readonly #offset: number;
  readonly #Type: (typeof TYPES)[Descriptor];

  /** @throws Fault when the file is not .npy, is in Fortran order, of another type, or shorter than its header says. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    try {
      const start = Buffer.alloc(12);
      readAll(this.#fd, start, 0);
      if (start.toString('latin1', 0, 6) !== '\x93NUMPY') throw new Fault(`'${path}' is not a .npy file.`);
      const long = start[6] >= 2;
      const length = long ? start.readUInt32LE(8) : start.readUInt16LE(8);
      const text = Buffer.alloc(Math.min(length, 1 << 16));
      readAll(this.#fd, text, long ? 12 : 10);
      const match = /'descr':\s*'([^']+)'.*'fortran_order':\s*(True|False).*'shape':\s*\(([^)]*)\)/s.exec(
        text.toString('latin1'),
      );
      if (!match) throw new Fault(`'${path}' has no readable .npy header.`);
      const [, descriptor, fortran, tuple] = match;
      if (!(descriptor in TYPES) || fortran === 'True') {
        throw new Fault(
          `'${path}' holds '${descriptor}'${fortran === 'True' ? ' in Fortran order' : ''}; allowed: ${Object.keys(TYPES).join(', ')} in C order.`,
        );
      }
      this.#Type = TYPES[descriptor as Descriptor];
      this.shape = tuple
        .split(',')
        .filter((part) => part.trim() !== '')
        .map(Number);
      this.rows = this.shape[0] ?? 1;
      this.columns = this.shape.slice(1).reduce((product, size) => product * size, 1);
      this.#offset = (long ? 12 : 10) + length;
      const need = this.#offset + this.rows * this.columns * this.#Type.BYTES_PER_ELEMENT;
      const have = fstatSync(this.#fd).size;
      if (have < need) throw new Fault(`'${path}' is cut short: ${have} bytes of ${need}.`);
    } catch (thrown) {
      closeSync(this.#fd);
      throw thrown;
    }
  }

  /** Rows [from, to) as one array of (to − from)·columns values. */
  read(from = 0, to = this.rows): NpyArray {
    const data = new this.#Type((to - from) * this.columns);
    readAll(this.#fd, bytesOf(data), this.#offset + from * this.columns * this.#Type.BYTES_PER_ELEMENT);
    return data;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Reads a whole array. */
export function readNpy(path: string): { shape: readonly number[]; data: NpyArray } {
  const reader = new NpyReader(path);
  try {
    return { shape: reader.shape, data: reader.read() };
  } finally {
    reader.close();
  }
}

/**
 * Writes a matrix row block by row block. The header is written with the final row count when it is closed; until then
 * the file says zero rows, so that a crash leaves a valid, empty matrix.
 */
export class NpyWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #row: readonly number[];
  readonly #columns: number;
  readonly #descriptor: Descriptor;
  #rows = 0;

  /** @param row numbers of a row, or its shape. @param descriptor element type, float32 if left out */
  constructor(path: string, row: number | readonly number[], descriptor: Descriptor = '<f4') {
    this.#path = path;
    this.#fd = this.#spoken(() => openSync(path, 'w'));
    this.#row = typeof row === 'number' ? [row] : row;
    this.#columns = this.#row.reduce((product, side) => product * side, 1);
    this.#descriptor = descriptor;
    this.#header();
  }

  get rows(): number {
    return this.#rows;
  }

  /** Appends whole rows. */
  append(data: NpyArray): void {
    const bytes = this.#columns * data.BYTES_PER_ELEMENT;
    if (descriptorOf(data) !== this.#descriptor) {
      throw new TypeError(
        `Rows of '${descriptorOf(data)}' do not belong into a matrix of '${this.#descriptor}'.`,
      );
    }
    this.#spoken(() => writeAll(this.#fd, bytesOf(data), HEADER_BYTES + this.#rows * bytes));
    this.#rows += data.length / this.#columns;
  }

  close(): void {
    try {
      this.#header();
    } finally {
      closeSync(this.#fd);
    }
  }

  #header(): void {
    this.#spoken(() => writeAll(this.#fd, header(this.#descriptor, [this.#rows, ...this.#row]), 0));
  }

  /** Errors of an open file do not say which. */
  #spoken<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw diskFault(thrown, this.#path, 'written') ?? thrown;
    }
  }
}
