import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import type { Model } from '../../../core/graph/model.ts';
import { writeOutEndPadding } from '../../../core/graph/written-out-padding.ts';
import { runModel } from './runtime.ts';

const wave = (count: number, by: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(by * i + by));

/** A convolution of a 2×side×side picture with a kernel of `size`. */
function convolution(side: number, size: number, pads: number[]): Model {
  const b = new GraphBuilder('padded');
  const kernel = b.constant('kernel', wave(3 * 2 * size * size, 0.7), [3, 2, size, size]);
  return b.model([b.op('Conv', [b.input('x', ['N', 2, side, side]), kernel], { pads }, 'y')]);
}

test.each([
  ['behind only, kernel as large as the picture', 2, 2, [0, 0, 1, 1], true],
  ['along one axis', 3, 3, [0, 0, 0, 2], true],
  ['all around', 2, 2, [1, 1, 1, 1], false],
  ['a larger picture', 3, 2, [0, 0, 1, 1], false],
  ['none', 2, 2, [0, 0, 0, 0], false],
] as const)('%s: the same numbers', async (_, side, size, pads, written) => {
  const model = convolution(side, size, [...pads]);
  const feeds = { x: { data: wave(2 * 2 * side * side, 1.3), dims: [2, 2, side, side] } };
  const before = (await runModel(model.encode(), feeds)).y;
  writeOutEndPadding(model);
  expect(model.graph.nodes.some(({ opType }) => opType === 'Slice')).toBe(written);
  const after = (await runModel(model.encode(), feeds)).y;
  expect(after.dims).toEqual(before.dims);
  for (let i = 0; i < before.data.length; i++) {
    expect(Number(after.data[i])).toBeCloseTo(Number(before.data[i]), 5);
  }
});
