import { type Dim, product, quotient, type Shape, shapeText } from '../dimension.ts';
import { elementTypeOf } from '../elements.ts';
import { axesOf, axisOf, broadcast, numbersOf, type Rule, refuse, shapeOf } from './rule.ts';

const reshape: Rule = (context) => {
  const { node } = context;
  const x = shapeOf(context);
  const attribute = node.ints('shape');
  const target = attribute ?? context.input(1)?.elements;
  if (target === undefined) {
    const length = shapeOf(context, 1)?.[0];
    return [typeof length === 'number' ? { shape: new Array(length).fill(null) } : null];
  }
  const zeroIsZero = node.int('allowzero', 0) === 1;
  const shape = target.map((dim, i): Dim => (dim === 0 && !zeroIsZero ? (x?.[i] ?? null) : dim));
  const open = shape.indexOf(-1);
  if (x === undefined) return [{ shape: shape.map((dim) => (dim === -1 ? null : dim)) }];
  const all = product(x);
  if (open >= 0) {
    const rest = quotient(all, product(shape.filter((_, i) => i !== open)));
    if (rest === undefined && typeof all === 'number') {
      refuse(node, `cannot reshape ${shapeText(x)} to [${target.join(', ')}]`);
    }
    shape[open] = rest ?? null;
  } else {
    const size = product(shape);
    if (typeof size === 'number' && typeof all === 'number' && size !== all) {
      refuse(node, `cannot reshape ${shapeText(x)} (${all} elements) to [${target.join(', ')}] (${size})`);
    }
    // One unknown dimension follows from the others.
    const unknown = shape.flatMap((dim, i) => (dim === null ? [i] : []));
    if (unknown.length === 1) {
      shape[unknown[0]] = quotient(all, product(shape.filter((dim) => dim !== null))) ?? null;
    }
  }
  const elements = context.input(0)?.elements;
  return [{ shape, ...(shape.length <= 1 && elements !== undefined ? { elements } : {}) }];
};

const transpose: Rule = (context) => {
  const x = shapeOf(context);
  const perm = context.node.ints('perm');
  if (x === undefined) return [perm ? { shape: perm.map(() => null) } : null];
  if (perm !== undefined && perm.length !== x.length) {
    refuse(context.node, `permutes ${perm.length} dimensions, but its input has ${x.length}`);
  }
  return [{ shape: perm ? perm.map((axis) => x[axis]) : [...x].reverse() }];
};

const flatten: Rule = (context) => {
  const x = shapeOf(context);
  if (x === undefined) return [{ shape: [null, null] }];
  const given = context.node.int('axis', 1);
  const axis = given === x.length ? given : axisOf(context.node, given, x.length);
  return [{ shape: [product(x.slice(0, axis)), product(x.slice(axis))] }];
};

const unsqueeze: Rule = (context) => {
  const x = shapeOf(context);
  const axes = axesOf(context, 1);
  if (x === undefined || !axes) return [null];
  const rank = x.length + axes.length;
  const places = new Set(axes.map((axis) => axisOf(context.node, axis, rank)));
  const rest = [...x];
  const shape = Array.from({ length: rank }, (_, i) => (places.has(i) ? 1 : (rest.shift() ?? null)));
  const elements = context.input(0)?.elements;
  return [{ shape, ...(rank <= 1 && elements ? { elements } : {}) }];
};

const squeeze: Rule = (context) => {
  const x = shapeOf(context);
  const axes = axesOf(context, 1);
  if (x === undefined || axes === undefined) return [null];
  if (axes === null && x.some((dim) => typeof dim !== 'number')) return [null];
  const places = new Set(axes?.map((axis) => axisOf(context.node, axis, x.length)));
  for (const place of places) {
    const dim = x[place];
    if (typeof dim === 'number' && dim !== 1) {
      refuse(context.node, `squeezes dimension ${place} of ${shapeText(x)}, which is not 1`);
    }
  }
  const elements = context.input(0)?.elements;
  const shape = x.filter((dim, i) => (axes === null ? dim !== 1 : !places.has(i)));
  return [{ shape, ...(elements ? { elements } : {}) }];
};

const concat: Rule = (context) => {
  const { node } = context;
  const shapes = node.inputs.map((_, i) => shapeOf(context, i));
  const first = shapes.find((shape) => shape !== undefined);
  if (first === undefined) return [null];
  const axis = axisOf(node, node.int('axis', 1), first.length);
  const shape = first.map((dim, i): Dim => {
    const dims = shapes.map((each) => {
      if (each !== undefined && each.length !== first.length) {
        refuse(node, `joins values of ${first.length} and of ${each.length} dimensions`);
      }
      return each?.[i] ?? null;
    });
    if (i === axis) {
      if (dims.some((each) => typeof each !== 'number')) return dims.length === 1 ? dim : null;
      return (dims as number[]).reduce((sum, each) => sum + each, 0);
    }
    const known = dims.filter((each) => typeof each === 'number');
    if (new Set(known).size > 1) {
      refuse(
        node,
        `joins ${shapes.map((each) => shapeText(each)).join(' and ')} along axis ${axis}: dimension ${i} differs`,
      );
    }
    return known[0] ?? dims.find((each) => each !== null) ?? null;
  });
  const parts = node.inputs.map((_, i) => context.input(i)?.elements);
  return [{ shape, ...(parts.every((part) => part !== undefined) ? { elements: parts.flat() } : {}) }];
};

const slice: Rule = (context) => {
  const { node } = context;
  const x = shapeOf(context);
  if (x === undefined) return [null];
  const starts = node.ints('starts') ?? numbersOf(context, 1);
  const ends = node.ints('ends') ?? numbersOf(context, 2);
  const givenAxes = node.ints('axes') ?? (context.input(3) === undefined ? undefined : numbersOf(context, 3));
  if (context.input(3) !== undefined && givenAxes === undefined) return [{ shape: x.map(() => null) }];
  const axes = givenAxes ?? (starts ?? ends ?? []).map((_, i) => i);
  const steps = context.input(4) === undefined ? axes.map(() => 1) : numbersOf(context, 4);
  const shape = [...x];
  for (const [i, given] of axes.entries()) {
    const axis = axisOf(node, given, x.length);
    const dim = x[axis];
    if (starts === undefined || ends === undefined || steps === undefined) {
      shape[axis] = null;
    } else if (typeof dim === 'number') {
      const step = steps[i];
      const clamp = (at: number, low: number, high: number): number =>
        Math.min(high, Math.max(low, at < 0 ? at + dim : at));
      const from = step > 0 ? clamp(starts[i], 0, dim) : clamp(starts[i], 0, dim - 1);
      const to = step > 0 ? clamp(ends[i], 0, dim) : clamp(ends[i], -1, dim - 1);
      shape[axis] = Math.max(0, Math.ceil((to - from) / step));
    } else if (starts[i] !== 0 || ends[i] < 2 ** 31 - 1 || steps[i] !== 1) {
      shape[axis] = null;
    }
  }
  const elements = context.input(0)?.elements;
  if (elements === undefined || starts?.length !== 1 || ends?.length !== 1 || steps?.[0] !== 1)
    return [{ shape }];
  return [{ shape, elements: elements.slice(starts[0], Math.min(ends[0], elements.length)) }];
};

const gather: Rule = (context) => {
  const { node } = context;
  const x = shapeOf(context);
  const indices = shapeOf(context, 1);
  if (x === undefined || indices === undefined) return [null];
  const axis = axisOf(node, node.int('axis', 0), x.length);
  const shape = [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)];
  const elements = context.input(0)?.elements;
  const at = numbersOf(context, 1);
  if (elements === undefined || at === undefined) return [{ shape }];
  return [
    { shape, elements: at.map((index) => elements[index < 0 ? index + elements.length : index] ?? null) },
  ];
};

const shapeRule: Rule = (context) => {
  const x = shapeOf(context);
  if (x === undefined) return [{ shape: [null], type: 'int64' }];
  const { node } = context;
  const end = node.attributes.has('end') ? node.int('end', x.length) : x.length;
  const elements = x.slice(node.int('start', 0), end);
  return [{ shape: [elements.length], type: 'int64', elements }];
};

const expand: Rule = (context) => {
  const x = shapeOf(context);
  const target = context.input(1)?.elements;
  if (target === undefined) return [null];
  return [{ shape: x === undefined ? null : broadcast(context.node, [x, target]) }];
};

const tile: Rule = (context) => {
  const x = shapeOf(context);
  const repeats = context.input(1)?.elements;
  if (x === undefined) return [null];
  return [{ shape: x.map((dim, i) => (repeats === undefined ? null : product([dim, repeats[i] ?? null]))) }];
};

const constantOfShape: Rule = (context) => {
  const target = context.input(0)?.elements;
  const value = context.node.tensor('value');
  const type = value?.type ?? 'float32';
  const fill =
    value?.type === 'int64' && target?.length === 1 && typeof target[0] === 'number' && target[0] <= 64;
  return [
    {
      shape: target ?? null,
      type,
      ...(fill ? { elements: new Array(target[0]).fill(Number(value.elements()[0])) as number[] } : {}),
    },
  ];
};

const split: Rule = (context) => {
  const { node } = context;
  const x = shapeOf(context);
  if (x === undefined) return node.outputs.map(() => null);
  const axis = axisOf(node, node.int('axis', 0), x.length);
  const sizes = node.ints('split') ?? (context.input(1) === undefined ? undefined : numbersOf(context, 1));
  const dim = x[axis];
  const parts = node.outputs.length;
  if (sizes !== undefined && typeof dim === 'number' && sizes.reduce((a, b) => a + b, 0) !== dim) {
    refuse(node, `splits ${dim} into ${sizes.join(' + ')}`);
  }
  return node.outputs.map((_, i) => {
    const whole = typeof dim === 'number' ? Math.ceil(dim / parts) : null;
    const size =
      sizes?.[i] ??
      (context.input(1) !== undefined || whole === null || typeof dim !== 'number'
        ? null
        : Math.min(whole, dim - whole * i));
    return { shape: x.map((each, at) => (at === axis ? size : each)) };
  });
};

const range: Rule = (context) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => numbersOf(context, i)?.[0]);
  if (start === undefined || limit === undefined || delta === undefined) return [{ shape: [null] }];
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  const elements = length <= 64 ? Array.from({ length }, (_, i) => start + i * delta) : undefined;
  return [{ shape: [length], ...(elements ? { elements } : {}) }];
};

const cast: Rule = (context) => {
  const known = context.input(0);
  const type = elementTypeOf(context.node.int('to', 1));
  return [{ shape: known?.shape ?? null, type, ...(known?.elements ? { elements: known.elements } : {}) }];
};

const gatherAlong: Rule = (context) => [{ shape: shapeOf(context, 1) ?? null }];

const sizeRule: Rule = (context) => {
  const x = shapeOf(context);
  return [{ shape: [], type: 'int64', ...(x ? { elements: [product(x)] as Shape } : {}) }];
};

const oneHot: Rule = (context) => {
  const x = shapeOf(context);
  const depth = numbersOf(context, 1)?.[0] ?? null;
  if (x === undefined) return [null];
  const axis = axisOf(context.node, context.node.int('axis', -1), x.length + 1);
  return [{ shape: [...x.slice(0, axis), depth, ...x.slice(axis)], type: context.input(2)?.type }];
};

/** Operators that move, cut and join without arithmetic. */
export const LAYOUT: Readonly<Record<string, Rule>> = {
  Reshape: reshape,
  Transpose: transpose,
  Flatten: flatten,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Concat: concat,
  Slice: slice,
  Gather: gather,
  GatherElements: gatherAlong,
  Shape: shapeRule,
  Size: sizeRule,
  Expand: expand,
  Tile: tile,
  ConstantOfShape: constantOfShape,
  Split: split,
  Range: range,
  Cast: cast,
  OneHot: oneHot,
};
