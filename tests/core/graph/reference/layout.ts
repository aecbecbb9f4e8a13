import type { GraphNode } from '../../../../core/graph/graph.ts';
import { type Dense, dense, filled, place, read, sizeOf, spreadDims, spreadRead } from './array.ts';

export function reshape(x: Dense, target: readonly number[]): Dense {
  const dims = target.map((dim, i) => (dim === 0 ? x.dims[i] : dim));
  const open = dims.indexOf(-1);
  if (open >= 0) dims[open] = sizeOf(x.dims) / -sizeOf(dims);
  return { dims, data: x.data };
}

export function transpose(node: GraphNode, x: Dense): Dense {
  const perm = node.ints('perm') ?? x.dims.map((_, i) => x.dims.length - 1 - i);
  return filled(
    perm.map((axis) => x.dims[axis]),
    (index) => {
      const from: number[] = [];
      perm.forEach((axis, i) => {
        from[axis] = index[i];
      });
      return read(x, from);
    },
  );
}

export function concat(axis: number, inputs: readonly Dense[]): Dense {
  const at = place(axis, inputs[0].dims.length);
  const dims = [...inputs[0].dims];
  dims[at] = inputs.reduce((sum, each) => sum + each.dims[at], 0);
  return filled(dims, (index) => {
    let offset = index[at];
    for (const each of inputs) {
      if (offset < each.dims[at]) return read(each, index.with(at, offset));
      offset -= each.dims[at];
    }
    throw new Error('beyond the joined inputs');
  });
}

export function split(axis: number, x: Dense, sizes: readonly number[]): Dense[] {
  const at = place(axis, x.dims.length);
  let offset = 0;
  return sizes.map((size) => {
    const from = offset;
    offset += size;
    return filled(x.dims.with(at, size), (index) => read(x, index.with(at, index[at] + from)));
  });
}

/** As Python's slices. */
export function slice(
  x: Dense,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps: readonly number[],
): Dense {
  const dims = [...x.dims];
  const first = x.dims.map(() => 0);
  const step = x.dims.map(() => 1);
  axes.forEach((given, i) => {
    const axis = place(given, dims.length);
    const size = x.dims[axis];
    const taken: number[] = [];
    const bound = (at: number): number => (at < 0 ? at + size : at);
    let at = bound(starts[i]);
    if (steps[i] > 0) at = Math.max(0, at);
    else at = Math.min(size - 1, at);
    for (; at >= 0 && at < size; at += steps[i]) {
      if (steps[i] > 0 ? at >= bound(ends[i]) : at <= bound(ends[i])) break;
      taken.push(at);
    }
    dims[axis] = taken.length;
    first[axis] = taken[0] ?? 0;
    step[axis] = steps[i];
  });
  return filled(dims, (index) =>
    read(
      x,
      index.map((each, i) => first[i] + each * step[i]),
    ),
  );
}

export function pad(node: GraphNode, x: Dense, pads: readonly number[], value: number): Dense {
  const rank = x.dims.length;
  const mode = node.text('mode', 'constant');
  return filled(
    x.dims.map((dim, i) => dim + pads[i] + pads[i + rank]),
    (index) => {
      const at = index.map((each, i) => each - pads[i]);
      const outside = at.some((each, i) => each < 0 || each >= x.dims[i]);
      if (mode === 'constant') return outside ? value : read(x, at);
      return read(
        x,
        at.map((each, i) => {
          const last = x.dims[i] - 1;
          if (mode === 'edge') return Math.min(Math.max(each, 0), last);
          return each < 0 ? -each : each > last ? 2 * last - each : each;
        }),
      );
    },
  );
}

export function gather(axis: number, x: Dense, at: Dense): Dense {
  const axisPlace = place(axis, x.dims.length);
  const [before, after] = [x.dims.slice(0, axisPlace), x.dims.slice(axisPlace + 1)];
  return filled([...before, ...at.dims, ...after], (index) => {
    const chosen = read(at, index.slice(axisPlace, axisPlace + at.dims.length));
    return read(x, [
      ...index.slice(0, axisPlace),
      place(chosen, x.dims[axisPlace]),
      ...index.slice(axisPlace + at.dims.length),
    ]);
  });
}

export function gatherElements(axis: number, x: Dense, at: Dense): Dense {
  const along = place(axis, x.dims.length);
  return filled(at.dims, (index) => read(x, index.with(along, place(read(at, index), x.dims[along]))));
}

export const expand = (x: Dense, dims: readonly number[]): Dense =>
  filled(spreadDims([x.dims, dims]), (index) => spreadRead(x, index));

export const tile = (x: Dense, repeats: readonly number[]): Dense =>
  filled(
    x.dims.map((dim, i) => dim * repeats[i]),
    (index) =>
      read(
        x,
        index.map((each, i) => each % x.dims[i]),
      ),
  );

export function squeezed(x: Dense, axes: readonly number[] | undefined): Dense {
  const gone = new Set(axes?.map((axis) => place(axis, x.dims.length)));
  return dense(
    x.dims.filter((dim, i) => (axes ? !gone.has(i) : dim !== 1)),
    x.data,
  );
}

export function unsqueezed(x: Dense, axes: readonly number[]): Dense {
  const rank = x.dims.length + axes.length;
  const added = new Set(axes.map((axis) => place(axis, rank)));
  const rest = [...x.dims];
  return dense(
    Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.shift() ?? 1))),
    x.data,
  );
}
