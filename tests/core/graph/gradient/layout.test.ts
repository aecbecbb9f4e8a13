import { describe, expect, test } from 'vitest';
import type { GraphBuilder, Handle } from '../../../../core/graph/builder.ts';
import { checkGradient } from './check.ts';

const at = (b: GraphBuilder, values: number[], dims: number[]): Handle =>
  b.constant('at', BigInt64Array.from(values, BigInt), dims);

/** Each makes y from x of 2×3×4×5. */
const CASES: Record<string, (b: GraphBuilder, x: Handle) => Handle> = {
  Reshape: (b, x) => b.op('Reshape', [x, b.ints([6, -1])]),
  'Flatten 2': (b, x) => b.op('Flatten', [x], { axis: 2 }),
  'Unsqueeze and Squeeze': (b, x) => b.op('Squeeze', [b.op('Unsqueeze', [x, b.ints([0, -1])]), b.ints([5])]),
  Transpose: (b, x) => b.op('Transpose', [x], { perm: [2, 0, 3, 1] }),
  'Transpose without perm': (b, x) => b.op('Transpose', [x]),
  Expand: (b, x) => b.op('Expand', [x, b.ints([3, 1, 1, 1, 5])]),
  'Expand of a thin value': (b, x) =>
    b.op('Expand', [b.op('ReduceMean', [x], { axes: [1], keepdims: 1 }), b.ints([2, 6, 4, 5])]),
  Tile: (b, x) => b.op('Tile', [x, b.ints([1, 3, 1, 2])]),
  'Slice by steps': (b, x) =>
    b.op('Slice', [x, b.ints([1, 0]), b.ints([4, 100]), b.ints([2, 3]), b.ints([2, 3])]),
  'Slice backwards': (b, x) =>
    b.op('Slice', [x, b.ints([-1, 3]), b.ints([-100, 0]), b.ints([3, 2]), b.ints([-2, -1])]),
  'Slice from the end': (b, x) => b.op('Slice', [x, b.ints([-3]), b.ints([-1]), b.ints([-1])]),
  Split: (b, x) => {
    const [p, q] = b.ops('Split', [x, b.ints([1, 2])], { axis: 1 }, ['p', 'q']);
    return b.op('Add', [b.op('Mul', [p, p]), q]);
  },
  'Split of which a part is unused': (b, x) =>
    b.ops('Split', [x, b.ints([1, 3])], { axis: 2 }, ['p', 'q'])[1],
  Concat: (b, x) => b.op('Concat', [x, b.op('Exp', [x]), x], { axis: 1 }),
  'Gather twice the same': (b, x) => b.op('Gather', [x, at(b, [2, 0, 2, -1, 1, 2], [2, 3])], { axis: 1 }),
  'Gather a single one': (b, x) => b.op('Gather', [x, at(b, [1], [])], { axis: 3 }),
  'Gather along 0': (b, x) => b.op('Gather', [x, at(b, [1, 1, 0], [3])]),
  GatherElements: (b, x) =>
    b.op('GatherElements', [b.op('Reshape', [x, b.ints([6, 20])]), at(b, [0, 5, 5, 5, 1, 2], [2, 3])], {
      axis: 0,
    }),
  'Pad and cut': (b, x) => b.op('Pad', [x, b.ints([0, 1, -1, 2, 1, 0, 2, -1])]),
  'Pad by its edge': (b, x) => b.op('Pad', [x, b.ints([0, 0, 2, 1, 0, 1, 0, 3])], { mode: 'edge' }),
  'Pad by reflection': (b, x) => b.op('Pad', [x, b.ints([0, 0, 2, 1, 0, 2, 0, 3])], { mode: 'reflect' }),
  'Resize ×2, nearest, floor': (b, x) =>
    b.op('Resize', [x, null, b.constant('s', Float32Array.of(1, 1, 2, 2))], {
      ...{ mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' },
    }),
  'Resize nearest to sizes': (b, x) =>
    b.op('Resize', [x, null, null, b.ints([2, 3, 7, 3])], { mode: 'nearest' }),
  'Resize ×2, linear': (b, x) =>
    b.op('Resize', [x, null, b.constant('s', Float32Array.of(1, 1, 2, 2))], { mode: 'linear' }),
  'Resize linear, aligned corners': (b, x) =>
    b.op('Resize', [x, null, null, b.ints([2, 3, 9, 2])], {
      ...{ mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    }),
  'Resize linear, as PyTorch, smaller': (b, x) =>
    b.op('Resize', [x, null, b.constant('s', Float32Array.of(1, 1, 0.5, 0.6))], {
      ...{ mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
    }),
  'Shape makes a constant': (b, x) =>
    b.op('Mul', [x, b.op('Cast', [b.op('Gather', [b.op('Shape', [x]), at(b, [2], [])])], { to: 1 })]),
};

describe('operators that move, cut and join', () => {
  test.each(Object.entries(CASES))('%s', async (_, build) => {
    await checkGradient({ x: [2, 3, 4, 5] }, (b, { x }) => build(b, x), { most: 40 });
  });

  const free = { declared: { x: ['N', 3, 4, 5] } } as const;
  test.each(['Slice by steps', 'Concat', 'Gather twice the same', 'Pad and cut', 'Transpose', 'Tile'])(
    '%s with a free batch',
    async (name) => {
      await checkGradient({ x: [2, 3, 4, 5] }, (b, { x }) => CASES[name](b, x), { ...free, most: 40 });
    },
  );
});

test('an operator of a mode without gradient is named with its mode', async () => {
  await expect(
    checkGradient({ x: [1, 1, 4, 4] }, (b, { x }) =>
      b.op('Resize', [x, null, b.constant('s', Float32Array.of(1, 1, 2, 2))], { mode: 'cubic' }, 'up'),
    ),
  ).rejects.toThrow(/No gradient leads through Resize 'up': its mode is 'cubic'/);
});
