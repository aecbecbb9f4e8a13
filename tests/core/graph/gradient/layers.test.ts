import { describe, expect, test } from 'vitest';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import { differentiate } from '../../../../core/graph/gradient/differentiate.ts';
import { dense } from '../reference/array.ts';
import { checkGradient, normals, random, rounded, run, whole } from './check.ts';

describe('MatMul', () => {
  test.each([
    [
      [3, 4],
      [4, 2],
    ],
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    [
      [2, 3, 4],
      [4, 5],
    ],
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
    [
      [3, 4],
      [2, 4, 5],
    ],
    [
      [2, 3, 4, 5],
      [3, 5, 2],
    ],
    [
      [2, 2, 3, 1, 4],
      [3, 4, 5],
    ],
    [[4], [4, 2]],
    [[3, 4], [4]],
    [[2, 3, 4], [4]],
    [[4], [4]],
  ])('%j by %j', async (x, y) => {
    await checkGradient({ x, y }, (b, h) => b.op('MatMul', [h.x, h.y]));
  });
  test('with a free batch', async () => {
    await checkGradient({ x: [2, 3, 4], y: [4, 5] }, (b, h) => b.op('MatMul', [h.x, h.y]), {
      declared: { x: ['N', 3, 4] },
    });
  });
});

describe('Gemm', () => {
  const bits = [0, 1];
  test.each(bits.flatMap((transA) => bits.map((transB) => [transA, transB])))(
    'transA %d, transB %d',
    async (transA, transB) => {
      for (const c of [[3, 5], [5], [1], [3, 1]]) {
        await checkGradient({ x: transA ? [4, 3] : [3, 4], y: transB ? [5, 4] : [4, 5], c }, (b, h) =>
          b.op('Gemm', [h.x, h.y, h.c], { transA, transB, alpha: { float: 0.7 }, beta: { float: 1.3 } }),
        );
      }
    },
  );
  test('without a summand', async () => {
    await checkGradient({ x: [3, 4], y: [4, 5] }, (b, h) => b.op('Gemm', [h.x, h.y]));
  });
});

describe('BatchNormalization', () => {
  const vectors = (c: number): Record<string, number[]> => ({ gamma: [c], beta: [c] });
  const statistics = (b: GraphBuilder, c: number): Handle[] => [
    b.constant('mean', Float32Array.from(normals(c))),
    b.constant(
      'var',
      Float32Array.from({ length: c }, () => 0.5 + random.uniform()),
    ),
  ];
  test.each([[[4, 3, 2, 5]], [[6, 4]], [[3, 2, 7]]])('in inference over %j', async (x) => {
    await checkGradient({ x, ...vectors(x[1]) }, (b, { x, gamma, beta }) =>
      b.op('BatchNormalization', [x, gamma, beta, ...statistics(b, gamma.shape![0] as number)]),
    );
  });
  test.each([
    [[4, 3, 2, 5], 0.9],
    [[6, 4], 0.9],
    [[6, 4], 0],
    [[3, 2, 7], 0],
  ])('in training over %j, momentum %d', async (x, momentum) => {
    await checkGradient({ x, ...vectors(x[1]) }, (b, { x, gamma, beta }) => {
      const inputs = [x, gamma, beta, ...statistics(b, gamma.shape![0] as number)];
      const attributes = { training_mode: 1, momentum: { float: momentum } };
      return b.ops('BatchNormalization', inputs, attributes, ['y', 'mean', 'var'])[0];
    });
  });
  test('in training with a free batch', async () => {
    await checkGradient(
      { x: [4, 3, 2, 5], ...vectors(3) },
      (b, { x, gamma, beta }) =>
        b.ops(
          'BatchNormalization',
          [x, gamma, beta, ...statistics(b, 3)],
          { training_mode: 1, momentum: { float: 0 } },
          ['y', 'mean', 'var'],
        )[0],
      { declared: { x: ['N', 3, 2, 5] } },
    );
  });
  test('a channel far from 0 keeps its precision', async () => {
    await checkGradient(
      { x: [8, 2, 3, 3], ...vectors(2) },
      (b, { x, gamma, beta }) =>
        b.ops(
          'BatchNormalization',
          [x, gamma, beta, ...statistics(b, 2)],
          { training_mode: 1, momentum: { float: 0 } },
          ['y', 'mean', 'var'],
        )[0],
      { draw: () => 30 + random.normal() },
    );
  });
});

describe('pooling', () => {
  const drawn = Array.from({ length: 10 }, () => {
    const kernel_shape = [whole(1, 3), whole(1, 3)];
    return {
      kernel_shape,
      strides: [whole(1, 3), whole(1, 3)],
      pads: Array.from({ length: 4 }, (_, i) => whole(0, kernel_shape[i % 2] - 1)),
      ceil_mode: whole(0, 1),
    };
  });
  test.each(drawn.map((attributes) => [JSON.stringify(attributes), attributes] as const))(
    '%s',
    async (_, attributes) => {
      await checkGradient({ x: [2, 2, 6, 7] }, (b, { x }) => b.op('MaxPool', [x], attributes), { most: 30 });
      for (const count_include_pad of [0, 1]) {
        await checkGradient(
          { x: [2, 2, 6, 7] },
          (b, { x }) => b.op('AveragePool', [x], { ...attributes, count_include_pad }),
          { most: 30 },
        );
      }
    },
  );
  test('auto_pad, and a free batch', async () => {
    for (const op of ['MaxPool', 'AveragePool']) {
      await checkGradient(
        { x: [2, 2, 6, 7] },
        (b, { x }) => b.op(op, [x], { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
        { declared: { x: ['N', 2, 6, 7] } },
      );
    }
  });
  test.each(['GlobalAveragePool', 'GlobalMaxPool'])('%s', async (op) => {
    await checkGradient({ x: [2, 3, 4, 5] }, (b, { x }) => b.op(op, [x]));
    await checkGradient({ x: [2, 3, 4, 5] }, (b, { x }) => b.op(op, [x]), {
      declared: { x: ['N', 3, 4, 5] },
    });
  });
});

test('Dropout in training passes what its mask passed', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [40, 5]);
  const yes = b.constant('training', Uint8Array.of(1), [], 'bool');
  const y = b.op('Dropout', [x, b.scalar(0.25), yes], { seed: 3 });
  const seed = b.input('seed', [40, 5]);
  const [d] = differentiate(b, y, [x], { seed });
  const given = { x: dense([40, 5], new Array(200).fill(1)), seed: rounded([40, 5], normals(200)) };
  const found = await run(b.model([y, d]), given);
  const dropped = found[y.name].data.filter((v) => v === 0).length;
  expect(dropped).toBeGreaterThan(20);
  expect(dropped).toBeLessThan(90);
  found[d.name].data.forEach((value, i) => {
    expect(value).toBeCloseTo(given.seed.data[i] * found[y.name].data[i], 5);
  });
});

test('slopes of slopes: the gradient of a gradient', async () => {
  await checkGradient({ x: [3, 4] }, (b, { x }) => {
    const y = b.op('ReduceSum', [b.op('Mul', [b.op('Exp', [x]), x])], { keepdims: 0 });
    return differentiate(b, y, [x])[0];
  });
});
