import type { Handle } from '../builder.ts';
import { all, type GradientContext, type GradientRule, incoming } from './rule.ts';

/** A rule for y = f(x): the incoming gradient times f′(x). */
const unary =
  (rule: (context: GradientContext, d: Handle) => Handle): GradientRule =>
  (context) => [rule(context, incoming(context))];

/** Passes what each wanted input gets, summed over the dimensions along which that input was spread. */
function spread(context: GradientContext, parts: readonly ((d: Handle) => Handle)[]): (Handle | undefined)[] {
  const d = incoming(context);
  return parts.map((part, i) =>
    context.wanted(i) ? context.a.sumLike(part(d), context.input(i)) : undefined,
  );
}

const add: GradientRule = (context) => spread(context, [(d) => d, (d) => d]);
const sub: GradientRule = (context) => spread(context, [(d) => d, (d) => context.a.neg(d)]);

const mul: GradientRule = (context) =>
  spread(context, [(d) => context.a.mul(d, context.input(1)), (d) => context.a.mul(d, context.input(0))]);

/** ∂(x/y) = 1/y, −x/y² = −(x/y)/y. */
const div: GradientRule = (context) => {
  const { a } = context;
  return spread(context, [
    (d) => a.div(d, context.input(1)),
    (d) => a.neg(a.div(a.mul(d, context.output()), context.input(1))),
  ]);
};

/** ∂(x^p) = p·x^(p−1) (0 where p is 0) and x^p·ln x (0 where x is not positive). */
const pow: GradientRule = (context) => {
  const { a, b } = context;
  const x = context.input(0);
  const constant = context.constant(1)?.numbers();
  const exponent = a.cast(context.input(1), x);
  const zero = (): Handle => a.number(0, x);
  return spread(context, [
    (d) => {
      const only = constant !== undefined && new Set(constant).size === 1 ? constant[0] : undefined;
      if (only === 2) return a.times(a.mul(d, x), 2);
      if (only !== undefined && only !== 0) {
        const lower = only === 1 ? d : a.mul(d, b.op('Pow', [x, a.number(only - 1, x)]));
        return a.times(lower, only);
      }
      const slope = a.mul(exponent, b.op('Pow', [x, a.plus(exponent, -1)]));
      return a.mul(d, a.where(b.op('Equal', [exponent, zero()]), zero(), slope));
    },
    (d) => {
      const positive = b.op('Greater', [x, zero()]);
      const safe = a.where(positive, x, a.number(1, x));
      return a.mul(d, a.mul(context.output(), b.op('Log', [safe])));
    },
  ]);
};

/** Min, Max: to the input that was taken, in equal parts where several are equal. */
const extreme: GradientRule = (context) => {
  const { a, b, node } = context;
  const y = context.output();
  const x = node.inputs.map((_, i) => context.input(i));
  const taken = x.map((each) => a.mask(b.op('Equal', [each, y]), y));
  const count = taken.reduce((sum, each) => a.add(sum, each));
  return spread(
    context,
    taken.map((mask) => (d) => a.mul(d, a.div(mask, count))),
  );
};

const sum: GradientRule = (context) =>
  spread(
    context,
    context.node.inputs.map(() => (d) => d),
  );
const mean: GradientRule = (context) =>
  spread(
    context,
    context.node.inputs.map((_, _i, every) => (d) => context.a.times(d, 1 / every.length)),
  );

/** Within its bounds, ends included, x passes; outside the bound itself does. */
const clip: GradientRule = (context) => {
  const { a, b } = context;
  const x = context.input(0);
  const d = incoming(context);
  const zero = a.number(0, x);
  const bound = (index: number, op: string): [Handle, Handle] | undefined => {
    if (!context.has(index)) return undefined;
    const limit = context.input(index);
    return [limit, b.op(op, [x, limit])];
  };
  const low = bound(1, 'Less');
  const high = bound(2, 'Greater');
  const outside = [low, high].flatMap((each) => (each ? [each[1]] : []));
  const beyond = outside.length === 2 ? b.op('Or', outside) : outside[0];
  return [
    beyond === undefined ? d : a.where(beyond, zero, d),
    low && context.wanted(1) ? a.sumLike(a.where(low[1], d, zero), low[0]) : undefined,
    high && context.wanted(2) ? a.sumLike(a.where(high[1], d, zero), high[0]) : undefined,
  ];
};

const where: GradientRule = (context) => {
  const { a } = context;
  const zero = (d: Handle): Handle => a.number(0, d);
  const condition = context.input(0);
  return spread(context, [
    (d) => d,
    (d) => a.where(condition, d, zero(d)),
    (d) => a.where(condition, zero(d), d),
  ]).map((each, i) => (i === 0 ? undefined : each));
};

const cast: GradientRule = (context) => [context.a.cast(incoming(context), context.input(0))];

/** Dropout: nothing in inference; the mask that was drawn, scaled, in training. */
const dropout: GradientRule = (context) => {
  const { a, b, node } = context;
  const d = incoming(context);
  const training = context.constant(2)?.numbers()[0] === 1;
  if (!training) return [d];
  const mask = node.outputs[1] ? context.output(1) : b.furtherOutput(node, 1, 'dropped');
  const ratio = context.has(1) ? (context.constant(1)?.numbers()[0] ?? 0.5) : 0.5;
  return [a.times(a.mul(d, a.mask(mask, d)), 1 / (1 - ratio))];
};

/** 2/√π. */
const ERF = 2 / Math.sqrt(Math.PI);

/** Arithmetic element by element, with broadcasting. */
export const ELEMENTWISE: Readonly<Record<string, GradientRule>> = {
  Add: add,
  Sub: sub,
  Mul: mul,
  Div: div,
  Pow: pow,
  ...all('Min Max', extreme),
  Sum: sum,
  Mean: mean,
  Clip: clip,
  Where: where,
  Cast: cast,
  Identity: unary((_, d) => d),
  Dropout: dropout,
  Neg: unary(({ a }, d) => a.neg(d)),
  Exp: unary((c, d) => c.a.mul(d, c.output())),
  Log: unary((c, d) => c.a.div(d, c.input(0))),
  Sqrt: unary((c, d) => c.a.times(c.a.div(d, c.output()), 0.5)),
  Abs: unary((c, d) => c.a.mul(d, c.b.op('Sign', [c.input(0)]))),
  Reciprocal: unary((c, d) => c.a.neg(c.a.mul(d, c.a.mul(c.output(), c.output())))),
  Sin: unary((c, d) => c.a.mul(d, c.b.op('Cos', [c.input(0)]))),
  Cos: unary((c, d) => c.a.neg(c.a.mul(d, c.b.op('Sin', [c.input(0)])))),
  Erf: unary(({ a, b, ...c }, d) => {
    const x = c.input(0);
    return a.mul(d, a.times(b.op('Exp', [a.neg(a.mul(x, x))]), ERF));
  }),
};
