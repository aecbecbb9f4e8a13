import type { Case, Sketch } from '../sketch.ts';

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

function slice(s: Sketch, opset: 9 | 17) {
  const dims = s.shape(1, 4, 2);
  const axes = s.axes(dims.length);
  const starts = axes.map(() => s.int(-7, 7));
  const ends = axes.map(() => s.pick(s.int(-7, 7), 2 ** 31 - 1));
  if (opset === 9) return s.op('Slice', [s.x(dims)], { starts, ends, axes });
  const far = s.b.constant(
    'ends',
    BigInt64Array.from(ends, (end) => (end > 99 ? 2n ** 63n - 1n : BigInt(end))),
  );
  const steps = axes.map(() => s.pick(1, 1, 2, -1, -2));
  return s.op('Slice', [s.x(dims), s.b.ints(starts), far, s.b.ints(axes), s.b.ints(steps)]);
}

/** Indices into a side, counted from the front or from the end. */
const indices = (s: Sketch, dims: readonly number[], side: number) => s.ints(dims, -side, side - 1);

function scatter(s: Sketch, reduction: 'none' | 'add') {
  const dims = s.shape(1, 3, 3);
  const axis = s.int(0, dims.length - 1);
  // Without a sum every place is written once: the order of writing is not defined.
  const own = reduction === 'add' ? dims.map((side) => s.int(1, side)) : dims;
  const places = reduction === 'add' ? indices(s, own, dims[axis]) : permutations(s, dims, axis);
  return s.op('ScatterElements', [s.x(dims), places, s.x(own)], { axis, reduction });
}

/** Along an axis every index once. */
function permutations(s: Sketch, dims: readonly number[], axis: number) {
  const order = s.random.shuffle(Array.from({ length: dims[axis] }, (_, i) => i));
  const step = product(dims.slice(axis + 1));
  const all = Array.from({ length: product(dims) }, (_, at) => order[Math.floor(at / step) % dims[axis]]);
  return s.b.constant('places', BigInt64Array.from(all, BigInt), dims);
}

export const LAYOUT: Readonly<Record<string, Case>> = {
  Reshape: (s) => {
    const dims = [s.int(1, 4), 2 * s.int(1, 3), s.int(1, 4)];
    const target = s.pick([0, -1], [-1], [dims[0], 2, -1], [-1, 0, 1, dims[2]]);
    return s.op('Reshape', [s.x(dims), s.b.ints(target)]);
  },
  Flatten: (s) => {
    const dims = s.shape(2, 4);
    return s.op('Flatten', [s.x(dims)], { axis: s.int(-dims.length, dims.length) });
  },
  Unsqueeze: (s) => s.op('Unsqueeze', [s.x([2, 3]), s.b.ints(s.pick([0], [-1], [1, 3], [0, -1]))]),
  'Unsqueeze of opset 11': {
    opset: 11,
    draw: (s) => s.op('Unsqueeze', [s.x([2, 3])], { axes: s.pick([0], [1, 2]) }),
  },
  Squeeze: (s) => s.op('Squeeze', [s.x([1, 3, 1, 2]), ...s.pick([], [s.b.ints(s.pick([0], [2], [0, -2]))])]),
  Transpose: (s) => {
    const dims = s.shape(1, 5);
    const perm = s.random.shuffle(dims.map((_, i) => i));
    return s.op('Transpose', [s.x(dims)], { perm: s.pick(perm, undefined as never) });
  },
  Expand: (s) => {
    const dims = s.shape(1, 3).map((side) => s.pick(side, 1));
    const target = [...s.shape(0, 2), ...dims.map((side) => (side === 1 ? s.int(1, 4) : s.pick(side, 1)))];
    return s.op('Expand', [s.x(dims), s.b.ints(target)]);
  },
  Tile: (s) => {
    const dims = s.shape();
    return s.op('Tile', [s.x(dims), s.b.ints(dims.map(() => s.int(1, 3)))]);
  },
  Concat: (s) => {
    const dims = s.shape();
    const axis = s.int(0, dims.length - 1);
    const parts = Array.from({ length: s.int(1, 3) }, () =>
      s.x(dims.map((side, i) => (i === axis ? s.int(1, 4) : side))),
    );
    return s.op('Concat', parts, { axis: s.pick(axis, axis - dims.length) });
  },
  Split: (s) => {
    const dims = s.shape();
    const axis = s.int(0, dims.length - 1);
    const sizes = Array.from({ length: s.int(1, 3) }, () => s.int(1, 3));
    dims[axis] = sizes.reduce((sum, size) => sum + size, 0);
    return s.ops(
      'Split',
      [s.x(dims), s.b.ints(sizes)],
      { axis: s.pick(axis, axis - dims.length) },
      sizes.length,
    );
  },
  'Split into equal parts': (s) => s.ops('Split', [s.x([2, 6, 3])], { axis: 1 }, s.pick(2, 3)),
  Slice: (s) => slice(s, 17),
  'Slice of opset 9': { opset: 9, draw: (s) => slice(s, 9) },
  Gather: (s) => {
    const dims = s.shape(1, 4, 2);
    const axis = s.int(0, dims.length - 1);
    return s.op('Gather', [s.x(dims), indices(s, s.shape(0, 2), dims[axis])], {
      axis: s.pick(axis, axis - dims.length),
    });
  },
  GatherElements: (s) => {
    const dims = s.shape(1, 3, 2);
    const axis = s.int(0, dims.length - 1);
    const own = dims.map((side, i) => (i === axis ? s.int(1, 5) : s.int(1, side)));
    return s.op('GatherElements', [s.x(dims), indices(s, own, dims[axis])], {
      axis: s.pick(axis, axis - dims.length),
    });
  },
  ScatterElements: (s) => scatter(s, 'none'),
  'ScatterElements, adding': (s) => scatter(s, 'add'),
  'ScatterND, adding': (s) => {
    const depth = s.int(1, 2);
    const places = s.ints([5, depth], 0, 2);
    return s.op('ScatterND', [s.x([3, 3, 2]), places, s.x([5, ...[3, 3, 2].slice(depth)])], {
      reduction: 'add',
    });
  },
  ScatterND: (s) => {
    const rows = s.random.shuffle([0, 1, 2, 3]).slice(0, 3);
    return s.op('ScatterND', [
      s.x([4, 3]),
      s.b.constant('rows', BigInt64Array.from(rows, BigInt), [3, 1]),
      s.x([3, 3]),
    ]);
  },
  OneHot: (s) => {
    const depth = s.b.constant('depth', BigInt64Array.of(5n), []);
    return s.op('OneHot', [s.ints(s.shape(1, 2), -5, 4), depth, s.w([2])], { axis: s.pick(0, -1, 1) });
  },
  'Shape and Size': (s) => {
    const x = s.x(s.shape(2, 4));
    return [s.op('Shape', [x], s.pick<object>({}, { start: 1 }, { end: -1 }) as never), s.op('Size', [x])];
  },
  'shapes that are computed': (s) => {
    const x = s.x([s.int(2, 4), 3, 4]);
    const rest = s.op('Slice', [s.op('Shape', [x]), s.b.ints([1]), s.b.ints([2 ** 31])]);
    const columns = s.op('Unsqueeze', [s.op('ReduceProd', [rest], { keepdims: 0 }), s.b.ints([0])]);
    const half = s.op('Div', [columns, s.b.ints([2])]);
    return s.op('Reshape', [x, s.op('Concat', [s.b.ints([-1]), half], { axis: 0 })]);
  },
  ConstantOfShape: (s) => s.op('ConstantOfShape', [s.ints([s.int(1, 3)], 1, 4)]),
  Range: (s) => {
    const number = (value: number) => s.b.constant('n', BigInt64Array.of(BigInt(value)), []);
    return s.op('Range', [number(s.int(-3, 3)), number(s.int(4, 9)), number(s.int(1, 3))]);
  },
};
