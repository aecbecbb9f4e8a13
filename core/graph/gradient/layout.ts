import type { Handle } from '../builder.ts';
import {
  all,
  type GradientContext,
  type GradientRule,
  incoming,
  noGradient,
  numbersOf,
  placeOf,
} from './rule.ts';

const reshape: GradientRule = (context) => [context.a.reshapeLike(incoming(context), context.input(0))];

const transpose: GradientRule = (context) => {
  const { a, node } = context;
  const d = incoming(context);
  const rank = a.rank(d);
  const perm = node.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return [
    a.transpose(
      d,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ];
};

const expand: GradientRule = (context) => [context.a.sumLike(incoming(context), context.input(0))];

/** Every part of the joined dimension back to its input. */
const concat: GradientRule = (context) => {
  const { a, b, node } = context;
  const d = incoming(context);
  const axis = placeOf(node.int('axis', 1), a.rank(d));
  const inputs = node.inputs.map((_, i) => context.input(i));
  const sizes = inputs.map((input) => a.size(input, axis));
  if (inputs.length === 1) return [d];
  return b.ops(
    'Split',
    [d, b.ints(sizes, 'sizes')],
    { axis },
    inputs.map((_, i) => `part${i}`),
  );
};

const split: GradientRule = (context) => {
  const { a, b, node } = context;
  const axis = placeOf(node.int('axis', 0), a.rank(context.input(0)));
  const parts = node.outputs.flatMap((name, i) =>
    name === '' ? [] : [context.gradient(i) ?? a.zerosLike(context.output(i))],
  );
  if (parts.length !== node.outputs.length) noGradient(node, 'one of its outputs is left out');
  return [b.op('Concat', parts, { axis })];
};

/** d at every `step`-th place along an axis, zeros between. */
function spaced({ a, b }: GradientContext, d: Handle, axis: number, step: number): Handle {
  if (step === 1) return d;
  const dims = a.shape(d).map((dim, i) => (i === axis ? a.size(d, axis) * step : dim));
  const wide = b.op('Unsqueeze', [d, b.ints([axis + 1])]);
  const made = a.pad(wide, axis + 1, 0, step - 1);
  return a.slice(a.reshape(made, dims), axis, 0, (a.size(d, axis) - 1) * step + 1);
}

/** What was cut off is zero; a negative step turns round. */
const slice: GradientRule = (context) => {
  const { a, b } = context;
  const x = context.input(0);
  const starts = numbersOf(context, 1, 'starts');
  const axes = context.has(3) ? numbersOf(context, 3, 'axes') : starts.map((_, i) => i);
  const steps = context.has(4) ? numbersOf(context, 4, 'steps') : starts.map(() => 1);
  let d = incoming(context);
  for (const [i, given] of axes.entries()) {
    const axis = placeOf(given, a.rank(x));
    const dim = a.shape(x)[axis];
    if (a.shape(d)[axis] === dim && typeof dim !== 'number') continue;
    const [whole, taken, step] = [a.size(x, axis), a.size(d, axis), Math.abs(steps[i])];
    if (taken === 0) continue;
    const from = starts[i] < 0 ? starts[i] + whole : starts[i];
    let first = Math.min(Math.max(from, 0), whole - 1);
    if (steps[i] < 0) {
      d = b.op('Slice', [d, b.ints([-1]), b.ints([Number.MIN_SAFE_INTEGER]), b.ints([axis]), b.ints([-1])]);
      first -= (taken - 1) * step;
    }
    d = spaced(context, d, axis, step);
    d = a.pad(d, axis, first, whole - first - ((taken - 1) * step + 1));
  }
  return [d];
};

/** Negative padding takes constant padding away again; the other modes copy elements, which get the sum of their copies. */
const pad: GradientRule = (context) => {
  const { a, b, node } = context;
  const x = context.input(0);
  const rank = a.rank(x);
  const pads = numbersOf(context, 1, 'pads');
  const axes = context.has(3)
    ? numbersOf(context, 3, 'axes').map((axis) => placeOf(axis, rank))
    : Array.from({ length: rank }, (_, i) => i);
  const mode = node.text('mode', 'constant');
  if (mode === 'constant') {
    if (context.wanted(2)) noGradient(node, 'the value that it pads with is computed by the graph');
    const full = new Array<number>(2 * rank).fill(0);
    for (const [i, axis] of axes.entries()) {
      full[axis] = -pads[i];
      full[axis + rank] = -pads[i + axes.length];
    }
    return [b.op('Pad', [incoming(context), b.ints(full, 'pads')])];
  }
  let d = incoming(context);
  for (const [i, axis] of axes.entries()) {
    const [before, after] = [pads[i], pads[i + axes.length]];
    if (before === 0 && after === 0) continue;
    const size = a.size(x, axis);
    const places = Array.from(
      { length: before + size + after },
      (_, at) => copied(at - before, size, mode) ?? noGradient(node, `its mode is '${mode}'`),
    );
    d = gathered(context, d, axis, b.constant('places', BigInt64Array.from(places, BigInt)), size);
  }
  return [d];
};

/** The element that a padded place copies. */
function copied(at: number, size: number, mode: string): number | undefined {
  if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1);
  if (mode === 'wrap') return ((at % size) + size) % size;
  if (mode !== 'reflect') return undefined;
  const period = Math.max(1, 2 * (size - 1));
  const place = ((at % period) + period) % period;
  return place < size ? place : period - place;
}

/**
 * The adjoint of taking `indices` (any rank) along an axis of `size`: every element gets the sum of what was taken from it.
 */
function gathered({ a, b }: GradientContext, d: Handle, axis: number, indices: Handle, size: number): Handle {
  const many = a.rank(indices);
  const rank = a.rank(d) - many + 1;
  const places = Array.from({ length: many }, (_, i) => axis + i);
  const others = Array.from({ length: a.rank(d) }, (_, i) => i).filter((i) => !places.includes(i));
  const updates = a.transpose(d, [...places, ...others]);
  const rest = others.map((i) => a.shape(d)[i]);
  const zeros = rest.every((dim) => typeof dim === 'number')
    ? b.op('Expand', [a.number(0, d), b.ints([size, ...(rest as number[])], 'shape')])
    : b.op('Expand', [
        a.number(0, d),
        b.op('Concat', [b.ints([size]), b.op('Gather', [a.shapeVector(d), b.ints(others)], { axis: 0 })], {
          axis: 0,
        }),
      ]);
  const at = b.op('Unsqueeze', [indices, b.ints([-1])]);
  const made = b.op('ScatterND', [zeros, at, updates], { reduction: 'add' });
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? 0 : i < axis ? i + 1 : i));
  return a.transpose(made, perm);
}

const gather: GradientRule = (context) => {
  const { a, node } = context;
  const x = context.input(0);
  const axis = placeOf(node.int('axis', 0), a.rank(x));
  return [gathered(context, incoming(context), axis, context.input(1), a.size(x, axis))];
};

const gatherElements: GradientRule = (context) => {
  const { a, b, node } = context;
  const axis = node.int('axis', 0);
  const zeros = a.zerosLike(context.input(0));
  return [b.op('ScatterElements', [zeros, context.input(1), incoming(context)], { axis, reduction: 'add' })];
};

/** The sum over the copies. */
const tile: GradientRule = (context) => {
  const { a } = context;
  const x = context.input(0);
  const repeats = numbersOf(context, 1, 'repeats');
  const d = incoming(context);
  const dims = repeats.flatMap((count, i) => (count === 1 ? [a.shape(x)[i]] : [count, a.size(x, i)]));
  const axes: number[] = [];
  let at = 0;
  for (const count of repeats) {
    if (count !== 1) axes.push(at++);
    at++;
  }
  return [a.reduce('ReduceSum', a.reshape(d, dims), axes, false)];
};

/** Operators that move, cut and join. Squeeze and Unsqueeze only need their input's shape, not their axes. */
export const LAYOUT: Readonly<Record<string, GradientRule>> = {
  ...all('Reshape Flatten Squeeze Unsqueeze', reshape),
  Transpose: transpose,
  Expand: expand,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  GatherElements: gatherElements,
  Tile: tile,
};
