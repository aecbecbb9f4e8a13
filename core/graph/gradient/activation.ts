import type { Handle } from '../builder.ts';
import { type GradientContext, type GradientRule, incoming, placeOf } from './rule.ts';

/** 1 where a value that is never negative is positive, else 0: one pass, where a comparison and a cast are two. */
const isPositive = ({ b }: GradientContext, rectified: Handle): Handle => b.op('Sign', [rectified]);

const relu: GradientRule = (context) => [
  context.a.mul(incoming(context), isPositive(context, context.output())),
];

/** The slope is 1 on the positive side and `slope` on the other: slope + (1 − slope)·[x > 0]. */
function kinked(context: GradientContext, slope: Handle): Handle {
  const { a, b } = context;
  const positive = isPositive(context, b.op('Relu', [context.input(0)]));
  const rise = a.sub(a.number(1, slope), slope);
  return a.mul(incoming(context), a.add(a.mul(positive, rise), slope));
}

const leakyRelu: GradientRule = (context) => [
  kinked(context, context.a.number(context.node.float('alpha', 0.01), context.input(0))),
];

const prelu: GradientRule = (context) => {
  const { a, b } = context;
  const [x, slope] = [context.input(0), context.input(1)];
  const negative = (): Handle => b.op('Min', [x, a.number(0, x)]);
  return [
    context.wanted(0) ? kinked(context, slope) : undefined,
    context.wanted(1) ? a.sumLike(a.mul(incoming(context), negative()), slope) : undefined,
  ];
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
  Tanh: tanh,
  Softplus: softplus,
  Elu: elu,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
