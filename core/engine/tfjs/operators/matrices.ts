import { refuse } from '../../../graph/shapes/rule.ts';
import type { Api, TfTensor } from '../api.ts';
import type { Call, Operator } from '../operator.ts';
import type { Value } from '../value.ts';

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

function onlyFloats(call: Call, ...values: Value[]): void {
  for (const { type } of values) {
    if (type !== 'float32') refuse(call.node, `multiplies matrices of ${type}; allowed here: float32`);
  }
}

/** Dimensions of the batch, ones in front where there are fewer. */
const batchOf = (dims: readonly number[], length: number): number[] => {
  const batch = dims.slice(0, -2);
  return [...new Array<number>(length - batch.length).fill(1), ...batch];
};

/**
 * a · b where b is the same for the first `shared` dimensions of a's batch: those go into the rows, so that b is multiplied as
 * it is and not copied for each of them (the experts of a dynamic convolution, item by item).
 */
function sharing(tf: Api, a: TfTensor, b: TfTensor, batch: readonly number[], shared: number): TfTensor {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1) as number;
  const ahead = batch.slice(0, shared);
  const rest = batch.slice(shared);
  const [items, others] = [product(ahead), product(rest)];
  const turned = tf.transpose(tf.reshape(a, [items, others, rows, inner]), [1, 0, 2, 3]);
  const y = tf.matMul(
    tf.reshape(turned, [others, items * rows, inner]),
    tf.reshape(b, [others, inner, columns]),
  );
  const back = tf.transpose(tf.reshape(y, [others, items, rows, columns]), [1, 0, 2, 3]);
  return tf.reshape(back, [...batch, rows, columns]);
}

/** Matrix product of NumPy: batches spread over each other, vectors count as a row or a column. */
function multiplied(call: Call, a: TfTensor, b: TfTensor): TfTensor {
  const { tf } = call;
  const length = Math.max(a.rank, b.rank) - 2;
  const left = batchOf(a.shape, length);
  const right = batchOf(b.shape, length);
  const batch = left.map((dim, i) => (dim === 1 ? right[i] : dim));
  if (left.some((dim, i) => dim !== 1 && right[i] !== 1 && dim !== right[i])) {
    refuse(call.node, `cannot join the batches [${left.join(', ')}] and [${right.join(', ')}]`);
  }
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1) as number;
  if (inner !== b.shape.at(-2)) {
    refuse(call.node, `multiplies matrices of ${inner} columns by matrices of ${b.shape.at(-2)} rows`);
  }
  if (product(right) === 1) {
    const y = tf.matMul(tf.reshape(a, [product(left) * rows, inner]), tf.reshape(b, [inner, columns]));
    return tf.reshape(y, [...batch, rows, columns]);
  }
  const shared = batch.findIndex((_, i) => right[i] !== 1);
  if (
    shared > 0 &&
    left.every((dim, i) => dim === batch[i]) &&
    right.slice(shared).every((dim, i) => dim === batch[i + shared])
  ) {
    return sharing(tf, a, b, batch, shared);
  }
  const spread = (x: TfTensor, own: readonly number[]): TfTensor => {
    const sides = x.shape.slice(-2);
    const full = tf.reshape(x, [...own, ...sides]);
    const same = own.every((dim, i) => dim === batch[i]);
    const wide = same ? full : tf.broadcastTo(full, [...batch, ...sides]);
    return tf.reshape(wide, [product(batch), ...sides]);
  };
  const y = tf.matMul(spread(a, left), spread(b, right));
  return tf.reshape(y, [...batch, rows, columns]);
}

const matMul: Operator = (call) => {
  const { tf } = call;
  const a = call.input(0);
  const b = call.input(1);
  onlyFloats(call, a, b);
  if (a.rank === 0 || b.rank === 0)
    refuse(call.node, 'multiplies a single number; it needs vectors or matrices');
  const left = a.rank === 1 ? tf.expandDims(a.plain(), 0) : a.plain();
  const right = b.rank === 1 ? tf.expandDims(b.plain(), 1) : b.plain();
  const y = multiplied(call, left, right);
  const dims = y.shape.filter(
    (_, i) => !(a.rank === 1 && i === y.rank - 2) && !(b.rank === 1 && i === y.rank - 1),
  );
  return call.result(tf.reshape(y, dims));
};

/** α · a · b + β · c */
const gemm: Operator = (call) => {
  const { tf, node } = call;
  const a = call.input(0);
  const b = call.input(1);
  onlyFloats(call, a, b);
  if (a.rank !== 2 || b.rank !== 2) {
    refuse(node, `multiplies values of ${a.rank} and ${b.rank} dimensions; it needs two matrices`);
  }
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  let y: TfTensor = tf.matMul(a.plain(), b.plain(), node.int('transA', 0) === 1, node.int('transB', 0) === 1);
  if (alpha !== 1) y = tf.mul(y, alpha);
  const c = call.given(2);
  if (c !== undefined && beta !== 0) y = tf.add(y, beta === 1 ? c.plain() : tf.mul(c.plain(), beta));
  return call.result(y);
};

/** Products and sums over letters, for one or two operands and an explicit result. */
const einsum: Operator = (call) => {
  const { tf, node } = call;
  const equation = node.text('equation', '').replaceAll(' ', '');
  if (!equation.includes('->') || equation.includes('.') || call.count > 2) {
    refuse(
      node,
      `has the equation '${equation}'; allowed here: one or two operands, letters only, with '->'`,
    );
  }
  onlyFloats(call, ...call.all());
  return call.result(tf.einsum(equation, ...call.all().map((value) => value.plain())));
};

/** Sums over everything before a place along an axis. */
const cumSum: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const axis = call.axis(call.input(1).numbers()[0], x.rank);
  return call.result(
    tf.cumsum(x.plain(), axis, node.int('exclusive', 0) === 1, node.int('reverse', 0) === 1),
  );
};

/** The upper or lower triangle of the last two dimensions; the rest is zero. */
const trilu: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const shift = call.given(1)?.numbers()[0] ?? 0;
  const upper = node.int('upper', 1) === 1;
  const [rows, columns] = x.dims.slice(-2);
  const mask = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const over = (i % columns) - Math.floor(i / columns) - shift;
    return Number(upper ? over >= 0 : over <= 0);
  });
  const kept = tf.tensor2d(mask, [rows, columns], 'bool');
  return call.result(tf.where(kept, x.plain(), tf.zerosLike(x.plain())));
};

export const MATRICES: Readonly<Record<string, Operator>> = {
  MatMul: matMul,
  Gemm: gemm,
  Einsum: einsum,
  CumSum: cumSum,
  Trilu: trilu,
};
