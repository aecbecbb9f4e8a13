import type { Random } from '../../../../../core/foundation/random.ts';
import type { Case, Sketch } from '../sketch.ts';

type Attributes = Record<string, number | string | { float: number }>;

const unary =
  (
    name: string,
    settings: { attributes?: (s: Sketch) => Attributes; draw?: (random: Random) => number } = {},
  ) =>
  (s: Sketch) =>
    s.op(name, [s.x(s.shape(), settings.draw)], settings.attributes?.(s));

const positive = (random: Random): number => random.between(0.1, 5);
const share = (random: Random): number => random.between(-0.99, 0.99);
const float = (s: Sketch, low: number, high: number): { float: number } => ({
  float: Math.fround(s.random.between(low, high)),
});

/** Shapes that spread over each other: some sides are 1, and the second may have fewer. */
function spread(s: Sketch): [number[], number[]] {
  const whole = s.shape();
  const a = whole.map((side) => s.pick(side, side, 1));
  const b = whole.map((side, i) => (a[i] === 1 ? side : s.pick(side, 1))).slice(s.int(0, whole.length));
  return s.pick(true, false) ? [a, b] : [b, a];
}

const binary =
  (name: string, draw?: (random: Random) => number): Case =>
  (s) => {
    const [a, b] = spread(s);
    return s.op(name, [s.x(a, draw), s.pick(true, false) ? s.x(b, draw) : s.w(b, draw)]);
  };

const wholes =
  (name: string, type: 'int32' | 'int64', least = -9): Case =>
  (s) => {
    const [a, b] = spread(s);
    const x = s.ints(a, -20, 20, type);
    return s.op(name, [x, s.ints(b, least, 9, type)]);
  };

const compared =
  (name: string): Case =>
  (s) => {
    const [a, b] = spread(s);
    return s.op(name, [s.small(a), s.small(b)]);
  };

const logical =
  (name: string): Case =>
  (s) => {
    const [a, b] = spread(s);
    return s.op(name, [s.bools(a), s.bools(b)]);
  };

const several =
  (name: string): Case =>
  (s) => {
    const [a, b] = spread(s);
    return s.op(name, [s.x(a), s.x(b), s.x(a)].slice(0, s.int(1, 3)));
  };

const ACTIVATIONS =
  'Relu Sigmoid Tanh Softplus Softsign HardSwish Exp Neg Abs Floor Ceil Sign Erf Sin Cos Atan';

export const ELEMENTS: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(ACTIVATIONS.split(' ').map((name) => [name, unary(name)])),
  Identity: unary('Identity'),
  Tan: unary('Tan', { draw: share }),
  Asin: unary('Asin', { draw: share }),
  Acos: unary('Acos', { draw: share }),
  Sqrt: unary('Sqrt', { draw: positive }),
  Log: unary('Log', { draw: positive }),
  Reciprocal: unary('Reciprocal', { draw: positive }),
  'Round, halves to even': unary('Round', { draw: (random) => random.below(12) / 2 - 3 }),
  LeakyRelu: unary('LeakyRelu', { attributes: (s) => ({ alpha: float(s, 0, 1) }) }),
  Elu: unary('Elu', { attributes: (s) => ({ alpha: float(s, 0.5, 2) }) }),
  Selu: unary('Selu'),
  Celu: unary('Celu', { attributes: (s) => ({ alpha: float(s, 0.5, 2) }) }),
  HardSigmoid: unary('HardSigmoid', { attributes: (s) => ({ alpha: float(s, 0.1, 0.5) }) }),
  ThresholdedRelu: unary('ThresholdedRelu', { attributes: (s) => ({ alpha: float(s, 0, 1) }) }),
  Shrink: unary('Shrink', { attributes: (s) => ({ lambd: float(s, 0.2, 1), bias: float(s, 0, 1) }) }),
  Mish: { opset: 18, draw: unary('Mish') },
  Gelu: { opset: 20, draw: unary('Gelu', { attributes: (s) => ({ approximate: s.pick('none', 'tanh') }) }) },
  Clip: (s) => s.op('Clip', [s.x(s.shape()), s.pick(null, s.b.scalar(-0.5)), s.pick(null, s.b.scalar(0.7))]),
  'Clip of whole numbers': (s) =>
    s.op('Clip', [
      s.ints(s.shape(), -9, 9),
      s.b.constant('low', BigInt64Array.of(-3n), []),
      s.b.constant('high', BigInt64Array.of(2n ** 62n), []),
    ]),
  'Clip of opset 6': {
    opset: 6,
    draw: unary('Clip', { attributes: (s) => ({ min: float(s, -1, 0), max: float(s, 0, 1) }) }),
  },
  PRelu: (s) => {
    const dims = [s.int(1, 3), s.int(1, 5), ...s.shape(0, 2)];
    const slope = s.pick([dims[1], ...dims.slice(2).map(() => 1)], [1], dims.slice(1));
    return s.op('PRelu', [s.x(dims), dims.length === 2 ? s.w([dims[1]]) : s.w(slope)]);
  },
  Dropout: (s) => s.ops('Dropout', [s.x(s.shape())], {}, 2),
  Not: (s) => s.op('Not', [s.bools(s.shape())]),
  IsNaN: unary('IsNaN', { draw: (random) => [1, Number.NaN, Number.POSITIVE_INFINITY][random.below(3)] }),
  IsInf: unary('IsInf', {
    draw: (random) => [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][random.below(4)],
    attributes: (s) => ({ detect_positive: s.pick(0, 1), detect_negative: 1 }),
  }),
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div', positive),
  'Add of int64': wholes('Add', 'int64'),
  'Mul of int64': wholes('Mul', 'int64'),
  'Div of int64, towards zero': wholes('Div', 'int64', 1),
  'Div of int32, towards zero': wholes('Div', 'int32', 1),
  'Mod of int64': wholes('Mod', 'int64', 1),
  'Mod by the sign of the dividend': (s) => {
    const [a, b] = spread(s);
    return s.op('Mod', [s.ints(a, -20, 20), s.ints(b, 1, 7)], { fmod: 1 });
  },
  Pow: (s) => {
    const [a, b] = spread(s);
    return s.op('Pow', [s.x(a, positive), s.x(b)]);
  },
  'Pow by whole numbers': (s) => {
    const [a, b] = spread(s);
    return s.op('Pow', [s.x(a), s.ints(b, 0, 3)]);
  },
  Min: several('Min'),
  Max: several('Max'),
  Sum: several('Sum'),
  Mean: several('Mean'),
  Equal: compared('Equal'),
  Greater: compared('Greater'),
  GreaterOrEqual: compared('GreaterOrEqual'),
  Less: compared('Less'),
  LessOrEqual: compared('LessOrEqual'),
  'Equal of bool': (s) => s.op('Equal', [s.bools([3, 4]), s.bools([4])]),
  And: logical('And'),
  Or: logical('Or'),
  Xor: logical('Xor'),
  Where: (s) => {
    const [a, b] = spread(s);
    return s.op('Where', [s.bools(b), s.x(a), s.x(b)]);
  },
  'Cast to int64': (s) => s.op('Cast', [s.x(s.shape(), (random) => random.between(-9, 9))], { to: 7 }),
  'Cast to int32': (s) => s.op('Cast', [s.x(s.shape(), (random) => random.between(-9, 9))], { to: 6 }),
  'Cast to bool': (s) => s.op('Cast', [s.small(s.shape())], { to: 9 }),
  'Cast of bool': (s) => s.op('Cast', [s.bools(s.shape())], { to: s.pick(1, 6, 7, 2) }),
  'Cast to uint8 and int8': (s) => {
    const x = s.ints(s.shape(), -400, 400);
    return [s.op('Cast', [x], { to: 2 }), s.op('Cast', [x], { to: 3 })];
  },
  'Cast of whole numbers': (s) => s.op('Cast', [s.ints(s.shape(), -99, 99)], { to: s.pick(1, 6) }),
};
