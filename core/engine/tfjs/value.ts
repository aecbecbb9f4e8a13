import { Fault } from '../../foundation/fault.ts';
import type { GraphTensor } from '../../graph/tensor.ts';
import type { Tensor } from '../types.ts';
import type { Api, TfTensor } from './api.ts';
import { CARRIED, type CarriedType, dtypeOf, isCarried } from './types.ts';

/** The furthest whole numbers that int32 holds. */
const MOST = 2 ** 31 - 1;
const LEAST = -(2 ** 31);

/** Where the elements of a tensor of TensorFlow.js lie: in ONNX's order, or with the channels behind the space. */
export type Layout = 'plain' | 'last';

/** Order of dimensions that brings channels behind the space: N×C×H×W → N×H×W×C. */
export const behind = (rank: number): number[] => [
  0,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 2),
  1,
];
const before = (rank: number): number[] => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, i) => i + 1),
];

/** Where ONNX's axis lies in a layout. */
export const axisIn = (layout: Layout, axis: number, rank: number): number =>
  layout === 'plain' || axis === 0 ? axis : axis === 1 ? rank - 1 : axis - 1;

/** Dimensions as ONNX counts them, of a tensor in a layout. */
export const dimsOf = (shape: readonly number[], layout: Layout): number[] =>
  layout === 'plain' ? [...shape] : before(shape.length).map((axis) => shape[axis]);

/**
 * A value while a graph runs. TensorFlow.js convolves with channels last, ONNX has them first: a value keeps whichever form
 * it was made in, and the other one from when it is first asked for, so that chains of convolutions are not turned
 * round between each two. int64 is held as int32, and what does not fit is refused.
 */
export class Value {
  readonly type: CarriedType;
  /** As ONNX counts them, whatever the layout. */
  readonly dims: readonly number[];
  readonly #tf: Api;
  readonly #name: string;
  readonly #source: GraphTensor | Tensor | undefined;
  #plain: TfTensor | undefined;
  #last: TfTensor | undefined;
  #numbers: readonly number[] | undefined;

  private constructor(
    tf: Api,
    name: string,
    type: CarriedType,
    dims: readonly number[],
    source?: GraphTensor | Tensor,
  ) {
    this.#tf = tf;
    this.#name = name;
    this.type = type;
    this.dims = dims;
    this.#source = source;
  }

  /** A constant or a fed input: its tensor is made when an operator first asks for it. @throws Fault for other types */
  static from(tf: Api, name: string, source: GraphTensor | Tensor): Value {
    if (!isCarried(source.type)) {
      throw new Fault(
        `'${name}' is ${source.type}, which TensorFlow.js does not have; allowed: ${CARRIED.join(', ')}.`,
      );
    }
    return new Value(tf, name, source.type, [...source.dims], source);
  }

  /** Takes over a tensor that an operator made. One that belongs to another value already is shared, not taken. */
  static made(tf: Api, name: string, type: CarriedType, tensor: TfTensor, layout: Layout): Value {
    const dtype = dtypeOf(type);
    const typed = tensor.dtype === dtype ? tensor : tf.cast(tensor, dtype);
    const own = tf.keep(typed.kept ? tf.clone(typed) : typed);
    const value = new Value(tf, name, type, dimsOf(tensor.shape, layout));
    if (layout === 'plain') value.#plain = own;
    else value.#last = own;
    return value;
  }

  /** Whole numbers that are known without asking the device, such as a shape. */
  static numbers(tf: Api, name: string, type: CarriedType, dims: readonly number[], all: number[]): Value {
    const value = new Value(tf, name, type, dims);
    value.#numbers = all;
    return value;
  }

  get rank(): number {
    return this.dims.length;
  }

  get size(): number {
    return this.dims.reduce((product, dim) => product * dim, 1);
  }

  /** The layout that costs nothing: 'last' only where the value exists in no other form. */
  get layout(): Layout {
    return this.#last !== undefined && this.#plain === undefined ? 'last' : 'plain';
  }

  /** Elements in ONNX's order. */
  plain(): TfTensor {
    if (this.#plain !== undefined) return this.#plain;
    const tf = this.#tf;
    let tensor: TfTensor;
    if (this.#last !== undefined) {
      tensor = this.#turned(this.#last, before(this.rank), this.dims);
    } else {
      tensor = tf.tensor(this.#elements(), [...this.dims], dtypeOf(this.type));
    }
    this.#plain = tf.keep(tensor);
    return this.#plain;
  }

  /** Elements with channels last; only for values of at least three dimensions. */
  last(): TfTensor {
    if (this.#last === undefined) {
      const shape = behind(this.rank).map((axis) => this.dims[axis]);
      this.#last = this.#tf.keep(this.#turned(this.plain(), behind(this.rank), shape));
    }
    return this.#last;
  }

  in(layout: Layout): TfTensor {
    return layout === 'plain' ? this.plain() : this.last();
  }

  /** The elements as numbers; read from the device where they were computed. */
  numbers(): readonly number[] {
    if (this.#numbers === undefined) {
      const read = this.#source === undefined ? this.plain().dataSync() : this.#raw();
      this.#numbers = Array.from(read as ArrayLike<number | bigint>, Number);
    }
    return this.#numbers;
  }

  /** As the engine hands it out. */
  async read(): Promise<Tensor> {
    const dims = [...this.dims];
    const data = this.#numbers ?? (await this.plain().data());
    switch (this.type) {
      case 'float32':
        return { type: 'float32', dims, data: Float32Array.from(data) };
      case 'int64':
        return { type: 'int64', dims, data: BigInt64Array.from(data as ArrayLike<number>, BigInt) };
      case 'int32':
        return { type: 'int32', dims, data: Int32Array.from(data) };
      case 'int8':
        return { type: 'int8', dims, data: Int8Array.from(data) };
      default:
        return { type: this.type, dims, data: Uint8Array.from(data) };
    }
  }

  dispose(): void {
    this.#plain?.dispose();
    this.#last?.dispose();
    this.#plain = undefined;
    this.#last = undefined;
  }

  #turned(tensor: TfTensor, order: readonly number[], shape: readonly number[]): TfTensor {
    // One channel, or one place: the elements lie in the same order either way.
    const same = this.dims[1] === 1 || this.dims.slice(2).every((dim) => dim === 1);
    const made = same ? this.#tf.reshape(tensor, [...shape]) : this.#tf.transpose(tensor, [...order]);
    return made.kept ? this.#tf.clone(made) : made;
  }

  #raw(): Tensor['data'] {
    const source = this.#source as GraphTensor | Tensor;
    return ('data' in source ? source.data : source.elements()) as Tensor['data'];
  }

  #elements(): Float32Array | Int32Array | Uint8Array {
    const raw = this.#source === undefined ? (this.#numbers ?? []) : this.#raw();
    if (this.type === 'float32')
      return raw instanceof Float32Array ? raw : Float32Array.from(raw as number[]);
    if (raw instanceof Int32Array) return raw;
    if (this.type === 'bool') return Uint8Array.from(raw as Uint8Array, (one) => (one ? 1 : 0));
    return Int32Array.from(raw as ArrayLike<number | bigint>, (one) => {
      const number = Number(one);
      if (number > MOST || number < LEAST) {
        throw new Fault(
          `'${this.#name}' holds ${one}; TensorFlow.js has whole numbers of 32 bits only, from ${LEAST} to ${MOST}.`,
        );
      }
      return number;
    });
  }
}
