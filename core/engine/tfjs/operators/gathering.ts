import { refuse } from '../../../graph/shapes/rule.ts';
import type { Api, TfTensor } from '../api.ts';
import { type Call, type Operator, whole } from '../operator.ts';
import type { Value } from '../value.ts';

type Tensor1 = ReturnType<Api['tensor1d']>;

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

/** Indices counted from the front: ONNX allows negative ones, which count from the end. */
function forwards({ tf }: Call, indices: Value, side: number): TfTensor {
  const flat = tf.reshape(indices.plain(), [-1]);
  return tf.where(tf.less(flat, 0), tf.add(flat, tf.scalar(side, 'int32')), flat);
}

/** Slices along an axis: the axis gives way to the dimensions of the indices. */
const gather: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const indices = call.input(1);
  const axis = call.axis(node.int('axis', 0), x.rank);
  const found = tf.gather(x.plain(), forwards(call, indices, x.dims[axis]) as Tensor1, axis);
  return call.result(
    tf.reshape(found, [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)]),
  );
};

/** Places, in a flat x, of the elements that indices of their own shape point at along an axis. */
function flatPlaces(call: Call, x: Value, indices: Value): TfTensor {
  const { tf } = call;
  if (x.rank !== indices.rank) {
    refuse(call.node, `has indices of ${indices.rank} dimensions for a value of ${x.rank}`);
  }
  const axis = call.axis(call.node.int('axis', 0), x.rank);
  const steps = x.dims.map((_, i) => product(x.dims.slice(i + 1)));
  const sides = indices.dims;
  const own = sides.map((_, i) => product(sides.slice(i + 1)));
  const base = Int32Array.from({ length: indices.size }, (_, at) =>
    sides.reduce((sum, side, i) => (i === axis ? sum : sum + (Math.floor(at / own[i]) % side) * steps[i]), 0),
  );
  const along = tf.mul(forwards(call, indices, x.dims[axis]), tf.scalar(steps[axis], 'int32'));
  return tf.add(along, tf.tensor1d(base, 'int32'));
}

const gatherElements: Operator = (call) => {
  const { tf } = call;
  const x = call.input(0);
  const indices = call.input(1);
  const flat = tf.reshape(x.plain(), [-1]);
  const found = tf.gather(flat, flatPlaces(call, x, indices) as Tensor1);
  return call.result(tf.reshape(found, [...indices.dims]));
};

/** Writes rows of `updates` into a matrix of rows, or adds them. */
function scattered(call: Call, rows: TfTensor, places: TfTensor, updates: TfTensor): TfTensor {
  const { tf, node } = call;
  const reduction = node.text('reduction', 'none');
  const indices = tf.reshape(places, [-1, 1]);
  if (reduction === 'add') return tf.add(rows, tf.scatterND(indices, updates, rows.shape as number[]));
  if (reduction !== 'none') refuse(node, `joins values by '${reduction}'; allowed here: none, add`);
  return tf.tensorScatterUpdate(rows, indices, updates);
}

const scatterElements: Operator = (call) => {
  const { tf } = call;
  const x = call.input(0);
  const places = flatPlaces(call, x, call.input(1));
  const y = scattered(call, tf.reshape(x.plain(), [-1]), places, tf.reshape(call.input(2).plain(), [-1]));
  return call.result(tf.reshape(y, [...x.dims]));
};

/** The last dimension of the indices points at an element, or at a block of those that follow. */
const scatterND: Operator = (call) => {
  const { tf } = call;
  const x = call.input(0);
  const indices = call.input(1);
  const depth = indices.dims[indices.rank - 1];
  const ahead = x.dims.slice(0, depth);
  const block = product(x.dims.slice(depth));
  const steps = whole(
    tf,
    ahead.map((_, i) => product(ahead.slice(i + 1))),
  );
  const matrix = tf.reshape(indices.plain(), [-1, depth]);
  const from = tf.where(tf.less(matrix, 0), tf.add(matrix, whole(tf, ahead)), matrix);
  const places = tf.sum(tf.mul(from, steps), 1);
  const y = scattered(
    call,
    tf.reshape(x.plain(), [product(ahead), block]),
    places,
    tf.reshape(call.input(2).plain(), [-1, block]),
  );
  return call.result(tf.reshape(y, [...x.dims]));
};

/** A new axis on which `depth` values are 'off' but one 'on'. */
const oneHot: Operator = (call) => {
  const { tf, node } = call;
  const indices = call.input(0);
  const [depth] = call.input(1).numbers();
  const [off, on] = call.input(2).numbers();
  const { type } = call.input(2);
  const rank = indices.rank + 1;
  const axis = call.axis(node.int('axis', -1), rank);
  const places = forwards(call, indices, depth);
  const hot = tf.cast(tf.oneHot(tf.cast(places, 'int32') as Tensor1, depth, 1, 0), 'float32');
  const y = tf.add(tf.mul(hot, on - off), off);
  const order = Array.from({ length: rank - 1 }, (_, i) => i);
  order.splice(axis, 0, rank - 1);
  return call.result(tf.transpose(tf.reshape(y, [...indices.dims, depth]), order), type);
};

export const GATHERING: Readonly<Record<string, Operator>> = {
  Gather: gather,
  GatherElements: gatherElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  OneHot: oneHot,
};
