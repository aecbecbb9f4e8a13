import { refuse } from '../../../graph/shapes/rule.ts';
import type { TfTensor } from '../api.ts';
import { type Call, type Operator, together } from '../operator.ts';
import type { CarriedType } from '../types.ts';

/** An operator on each element by itself: it works in whatever layout its input is in. */
const each =
  (work: (call: Call, x: TfTensor) => TfTensor, type?: CarriedType): Operator =>
  (call) => {
    const x = call.input(0);
    return call.result(work(call, x.in(x.layout)), type ?? x.type, x.layout);
  };

/** α·(eˣ − 1) below zero. The exponent is cut off there: where it is not used it could overflow. */
const elu = ({ tf }: Call, x: TfTensor, alpha: number): TfTensor =>
  tf.where(tf.greater(x, 0), x, tf.mul(tf.expm1(tf.minimum(x, 0)), alpha));

const gelu = ({ tf, node }: Call, x: TfTensor): TfTensor => {
  if (node.text('approximate', 'none') === 'tanh') {
    const cubed = tf.mul(tf.mul(x, x), x);
    const inner = tf.mul(tf.add(x, tf.mul(cubed, 0.044715)), Math.sqrt(2 / Math.PI));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  }
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
};

const hardSigmoid = ({ tf }: Call, x: TfTensor, alpha: number, beta: number): TfTensor =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);

const shrink = ({ tf, node }: Call, x: TfTensor): TfTensor => {
  const bias = node.float('bias', 0);
  const border = node.float('lambd', 0.5);
  const zero = tf.zerosLike(x);
  return tf.where(
    tf.less(x, -border),
    tf.add(x, bias),
    tf.where(tf.greater(x, border), tf.sub(x, bias), zero),
  );
};

/** Bounds are attributes before opset 11 and inputs after it; either may be left out. */
const clip: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const bound = (name: string, place: number): number | undefined =>
    node.attributes.has(name) ? node.float(name, 0) : call.given(place)?.numbers()[0];
  const low = bound('min', 1);
  const high = bound('max', 2);
  let y = x.in(x.layout);
  const limit = (value: number): TfTensor => tf.scalar(value, x.type === 'float32' ? 'float32' : 'int32');
  if (low !== undefined && low > Number.NEGATIVE_INFINITY) y = tf.maximum(y, limit(within(low, x.type)));
  if (high !== undefined && high < Number.POSITIVE_INFINITY) y = tf.minimum(y, limit(within(high, x.type)));
  return call.result(y, x.type, x.layout);
};

/** A bound beyond int32 bounds nothing that int32 holds. */
const within = (value: number, type: CarriedType): number =>
  type === 'float32' ? value : Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value));

/** The slope spreads over the input, never the other way round. */
const prelu: Operator = (call) => {
  const x = call.input(0);
  const { tensors, layout } = together(call.tf, [x, call.input(1)]);
  if (call.input(1).rank > x.rank) refuse(call.node, 'has a slope of more dimensions than its input');
  return call.result(call.tf.prelu(tensors[0], tensors[1]), x.type, layout);
};

/** Nothing is left out when a network is only run; the mask says that all is kept. */
const dropout: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  if (call.given(2)?.numbers()[0]) refuse(node, 'drops values in training mode, which is not supported here');
  const y = x.in(x.layout);
  const kept = call.result(tf.clone(y), x.type, x.layout);
  return node.outputs.length < 2
    ? kept
    : [kept, call.result(tf.onesLike(tf.cast(y, 'bool')), 'bool', x.layout)];
};

const identity: Operator = (call) => {
  const x = call.input(0);
  return call.result(call.tf.clone(x.in(x.layout)), x.type, x.layout);
};

export const ACTIVATIONS: Readonly<Record<string, Operator>> = {
  Identity: identity,
  Dropout: dropout,
  Clip: clip,
  PRelu: prelu,
  Relu: each(({ tf }, x) => tf.relu(x)),
  LeakyRelu: each(({ tf, node }, x) => tf.where(tf.less(x, 0), tf.mul(x, node.float('alpha', 0.01)), x)),
  Elu: each((call, x) => elu(call, x, call.node.float('alpha', 1))),
  Selu: each((call, x) =>
    call.tf.mul(
      elu(call, x, call.node.float('alpha', 1.6732632423543772)),
      call.node.float('gamma', 1.0507009873554805),
    ),
  ),
  // max(0, x) + min(0, α·(e^(x/α) − 1))
  Celu: each((call, x) => {
    const alpha = call.node.float('alpha', 1);
    return call.tf.mul(elu(call, call.tf.div(x, alpha), 1), alpha);
  }),
  Gelu: each(gelu),
  Sigmoid: each(({ tf }, x) => tf.sigmoid(x)),
  HardSigmoid: each((call, x) =>
    hardSigmoid(call, x, call.node.float('alpha', 0.2), call.node.float('beta', 0.5)),
  ),
  HardSwish: each((call, x) => call.tf.mul(x, hardSigmoid(call, x, 1 / 6, 0.5))),
  Swish: each(({ tf, node }, x) => tf.mul(x, tf.sigmoid(tf.mul(x, node.float('alpha', 1))))),
  Tanh: each(({ tf }, x) => tf.tanh(x)),
  Softplus: each(({ tf }, x) => tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))))),
  Softsign: each(({ tf }, x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Mish: each(({ tf }, x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  ThresholdedRelu: each(({ tf, node }, x) =>
    tf.where(tf.greater(x, node.float('alpha', 1)), x, tf.zerosLike(x)),
  ),
  Shrink: each(shrink),
  Sqrt: each(({ tf }, x) => tf.sqrt(x)),
  Exp: each(({ tf }, x) => tf.exp(x)),
  Log: each(({ tf }, x) => tf.log(x)),
  Neg: each(({ tf }, x) => tf.neg(x)),
  Abs: each(({ tf }, x) => tf.abs(x)),
  Floor: each(({ tf }, x) => tf.floor(x)),
  Ceil: each(({ tf }, x) => tf.ceil(x)),
  Round: each(({ tf }, x) => tf.round(x)),
  Sign: each(({ tf }, x) => tf.sign(x)),
  Reciprocal: each(({ tf }, x) => tf.reciprocal(x)),
  Erf: each(({ tf }, x) => tf.erf(x)),
  Sin: each(({ tf }, x) => tf.sin(x)),
  Cos: each(({ tf }, x) => tf.cos(x)),
  Tan: each(({ tf }, x) => tf.tan(x)),
  Atan: each(({ tf }, x) => tf.atan(x)),
  Asin: each(({ tf }, x) => tf.asin(x)),
  Acos: each(({ tf }, x) => tf.acos(x)),
  Not: each(({ tf }, x) => tf.logicalNot(x), 'bool'),
  IsNaN: each(({ tf }, x) => tf.isNaN(x), 'bool'),
  IsInf: each(({ tf, node }, x) => {
    const [up, down] = [node.int('detect_positive', 1), node.int('detect_negative', 1)];
    const found = tf.isInf(x);
    if (up && down) return found;
    return tf.logicalAnd(found, up ? tf.greater(x, 0) : tf.less(x, 0));
  }, 'bool'),
};
