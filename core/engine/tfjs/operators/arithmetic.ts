import { elementTypeOf } from '../../../graph/elements.ts';
import { refuse } from '../../../graph/shapes/rule.ts';
import type { Api, TfTensor } from '../api.ts';
import { type Call, type Operator, together } from '../operator.ts';
import { type CarriedType, carried } from '../types.ts';
import type { Value } from '../value.ts';
import { fits } from './overflow.ts';

type Pairwise = (tf: Api, a: TfTensor, b: TfTensor) => TfTensor;

const floats = (tf: Api, tensors: readonly TfTensor[]): TfTensor[] =>
  tensors.map((tensor) => tf.cast(tensor, 'float32'));

/** Where the older opsets lay the second operand along: its first dimension (Add-6 and others). */
function aligned(call: Call, a: Value, b: Value): Value {
  if (call.opset < 7 && b.rank > 0 && b.rank < a.rank) {
    refuse(
      call.node,
      `spreads its second operand as opset ${call.opset} did; write the model anew in opset 7 or later`,
    );
  }
  return b;
}

const pairwise =
  (work: Pairwise): Operator =>
  (call) => {
    const { tf } = call;
    const a = call.input(0);
    const b = aligned(call, a, call.input(1));
    const { tensors, layout } = together(tf, [a, b]);
    fits(call, a.type, () => {
      const [left, right] = floats(tf, tensors);
      return work(tf, left, right);
    });
    return call.result(work(tf, tensors[0], tensors[1]), a.type, layout);
  };

/** Whole numbers are divided towards zero, as in C; TensorFlow.js rounds down. */
const divided: Pairwise = (tf, a, b) => {
  if (a.dtype !== 'int32') return tf.div(a, b);
  const amount = tf.floorDiv(tf.abs(a), tf.abs(b));
  return tf.mul(tf.mul(tf.sign(a), tf.sign(b)), amount);
};

/** The exponent may be of another type; the result has the base's. */
const power: Operator = (call) => {
  const { tf } = call;
  const a = call.input(0);
  const { tensors, layout } = together(tf, [a, call.input(1)]);
  const [base, exponent] = floats(tf, tensors);
  fits(call, a.type, () => tf.pow(base, exponent));
  return call.result(tf.pow(base, exponent), a.type, layout);
};

/** The sign of the divisor, or of the dividend as in C's fmod. */
const modulo: Operator = (call) => {
  const { tf, node } = call;
  const a = call.input(0);
  const { tensors, layout } = together(tf, [a, call.input(1)]);
  const [left, right] = tensors;
  const y = node.int('fmod', 0)
    ? tf.mul(tf.sign(left), tf.mod(tf.abs(left), tf.abs(right)))
    : tf.mod(left, right);
  return call.result(y, a.type, layout);
};

const joined =
  (work: Pairwise, finish: (tf: Api, y: TfTensor, count: number) => TfTensor = (_, y) => y): Operator =>
  (call) => {
    const { tf } = call;
    const values = call.all();
    const { tensors, layout } = together(tf, values);
    const y = tensors.reduce((sum, one) => work(tf, sum, one));
    return call.result(
      finish(tf, values.length === 1 ? tf.clone(y) : y, values.length),
      values[0].type,
      layout,
    );
  };

const compared =
  (work: Pairwise): Operator =>
  (call) => {
    const { tf } = call;
    const { tensors, layout } = together(tf, [call.input(0), call.input(1)]);
    const [a, b] = tensors.map((one) => (one.dtype === 'bool' ? tf.cast(one, 'int32') : one));
    return call.result(work(tf, a, b), 'bool', layout);
  };

const logical =
  (work: Pairwise): Operator =>
  (call) => {
    const { tensors, layout } = together(call.tf, [call.input(0), call.input(1)]);
    return call.result(work(call.tf, tensors[0], tensors[1]), 'bool', layout);
  };

const where: Operator = (call) => {
  const { tensors, layout } = together(call.tf, [call.input(0), call.input(1), call.input(2)]);
  return call.result(call.tf.where(tensors[0], tensors[1], tensors[2]), call.input(1).type, layout);
};

/** Bits that a narrow type keeps, as C's casts do: 300 becomes 44 in uint8. */
function narrowed(tf: Api, x: TfTensor, type: CarriedType): TfTensor {
  const whole = tf.cast(x, 'int32');
  if (type === 'uint8') return tf.mod(whole, tf.scalar(256, 'int32'));
  const shifted = tf.mod(tf.add(whole, tf.scalar(128, 'int32')), tf.scalar(256, 'int32'));
  return tf.sub(shifted, tf.scalar(128, 'int32'));
}

const cast: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const type = carried(node, elementTypeOf(node.int('to', 0)));
  const tensor = x.in(x.layout);
  if (x.type === 'float32') fits(call, type, () => tensor);
  const narrow = (type === 'uint8' || type === 'int8') && x.type !== 'bool' && x.type !== type;
  if (narrow) return call.result(narrowed(tf, tensor, type), type, x.layout);
  if (type === 'bool') return call.result(tf.notEqual(tf.cast(tensor, 'float32'), 0), type, x.layout);
  const dtype = type === 'float32' ? 'float32' : 'int32';
  return call.result(tf.cast(tensor, dtype), type, x.layout);
};

export const ARITHMETIC: Readonly<Record<string, Operator>> = {
  Add: pairwise((tf, a, b) => tf.add(a, b)),
  Sub: pairwise((tf, a, b) => tf.sub(a, b)),
  Mul: pairwise((tf, a, b) => tf.mul(a, b)),
  Div: pairwise(divided),
  Pow: power,
  Mod: modulo,
  Min: joined((tf, a, b) => tf.minimum(a, b)),
  Max: joined((tf, a, b) => tf.maximum(a, b)),
  Sum: joined((tf, a, b) => tf.add(a, b)),
  Mean: joined(
    (tf, a, b) => tf.add(a, b),
    (tf, y, count) => tf.div(y, count),
  ),
  Equal: compared((tf, a, b) => tf.equal(a, b)),
  Greater: compared((tf, a, b) => tf.greater(a, b)),
  GreaterOrEqual: compared((tf, a, b) => tf.greaterEqual(a, b)),
  Less: compared((tf, a, b) => tf.less(a, b)),
  LessOrEqual: compared((tf, a, b) => tf.lessEqual(a, b)),
  And: logical((tf, a, b) => tf.logicalAnd(a, b)),
  Or: logical((tf, a, b) => tf.logicalOr(a, b)),
  Xor: logical((tf, a, b) => tf.logicalXor(a, b)),
  Where: where,
  Cast: cast,
};
