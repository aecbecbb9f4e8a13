import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../../core/graph/builder.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import { checkGradient, random, whole } from './check.ts';

/** Two shapes that spread over each other, of random ranks. */
function spreading(): [number[], number[]] {
  const dims = Array.from({ length: whole(1, 4) }, () => whole(1, 4));
  const thin = (shape: number[]): number[] => shape.map((dim) => (random.uniform() < 0.4 ? 1 : dim));
  const [x, y] = [thin(dims), thin(dims).slice(whole(0, dims.length - 1))];
  return random.uniform() < 0.5 ? [x, y] : [y, x];
}

const away = (): number => (random.uniform() < 0.5 ? -1 : 1) * (0.5 + random.uniform());
const positive = (): number => 0.3 + 2 * random.uniform();

describe('two operands that spread over each other', () => {
  test.each(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Sum', 'Mean', 'Pow'])('%s', async (op) => {
    const draw = op === 'Div' ? away : op === 'Pow' ? positive : undefined;
    for (let i = 0; i < 5; i++) {
      const [x, y] = spreading();
      await checkGradient({ x, y }, (b, h) => b.op(op, [h.x, h.y]), { draw });
    }
  });

  test('three operands', async () => {
    for (const op of ['Min', 'Max', 'Sum', 'Mean']) {
      await checkGradient({ x: [2, 3], y: [3], z: [2, 1] }, (b, { x, y, z }) => b.op(op, [x, y, z]));
    }
  });

  test('one value in both places', async () => {
    await checkGradient({ x: [3, 4] }, (b, { x }) => b.op('Mul', [x, x]));
    await checkGradient({ x: [3, 4] }, (b, { x }) => b.op('Sub', [b.op('Mul', [x, x]), b.op('Add', [x, x])]));
  });
});

describe('one operand', () => {
  test.each([
    ...['Neg', 'Exp', 'Abs', 'Erf', 'Identity', 'Relu', 'LeakyRelu', 'Elu', 'Sigmoid', 'Tanh', 'Softplus'],
    ...['Sin', 'Cos', 'Dropout'],
  ])('%s', async (op) => {
    await checkGradient({ x: [2, 3, 4] }, (b, { x }) => b.op(op, [x]));
  });
  test.each(['Log', 'Sqrt', 'Reciprocal'])('%s', async (op) => {
    await checkGradient({ x: [2, 3, 4] }, (b, { x }) => b.op(op, [x]), { draw: positive });
  });
  test('LeakyRelu and Elu with an alpha', async () => {
    for (const op of ['LeakyRelu', 'Elu']) {
      await checkGradient({ x: [5, 4] }, (b, { x }) => b.op(op, [x], { alpha: 0.3 }));
    }
  });
  test.each([[-1], [0.5], [1], [2], [3], [-2]])('Pow with the constant exponent %d', async (exponent) => {
    await checkGradient({ x: [6] }, (b, { x }) => b.op('Pow', [x, b.scalar(exponent)]), { draw: positive });
  });
  test('Pow with the exponent 0 has no slope, at 0 neither', async () => {
    await checkGradient({ x: [4] }, (b, { x }) => b.op('Pow', [x, b.scalar(0)]), { draw: () => 0 });
  });
  test('Cast there and back', async () => {
    await checkGradient({ x: [4] }, (b, { x }) =>
      b.op('Cast', [b.op('Exp', [b.op('Cast', [x], { to: 11 })])], { to: 1 }),
    );
  });
});

test.each([
  [
    [2, 3, 4, 4],
    [3, 1, 1],
  ],
  [[2, 3], [3]],
  [[2, 3, 2], [1]],
  [
    [2, 3, 2],
    [3, 2],
  ],
])('PRelu over %j with slopes %j', async (x, s) => {
  await checkGradient({ x, s }, (b, h) => b.op('PRelu', [h.x, h.s]));
});

test('HardSigmoid', async () => {
  await checkGradient({ x: [20] }, (b, { x }) =>
    b.op('HardSigmoid', [x], { alpha: 0.4, beta: { float: 0.5 } }),
  );
});

test('PRelu computed from its slopes gives the same', async () => {
  for (const [x, s] of [
    [
      [2, 3, 4, 4],
      [3, 1, 1],
    ],
    [[2, 3], [3]],
  ]) {
    await checkGradient({ x, s }, (b, h) => b.op('PRelu', [h.x, h.s]), { rewrite: true });
  }
});

test('Clip, within one bound and two, given as constants and as values', async () => {
  await checkGradient({ x: [20] }, (b, { x }) => b.op('Clip', [x, b.scalar(-0.5), b.scalar(0.7)]));
  await checkGradient({ x: [20] }, (b, { x }) => b.op('Clip', [x, null, b.scalar(0.2)]));
  await checkGradient({ x: [20] }, (b, { x }) => b.op('Clip', [x, b.scalar(0)]));
  await checkGradient({ x: [20], low: [], high: [] }, (b, { x, low, high }) =>
    b.op('Clip', [x, b.op('Sub', [low, b.scalar(3)]), b.op('Add', [high, b.scalar(3)])]),
  );
});

test('Where, by a comparison of values that pass nothing themselves', async () => {
  await checkGradient({ x: [3, 4], y: [4] }, (b, { x, y }) =>
    b.op('Where', [b.op('Greater', [x, b.scalar(0)]), x, b.op('Mul', [y, y])]),
  );
});

test.each([0, 1, -1])('Softmax and LogSoftmax along axis %d', async (axis) => {
  for (const op of ['Softmax', 'LogSoftmax']) {
    await checkGradient({ x: [3, 4, 5] }, (b, { x }) => b.op(op, [x], { axis }));
  }
});

test('values that only a comparison uses have no gradient; unknown operators are named', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [4]);
  const other = b.input('other', [4]);
  const y = b.op('ReduceSum', [b.op('Where', [b.op('Less', [other, x]), x, b.scalar(0)])], { keepdims: 0 });
  expect(() => differentiate(b, y, [other])).toThrow(/does not depend on 'other'/);
  const strange = b.op('ReduceSum', [b.op('Celu', [x], {}, 'odd')], { keepdims: 0 });
  expect(() => differentiate(b, strange, [x])).toThrow(
    /No gradient leads through Celu 'odd': the operator 'Celu' has no gradient rule/,
  );
  expect(() => differentiate(b, x, [x])).toThrow(/'x' is 4 and no single number/);
});
