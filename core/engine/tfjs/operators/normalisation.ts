import { refuse } from '../../../graph/shapes/rule.ts';
import type { TfTensor } from '../api.ts';
import type { Call, Operator, Result } from '../operator.ts';
import { axisIn, type Layout, type Value } from '../value.ts';

/** A vector with one number per channel, so that it spreads over a value in a layout. */
const perChannel = ({ tf }: Call, vector: TfTensor, x: Value, layout: Layout): TfTensor =>
  layout === 'last' || x.rank === 2
    ? vector
    : tf.reshape(vector, [-1, ...new Array<number>(x.rank - 2).fill(1)]);

/** Every axis but the channels'. */
const besideChannels = (x: Value, layout: Layout): number[] =>
  x.dims.flatMap((_, i) => (i === 1 ? [] : [axisIn(layout, i, x.rank)]));

/**
 * x · s + t with s = scale/√(variance + ε), t = shift − mean · s. In training mode mean and variance are the batch's, and
 * the running ones move towards them: r ← r · momentum + batch · (1 − momentum), the variance over N (ONNX, opset 14).
 */
const batchNormalization: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  if (x.rank < 2) refuse(node, `normalises channels, but its input has ${x.rank} dimensions`);
  const { layout } = x;
  const tensor = x.in(layout);
  const epsilon = node.float('epsilon', 1e-5);
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((place) => call.input(place));
  if (node.int('training_mode', 0) === 1) {
    const axes = besideChannels(x, layout);
    const moments = tf.moments(tensor, axes);
    const s = tf.div(scale.plain(), tf.sqrt(tf.add(moments.variance, epsilon)));
    const centred = tf.sub(tensor, perChannel(call, moments.mean, x, layout));
    const y = tf.add(
      tf.mul(centred, perChannel(call, s, x, layout)),
      perChannel(call, shift.plain(), x, layout),
    );
    const momentum = node.float('momentum', 0.9);
    const moved = (running: Value, batch: TfTensor): Result =>
      call.result(tf.add(tf.mul(running.plain(), momentum), tf.mul(batch, 1 - momentum)));
    const all = [
      call.result(y, x.type, layout),
      moved(mean, moments.mean),
      moved(variance, moments.variance),
    ];
    return all.slice(0, node.outputs.length);
  }
  if (node.outputs.filter((name) => name !== '').length > 1) {
    refuse(node, 'gives statistics although it is not in training mode');
  }
  const s = call.kept([1, 2, 3, 4], 'scale', () =>
    tf.div(scale.plain(), tf.sqrt(tf.add(variance.plain(), epsilon))),
  );
  const t = call.kept([1, 2, 3, 4], 'shift', () => tf.sub(shift.plain(), tf.mul(mean.plain(), s)));
  const y = tf.add(tf.mul(tensor, perChannel(call, s, x, layout)), perChannel(call, t, x, layout));
  return call.result(y, x.type, layout);
};

/** (x − mean)/√(variance + ε) over some axes. */
function standardised({ tf }: Call, x: TfTensor, axes: number[], epsilon: number) {
  const { mean, variance } = tf.moments(x, axes, true);
  const deviation = tf.sqrt(tf.add(variance, epsilon));
  return { y: tf.div(tf.sub(x, mean), deviation), mean, inverse: tf.reciprocal(deviation) };
}

const instanceNormalization: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const { layout } = x;
  const axes = x.dims.slice(2).map((_, i) => axisIn(layout, i + 2, x.rank));
  const { y } = standardised(call, x.in(layout), axes, node.float('epsilon', 1e-5));
  const [scale, shift] = [1, 2].map((place) => perChannel(call, call.input(place).plain(), x, layout));
  return call.result(tf.add(tf.mul(y, scale), shift), x.type, layout);
};

const groupNormalization: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const groups = node.int('num_groups', 1);
  const [items, channels] = x.dims;
  const grouped = tf.reshape(x.plain(), [items, groups, -1]);
  const { y } = standardised(call, grouped, [2], node.float('epsilon', 1e-5));
  const whole = tf.reshape(y, [...x.dims]);
  const [scale, shift] = [1, 2].map((place) => {
    const vector = call.input(place);
    // Opset 18 has one number per group, 21 one per channel.
    const all =
      vector.size === channels
        ? vector.plain()
        : tf.reshape(tf.tile(tf.expandDims(vector.plain(), 1), [1, channels / groups]), [channels]);
    return perChannel(call, all, x, 'plain');
  });
  return call.result(tf.add(tf.mul(whole, scale), shift));
};

const layerNormalization: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const first = call.axis(node.int('axis', -1), x.rank);
  const axes = x.dims.flatMap((_, i) => (i >= first ? [i] : []));
  const { y, mean, inverse } = standardised(call, x.plain(), axes, node.float('epsilon', 1e-5));
  const bias = call.given(2);
  const scaled = tf.mul(y, call.input(1).plain());
  const all = [
    call.result(bias === undefined ? scaled : tf.add(scaled, bias.plain())),
    call.result(mean),
    call.result(inverse),
  ];
  return all.slice(0, node.outputs.length);
};

const meanVariance: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const axes = (node.ints('axes') ?? [0, 2, 3]).map((axis) => call.axis(axis, x.rank));
  const { mean, variance } = tf.moments(x.plain(), axes, true);
  const deviation = tf.add(tf.sqrt(variance), 1e-9);
  return call.result(tf.div(tf.sub(x.plain(), mean), deviation));
};

/** x/‖x‖ along an axis; what has no length stays zero. */
const lpNormalization: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const p = node.int('p', 2);
  if (p !== 1 && p !== 2) refuse(node, `takes the norm of p = ${p}; allowed: 1, 2`);
  const axis = call.axis(node.int('axis', -1), x.rank);
  const tensor = x.plain();
  const length =
    p === 1 ? tf.sum(tf.abs(tensor), axis, true) : tf.sqrt(tf.sum(tf.square(tensor), axis, true));
  return call.result(tf.divNoNan(tensor, length));
};

/**
 * Along one axis since opset 13; before, over everything from the axis on. TensorFlow.js has the last axis only, so it is
 * written out.
 */
const softmax =
  (finish: (call: Call, shifted: TfTensor, sum: TfTensor, exponentials: TfTensor) => TfTensor): Operator =>
  (call) => {
    const { tf, node, opset } = call;
    const x = call.input(0);
    const axis = call.axis(node.int('axis', opset < 13 ? 1 : -1), Math.max(1, x.rank));
    const dims = [...x.dims];
    const product = (part: readonly number[]): number => part.reduce((all, dim) => all * dim, 1);
    const shape =
      opset < 13
        ? [product(dims.slice(0, axis)), product(dims.slice(axis)), 1]
        : [product(dims.slice(0, axis)), dims[axis] ?? 1, product(dims.slice(axis + 1))];
    const tensor = tf.reshape(x.plain(), shape);
    const shifted = tf.sub(tensor, tf.max(tensor, 1, true));
    const exponentials = tf.exp(shifted);
    return call.result(tf.reshape(finish(call, shifted, tf.sum(exponentials, 1, true), exponentials), dims));
  };

export const NORMALISATION: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LayerNormalization: layerNormalization,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  Softmax: softmax(({ tf }, _, sum, exponentials) => tf.div(exponentials, sum)),
  LogSoftmax: softmax(({ tf }, shifted, sum) => tf.sub(shifted, tf.log(sum))),
};
