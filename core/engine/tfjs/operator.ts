import type { GraphNode } from '../../graph/graph.ts';
import { refuse } from '../../graph/shapes/rule.ts';
import type { Api, TfTensor } from './api.ts';
import type { CarriedType } from './types.ts';
import { behind, type Layout, type Value } from './value.ts';

/** What an operator gives for one output: a tensor in a layout, or whole numbers that need no device. */
export type Result =
  | { tensor: TfTensor; type: CarriedType; layout: Layout }
  | { numbers: number[]; dims: readonly number[]; type: CarriedType };

/**
 * One operator of ONNX over the functions of TensorFlow.js. It runs inside `tidy`: what it does not return is freed.
 * @throws Fault naming the node for what it does not support
 */
export type Operator = (call: Call) => Result | Result[];

/** One node at work: its inputs and attributes. */
export class Call {
  readonly tf: Api;
  readonly node: GraphNode;
  readonly opset: number;
  readonly #inputs: readonly (Value | undefined)[];
  readonly #keep: (places: readonly number[], key: string, make: () => TfTensor) => TfTensor;

  constructor(
    tf: Api,
    node: GraphNode,
    opset: number,
    inputs: readonly (Value | undefined)[],
    keep: (places: readonly number[], key: string, make: () => TfTensor) => TfTensor,
  ) {
    this.tf = tf;
    this.node = node;
    this.opset = opset;
    this.#inputs = inputs;
    this.#keep = keep;
  }

  get count(): number {
    return this.#inputs.length;
  }

  /** An input that must be there. */
  input(place: number): Value {
    return this.#inputs[place] ?? refuse(this.node, `lacks its input ${place + 1}`);
  }

  /** An input that may be left out. */
  given(place: number): Value | undefined {
    return this.#inputs[place];
  }

  all(): Value[] {
    return this.#inputs.map((_, place) => this.input(place));
  }

  /** Numbers by attribute (older opsets) or by input (newer ones); undefined where neither is there. */
  numbers(attribute: string, place: number): readonly number[] | undefined {
    return this.node.ints(attribute) ?? this.given(place)?.numbers();
  }

  /** A tensor made from inputs: once for the whole session where all of them are constants. */
  kept(places: readonly number[], key: string, make: () => TfTensor): TfTensor {
    return this.#keep(places, key, make);
  }

  /** An axis in [0, rank). */
  axis(axis: number, rank: number): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      refuse(this.node, `works along axis ${axis}, but its input has ${rank} dimensions`);
    }
    return axis < 0 ? axis + rank : axis;
  }

  /** A result; its type is the first input's unless it is said. */
  result(tensor: TfTensor, type: CarriedType = this.input(0).type, layout: Layout = 'plain'): Result {
    return { tensor, type, layout };
  }
}

/** A vector of whole numbers as a tensor. */
export const whole = (tf: Api, numbers: readonly number[]): TfTensor => tf.tensor1d([...numbers], 'int32');

/** Elements of a tensor at known places along an axis. */
export const taken = (tf: Api, tensor: TfTensor, places: readonly number[], axis: number): TfTensor =>
  tf.gather(tensor, whole(tf, places) as ReturnType<Api['tensor1d']>, axis);

/** A value spread to `rank` dimensions in a layout: missing ones in front have the size 1. */
function padded(tf: Api, value: Value, rank: number, layout: Layout): TfTensor {
  if (layout === 'plain') return value.plain();
  if (value.rank === rank) return value.last();
  const dims = [...new Array<number>(rank - value.rank).fill(1), ...value.dims];
  const order = behind(rank);
  if (dims[1] === 1 || dims.slice(2).every((dim) => dim === 1)) {
    return tf.reshape(
      value.plain(),
      order.map((axis) => dims[axis]),
    );
  }
  return tf.transpose(tf.reshape(value.plain(), dims), order);
}

/** Values that are to be joined element by element, all in the layout that needs the least turning. */
export function together(tf: Api, values: readonly Value[]): { tensors: TfTensor[]; layout: Layout } {
  const rank = Math.max(...values.map((value) => value.rank));
  const layout = values.some((value) => value.rank === rank && value.layout === 'last') ? 'last' : 'plain';
  return { tensors: values.map((value) => padded(tf, value, rank, layout)), layout };
}
