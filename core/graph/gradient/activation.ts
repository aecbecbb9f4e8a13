import type { Handle } from '../builder.ts';
import { scaled } from './channels.ts';
import { type GradientContext, type GradientRule, incoming, placeOf } from './rule.ts';

/**
 * 1 where x is positive, else 0. In float32 by the steepest ramp that it can hold, clipped to 0…1: one pass, where a
 * comparison and a cast are two. (Below 3e-39, among the numbers that float32 holds with fewer digits, it is in between.)
 */
function isPositive({ a, b }: GradientContext, x: Handle): Handle {
  if (x.type !== 'float32') return a.mask(b.op('Greater', [x, a.number(0, x)]), x);
  return b.op('HardSigmoid', [x], { alpha: { float: 3e38 }, beta: { float: 0 } }, 'positive');
}

const relu: GradientRule = (context) => [
  context.a.mul(incoming(context), isPositive(context, context.output())),
];

/** The slopes themselves, 1 on the positive side and `slope` on the other: slope + (1 − slope)·[x > 0]. */
function slopes(context: GradientContext, slope: Handle): Handle {
  const { a, b } = context;
  const x = context.input(0);
  const positive = isPositive(context, x);
  const rise = a.sub(a.number(1, slope), slope);
  const [channels, ...rest] = a.shape(slope);
  const alongChannels =
    a.rank(x) >= 3 &&
    a.rank(slope) === a.rank(x) - 1 &&
    channels === a.shape(x)[1] &&
    rest.every((dim) => dim === 1);
  if (!alongChannels || typeof channels !== 'number') return a.add(a.mul(positive, rise), slope);
  const vector = (value: Handle): Handle => b.op('Reshape', [value, b.ints([channels])]);
  return scaled(context, positive, vector(rise), vector(slope));
}

const leakyRelu: GradientRule = (context) => {
  const { a, node } = context;
  return [a.mul(incoming(context), slopes(context, a.number(node.float('alpha', 0.01), context.input(0))))];
};

/** dx = d·s and ds = d·min(x, 0), with s the slope that x is on. The value itself is x·s, cheaper than the operator. */
const prelu: GradientRule = (context) => {
  const { a, b } = context;
  const [x, slope] = [context.input(0), context.input(1)];
  const back = (): Handle => {
    const found = slopes(context, slope);
    context.rewrite?.('Mul', [x, found]);
    return a.mul(incoming(context), found);
  };
  const negative = (): Handle => b.op('Min', [x, a.number(0, x)]);
  return [
    context.wanted(0) ? back() : undefined,
    context.wanted(1) ? a.sumLike(a.mul(incoming(context), negative()), slope) : undefined,
  ];
};

/** α where it rises between its ends. */
const hardSigmoid: GradientRule = (context) => {
  const { a, b, node } = context;
  const y = context.output();
  const inside = b.op('And', [b.op('Greater', [y, a.number(0, y)]), b.op('Less', [y, a.number(1, y)])]);
  const risen = a.times(incoming(context), node.float('alpha', 0.2));
  return [a.where(inside, risen, a.number(0, y))];
};

/** y·(1 − y). */
const sigmoid: GradientRule = (context) => {
  const { a } = context;
  const y = context.output();
  return [a.mul(incoming(context), a.mul(y, a.sub(a.number(1, y), y)))];
};

/** 1 − y². */
const tanh: GradientRule = (context) => {
  const { a } = context;
  const y = context.output();
  return [a.mul(incoming(context), a.sub(a.number(1, y), a.mul(y, y)))];
};

const softplus: GradientRule = (context) => [
  context.a.mul(incoming(context), context.b.op('Sigmoid', [context.input(0)])),
];

/** α·(eˣ − 1) below zero, whose slope is y + α. */
const elu: GradientRule = (context) => {
  const { a, b, node } = context;
  const [x, y] = [context.input(0), context.output()];
  const negative = b.op('Less', [x, a.number(0, x)]);
  return [a.mul(incoming(context), a.where(negative, a.plus(y, node.float('alpha', 1)), a.number(1, x)))];
};

const axisOf = (context: GradientContext): number =>
  placeOf(context.node.int('axis', -1), context.a.rank(context.input(0)));

/** y·(d − Σ d·y). */
const softmax: GradientRule = (context) => {
  const { a } = context;
  const y = context.output();
  const d = incoming(context);
  const share = a.reduce('ReduceSum', a.mul(d, y), [axisOf(context)], true);
  return [a.mul(y, a.sub(d, share))];
};

/** d − softmax·Σ d. */
const logSoftmax: GradientRule = (context) => {
  const { a, b } = context;
  const d = incoming(context);
  const total = a.reduce('ReduceSum', d, [axisOf(context)], true);
  return [a.sub(d, a.mul(b.op('Exp', [context.output()]), total))];
};

export const ACTIVATION: Readonly<Record<string, GradientRule>> = {
  Relu: relu,
  LeakyRelu: leakyRelu,
  PRelu: prelu,
  Sigmoid: sigmoid,
  HardSigmoid: hardSigmoid,
  Tanh: tanh,
  Softplus: softplus,
  Elu: elu,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
