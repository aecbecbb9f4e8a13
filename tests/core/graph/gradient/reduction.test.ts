import { describe, test } from 'vitest';
import { checkGradient, random } from './check.ts';

const AXES = [[0], [1, 2], [-1], [0, 2, 3], undefined];
const positive = (): number => 0.3 + random.uniform();

describe.each(['Mean', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'LogSumExp', 'LogSum'])('Reduce%s', (kind) => {
  test.each(AXES)('over %j', async (axes) => {
    const draw = kind === 'LogSum' ? positive : undefined;
    for (const keepdims of [0, 1]) {
      await checkGradient(
        { x: [2, 3, 2, 4] },
        (b, { x }) => b.op(`Reduce${kind}`, [x], { keepdims, ...(axes ? { axes } : {}) }),
        { draw },
      );
    }
  });
  test('opset 18, where the axes are an input, and a free batch', async () => {
    await checkGradient({ x: [2, 3, 4] }, (b, { x }) => b.op(`Reduce${kind}`, [x, b.ints([0, 2])]), {
      ...{ opset: 18, declared: { x: ['N', 3, 4] } },
      draw: positive,
    });
  });
});

test.each(AXES)('ReduceSum over %j', async (axes) => {
  for (const keepdims of [0, 1]) {
    await checkGradient({ x: [2, 3, 2, 4] }, (b, { x }) =>
      b.op('ReduceSum', [x, axes ? b.ints(axes) : null], { keepdims }),
    );
  }
});

test('equal largest elements share', async () => {
  await checkGradient({ x: [3] }, (b, { x }) => b.op('ReduceMax', [b.op('Concat', [x, x], { axis: 0 })]));
});

test.each([1, 2])('LpNormalization, p = %d', async (p) => {
  for (const axis of [0, 1, -1]) {
    await checkGradient({ x: [3, 4, 2] }, (b, { x }) => b.op('LpNormalization', [x], { axis, p }));
  }
});
