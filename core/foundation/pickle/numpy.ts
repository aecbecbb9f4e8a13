import { Fault } from '../fault.ts';
import {
  type Allowed,
  type AllowedGlobal,
  type Buildable,
  type Construct,
  SET_STATE,
  textOf,
} from './constructors.ts';

/** Types of array elements that are read, by NumPy's character and size. */
const ELEMENTS = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;
type ElementName = keyof typeof ELEMENTS;
export type NumpyElements = InstanceType<(typeof ELEMENTS)[ElementName]>;

/** A NumPy element type out of a pickle. */
class NumpyType implements Buildable {
  readonly name: ElementName;
  bigEndian = false;

  constructor(name: ElementName) {
    this.name = name;
  }

  get bytes(): number {
    return ELEMENTS[this.name].BYTES_PER_ELEMENT;
  }

  [SET_STATE](state: unknown): void {
    if (Array.isArray(state) && textOf(state[1]) === '>') this.bigEndian = true;
  }

  /** Elements of raw bytes, in this machine's order. */
  elements(raw: Uint8Array): NumpyElements {
    const own = Uint8Array.from(raw);
    if (this.bigEndian) {
      const buffer = Buffer.from(own.buffer);
      if (this.bytes === 2) buffer.swap16();
      else if (this.bytes === 4) buffer.swap32();
      else if (this.bytes === 8) buffer.swap64();
    }
    return new ELEMENTS[this.name](own.buffer);
  }
}

/** A NumPy array out of a pickle, C order. */
export class NumpyArray implements Buildable {
  shape: readonly number[] = [0];
  #type: NumpyType | undefined;
  #raw: Uint8Array = new Uint8Array(0);

  [SET_STATE](state: unknown, { origin }: { origin: string }): void {
    if (!Array.isArray(state) || state.length < 4)
      throw new Fault(`'${origin}' holds a damaged NumPy array.`);
    const [shape, type, fortran, raw] = state.slice(-4);
    this.fill(shape, type, raw, fortran === true || fortran === 1 ? 'F' : 'C', origin);
  }

  fill(shape: unknown, type: unknown, raw: unknown, order: unknown, origin: string): void {
    if (!(type instanceof NumpyType)) {
      throw new Fault(`'${origin}' holds a NumPy array of objects; allowed: arrays of numbers.`);
    }
    const bytes = typeof raw === 'string' ? Uint8Array.from(Buffer.from(raw, 'latin1')) : raw;
    const sizes = Array.isArray(shape) ? shape.map(Number) : [Number.NaN];
    const count = sizes.reduce((product, size) => product * size, 1);
    if (!(bytes instanceof Uint8Array) || bytes.byteLength !== count * type.bytes) {
      throw new Fault(
        `'${origin}' holds a NumPy array whose bytes do not fit its shape [${sizes.join(', ')}].`,
      );
    }
    if (order === 'F' && sizes.filter((size) => size > 1).length > 1) {
      throw new Fault(`'${origin}' holds a NumPy array in Fortran order; allowed: C order.`);
    }
    this.shape = sizes;
    this.#type = type;
    this.#raw = bytes;
  }

  /** The elements, row-major. */
  elements(): NumpyElements {
    return this.#type?.elements(this.#raw) ?? new Uint8Array(0);
  }
}

const type: Construct = ([code], { origin }) => {
  const name = (textOf(code) ?? '').replace(/^[<>|=]/, '');
  if (!(name in ELEMENTS)) {
    throw new Fault(
      `'${origin}' holds NumPy elements of type '${name}'; allowed: ${Object.keys(ELEMENTS).join(', ')}.`,
    );
  }
  return new NumpyType(name as ElementName);
};

/** `scalar(dtype, bytes)`: becomes the number itself. */
const scalar: Construct = ([element, raw], { origin }) => {
  const array = new NumpyArray();
  array.fill([], element, raw, 'C', origin);
  const [value] = array.elements();
  if (element instanceof NumpyType && element.name === 'b1') return value === 1;
  return typeof value === 'bigint' ? Number(value) : value;
};

/** `_frombuffer(buffer, dtype, shape, order)`: arrays of protocol 5. */
const fromBuffer: Construct = ([raw, element, shape, order], { origin }) => {
  const array = new NumpyArray();
  array.fill(shape, element, raw, textOf(order), origin);
  return array;
};

/** NumPy's arrays, types and single numbers, as NumPy 1 and 2 name them. */
export const NUMPY: Allowed = new Map<string, AllowedGlobal>([
  ['numpy.ndarray', {}],
  ['numpy.dtype', { construct: type }],
  ...['numpy.core', 'numpy._core'].flatMap((module): [string, AllowedGlobal][] => [
    [`${module}.multiarray._reconstruct`, { construct: () => new NumpyArray() }],
    [`${module}.multiarray.scalar`, { construct: scalar }],
    [`${module}.numeric._frombuffer`, { construct: fromBuffer }],
  ]),
]);
