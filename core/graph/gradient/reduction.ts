import type { Handle } from '../builder.ts';
import { axesOf, type GradientContext, type GradientRule, incoming, placeOf } from './rule.ts';

interface Reduced {
  /** The incoming gradient and the output with the reduced dimensions as 1. */
  d: Handle;
  y: Handle;
  axes: readonly number[];
}

/** undefined where the node reduces nothing. */
function reduced(context: GradientContext): Reduced | undefined {
  const { a, b, node } = context;
  const rank = a.rank(context.input(0));
  const given = axesOf(context, 1);
  const none = given === undefined || given.length === 0;
  if (none && node.int('noop_with_empty_axes', 0) === 1) return undefined;
  const axes = none ? Array.from({ length: rank }, (_, i) => i) : given.map((axis) => placeOf(axis, rank));
  axes.sort((i, j) => i - j);
  const kept = node.int('keepdims', 1) === 1;
  const keep = (x: Handle): Handle => (kept ? x : b.op('Unsqueeze', [x, b.ints(axes, 'axes')]));
  return { d: keep(incoming(context)), y: keep(context.output()), axes };
}

/** A rule from the slope at x, which spreads over x by itself or is spread over it. */
const rule =
  (slope: (context: GradientContext, each: Reduced) => Handle): GradientRule =>
  (context) => {
    const each = reduced(context);
    if (each === undefined) return [incoming(context)];
    return [context.a.expandLike(slope(context, each), context.input(0))];
  };

/** The number of elements that are summed, as a value. */
function countOf({ a, b, ...context }: GradientContext, axes: readonly number[]): Handle {
  const x = context.input(0);
  const dims = axes.map((axis) => a.shape(x)[axis]);
  if (dims.every((dim) => typeof dim === 'number')) {
    return a.number(
      (dims as number[]).reduce((product, dim) => product * dim, 1),
      x,
    );
  }
  const taken = b.op('Gather', [a.shapeVector(x), b.ints(axes, 'axes')], { axis: 0 });
  return a.cast(a.reduce('ReduceProd', taken, [0], false), x);
}

/** In equal parts to the elements that are the extreme. */
const extreme = rule(({ a, b, ...context }, { d, y, axes }) => {
  const x = context.input(0);
  const taken = a.mask(b.op('Equal', [x, y]), x);
  return a.mul(taken, a.div(d, a.reduce('ReduceSum', taken, axes, true)));
});

export const REDUCTION: Readonly<Record<string, GradientRule>> = {
  ReduceSum: rule((_, { d }) => d),
  ReduceMean: rule((context, { d, axes }) => context.a.div(d, countOf(context, axes))),
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceL1: rule(({ a, b, ...c }, { d }) => a.mul(d, b.op('Sign', [c.input(0)]))),
  /** x/‖x‖, and nothing at 0, where there is no slope. */
  ReduceL2: rule(({ a, b, ...c }, { d, y }) => {
    const empty = b.op('Equal', [y, a.number(0, y)]);
    const inverse = a.where(empty, a.number(0, y), a.div(d, a.where(empty, a.number(1, y), y)));
    return a.mul(c.input(0), inverse);
  }),
  ReduceSumSquare: rule(({ a, ...c }, { d }) => a.mul(c.input(0), a.times(d, 2))),
  ReduceLogSum: rule(({ a, b }, { d, y }) => a.div(d, b.op('Exp', [y]))),
  ReduceLogSumExp: rule(({ a, b, ...c }, { d, y }) => a.mul(d, b.op('Exp', [a.sub(c.input(0), y)]))),
};
