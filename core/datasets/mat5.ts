import { inflateSync } from 'node:zlib';
import { Fault } from '../foundation/fault.ts';

/** A numeric array of a .mat file: values in MATLAB's column-major order. */
export interface MatArray {
  shape: readonly number[];
  data: Float64Array;
}

/**
 * Reader of MATLAB level 5 MAT-files ("MAT-File Format", The MathWorks): real numeric arrays, compressed or not, of
 * either byte order. Other classes (structures, cells, characters, sparse) are passed over.
 */

const MATRIX = 14;
const COMPRESSED = 15;
/** A compressed element may grow to this much; AFLW2000's grow to a few kilobytes. */
const INFLATED_LIMIT = 256 * 1024 * 1024;
/** mxDOUBLE_CLASS … mxUINT64_CLASS. */
const NUMERIC_CLASSES = { first: 6, last: 15 };

const BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 2,
  5: 4,
  6: 4,
  7: 4,
  9: 8,
  12: 8,
  13: 8,
};

function numberAt(view: DataView, type: number, at: number, little: boolean): number {
  switch (type) {
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getUint8(at);
    case 3:
      return view.getInt16(at, little);
    case 4:
      return view.getUint16(at, little);
    case 5:
      return view.getInt32(at, little);
    case 6:
      return view.getUint32(at, little);
    case 7:
      return view.getFloat32(at, little);
    case 9:
      return view.getFloat64(at, little);
    case 12:
      return Number(view.getBigInt64(at, little));
    default:
      return Number(view.getBigUint64(at, little));
  }
}

interface Element {
  type: number;
  /** The element's bytes, without tag and padding. */
  bytes: Uint8Array;
  /** Where the next element begins. */
  next: number;
}

class Elements {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly little: boolean;
  readonly #name: string;
  at = 0;

  constructor(bytes: Uint8Array, little: boolean, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.little = little;
    this.#name = name;
  }

  get more(): boolean {
    return this.at + 8 <= this.#bytes.length;
  }

  next(): Element {
    if (!this.more) throw new Fault(`'${this.#name}' is cut short: an element is missing.`);
    const tag = this.#view.getUint32(this.at, this.little);
    // A 'small' element holds its length in the upper half of the tag and up to four bytes in place of the length.
    const small = tag >>> 16 !== 0;
    const type = small ? tag & 0xffff : tag;
    const length = small ? tag >>> 16 : this.#view.getUint32(this.at + 4, this.little);
    const start = this.at + (small ? 4 : 8);
    if (start + length > this.#bytes.length || (small && length > 4)) {
      throw new Fault(
        `'${this.#name}' is cut short: an element of ${length} bytes stands where ${Math.max(0, this.#bytes.length - start)} are left.`,
      );
    }
    // Compressed elements are not padded; all others are, to 8 bytes.
    const end = small ? this.at + 8 : start + length;
    this.at = type === COMPRESSED ? end : Math.ceil(end / 8) * 8;
    return { type, bytes: this.#bytes.subarray(start, start + length), next: this.at };
  }

  numbers(): Float64Array {
    const { type, bytes } = this.next();
    const size = BYTES[type];
    if (size === undefined) throw new Fault(`'${this.#name}' has a number type ${type} that is not known.`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const data = new Float64Array(Math.floor(bytes.length / size));
    for (let i = 0; i < data.length; i++) data[i] = numberAt(view, type, i * size, this.little);
    return data;
  }
}

function readMatrix(bytes: Uint8Array, little: boolean, name: string): [string, MatArray] | undefined {
  const elements = new Elements(bytes, little, name);
  const flags = elements.numbers();
  const kind = flags[0] & 0xff;
  const complex = (flags[0] & 0x0800) !== 0;
  if (kind < NUMERIC_CLASSES.first || kind > NUMERIC_CLASSES.last || complex) return undefined;
  const shape = [...elements.numbers()];
  const variable = Buffer.from(elements.next().bytes).toString('latin1');
  const data = elements.numbers();
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count) {
    throw new Fault(
      `'${name}': the array '${variable}' has ${data.length} values, its shape ${shape.join('×')} needs ${count}.`,
    );
  }
  return [variable, { shape, data }];
}

/** The numeric arrays of a MAT-file by name. @throws Fault when the bytes are no level 5 MAT-file or are cut short. */
export function readMat5(bytes: Uint8Array, name: string): Map<string, MatArray> {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 128));
  const order = header.toString('latin1', 126, 128);
  if (header.length < 128 || (order !== 'IM' && order !== 'MI')) {
    throw new Fault(
      `'${name}' is no MATLAB 5 file${header.toString('latin1', 1, 4) === 'HDF' || header.toString('latin1', 0, 10) === 'MATLAB 7.3' ? ' but a MATLAB 7.3 (HDF5) file; save it with -v7' : ''}.`,
    );
  }
  const little = order === 'IM';
  const arrays = new Map<string, MatArray>();
  const elements = new Elements(bytes.subarray(128), little, name);
  while (elements.more) {
    let element = elements.next();
    if (element.type === COMPRESSED) {
      let inflated: Uint8Array;
      try {
        inflated = inflateSync(element.bytes, { maxOutputLength: INFLATED_LIMIT });
      } catch (thrown) {
        throw new Fault(
          `'${name}' holds compressed data that cannot be unpacked (${(thrown as Error).message}).`,
        );
      }
      element = new Elements(inflated, little, name).next();
    }
    if (element.type !== MATRIX) continue;
    const read = readMatrix(element.bytes, little, name);
    if (read) arrays.set(...read);
  }
  return arrays;
}
