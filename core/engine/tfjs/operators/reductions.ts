import { refuse } from '../../../graph/shapes/rule.ts';
import type { Api, TfTensor } from '../api.ts';
import type { Operator } from '../operator.ts';
import { axisIn } from '../value.ts';
import { fits } from './overflow.ts';

type Reduction = (tf: Api, x: TfTensor, axes: number[]) => TfTensor;

/** Over the axes that the node says (by attribute or by input), or over all. */
const reduced =
  (work: Reduction): Operator =>
  (call) => {
    const { tf, node } = call;
    const x = call.input(0);
    const given = call.numbers('axes', 1);
    const none = given === undefined || given.length === 0;
    if (none && node.int('noop_with_empty_axes', 0) === 1) {
      return call.result(tf.clone(x.in(x.layout)), x.type, x.layout);
    }
    const axes = none ? x.dims.map((_, i) => i) : given.map((axis) => call.axis(axis, x.rank));
    const { layout } = x;
    const inLayout = [...new Set(axes.map((axis) => axisIn(layout, axis, x.rank)))];
    // A single value has nothing to reduce along, but squares and logarithms are still taken of it.
    const tensor = x.in(layout);
    fits(call, x.type, () =>
      x.rank === 0 ? tf.cast(tensor, 'float32') : work(tf, tf.cast(tensor, 'float32'), inLayout),
    );
    const whole = x.rank === 0 ? work(tf, tf.reshape(tensor, [1]), [0]) : work(tf, tensor, inLayout);
    if (x.rank === 0) return call.result(tf.reshape(whole, []), x.type);
    if (node.int('keepdims', 1) === 1) return call.result(whole, x.type, layout);
    const dims = x.dims.filter((_, i) => !axes.includes(i));
    // With its dimensions kept the result is small and can be turned into ONNX's order; then they fall away.
    const order = x.dims.map((_, i) => axisIn(layout, i, x.rank));
    const plain = layout === 'plain' ? whole : tf.transpose(whole, order);
    return call.result(tf.reshape(plain, dims), x.type);
  };

const sum: Reduction = (tf, x, axes) => tf.sum(x, axes, true);

/** log Σ eˣ without overflow: the greatest is taken out. */
const logSumExp: Reduction = (tf, x, axes) => {
  const most = tf.max(x, axes, true);
  const finite = tf.where(tf.isFinite(most), most, tf.zerosLike(most));
  return tf.add(tf.log(sum(tf, tf.exp(tf.sub(x, finite)), axes)), finite);
};

/** The first (or last) place of the greatest along an axis. */
const argument =
  (most: boolean): Operator =>
  (call) => {
    const { tf, node } = call;
    const x = call.input(0);
    if (x.rank === 0) refuse(node, 'looks for a place in a single value');
    const axis = call.axis(node.int('axis', 0), x.rank);
    const last = node.int('select_last_index', 0) === 1;
    const tensor = last ? tf.reverse(x.plain(), axis) : x.plain();
    let at: TfTensor = most ? tf.argMax(tensor, axis) : tf.argMin(tensor, axis);
    if (last) at = tf.sub(tf.scalar(x.dims[axis] - 1, 'int32'), at);
    return call.result(node.int('keepdims', 1) === 1 ? tf.expandDims(at, axis) : at, 'int64');
  };

const topK: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const k = node.attributes.has('k') ? node.int('k', 0) : call.input(1).numbers()[0];
  const axis = call.axis(node.int('axis', -1), x.rank);
  if (k > x.dims[axis]) refuse(node, `takes ${k} of ${x.dims[axis]} values`);
  const largest = node.int('largest', 1) === 1;
  // TensorFlow.js takes the greatest along the last axis.
  const order = x.dims.map((_, i) => i);
  [order[axis], order[x.rank - 1]] = [order[x.rank - 1], order[axis]];
  const turned = tf.transpose(x.plain(), order);
  const { values, indices } = tf.topk(largest ? turned : tf.neg(turned), k, true);
  const back = (tensor: TfTensor): TfTensor => tf.transpose(tensor, order);
  return [call.result(back(largest ? values : tf.neg(values))), call.result(back(indices), 'int64')];
};

export const REDUCTIONS: Readonly<Record<string, Operator>> = {
  ReduceSum: reduced(sum),
  ReduceMean: reduced((tf, x, axes) => tf.mean(x, axes, true)),
  ReduceMax: reduced((tf, x, axes) => tf.max(x, axes, true)),
  ReduceMin: reduced((tf, x, axes) => tf.min(x, axes, true)),
  ReduceProd: reduced((tf, x, axes) => tf.prod(x, axes, true)),
  ReduceL1: reduced((tf, x, axes) => sum(tf, tf.abs(x), axes)),
  ReduceL2: reduced((tf, x, axes) => tf.sqrt(sum(tf, tf.square(x), axes))),
  ReduceSumSquare: reduced((tf, x, axes) => sum(tf, tf.square(x), axes)),
  ReduceLogSum: reduced((tf, x, axes) => tf.log(sum(tf, x, axes))),
  ReduceLogSumExp: reduced(logSumExp),
  ArgMax: argument(true),
  ArgMin: argument(false),
  TopK: topK,
};
