import type { Algebra } from '../algebra.ts';
import type { Handle } from '../builder.ts';
import { perChannel, scaled } from './channels.ts';
import { type GradientContext, type GradientRule, incoming, noGradient, placeOf } from './rule.ts';

/** All axes but the channels'. */
const overChannels = (a: Algebra, x: Handle): number[] =>
  Array.from({ length: a.rank(x) }, (_, i) => i).filter((axis) => axis !== 1);

/**
 * y = γ·x̂ + β with x̂ = (x − μ)/√(σ² + ε). In inference μ and σ² are given: dx = γ·d/√(σ² + ε). In training they are the
 * batch's own, over M elements per channel, and dx = γ/√(σ² + ε)·(d − Σd/M − x̂·Σ(d·x̂)/M) (Ioffe & Szegedy 2015).
 */
const batchNormalization: GradientRule = (context) => {
  const { a, b, node } = context;
  const [x, gamma] = [context.input(0), context.input(1)];
  const d = incoming(context);
  const axes = overChannels(a, x);
  const training = node.int('training_mode', 0) === 1;
  if (node.outputs.slice(1).some((_, i) => context.gradient(i + 1) !== undefined)) {
    noGradient(node, 'its running statistics are no functions of slopes');
  }
  let [mean, variance] = [context.input(3), context.input(4)];
  if (training) {
    const statistics = batchStatistics(context);
    [mean, variance] = [statistics.mean, statistics.variance];
  }
  const inverse = a.div(a.number(1, variance), b.op('Sqrt', [a.plus(variance, node.float('epsilon', 1e-5))]));
  const dBeta = (): Handle => a.reduce('ReduceSum', d, axes, false);
  // Centred before it is multiplied: a mean far from 0 would drown the sum.
  const normal = (): Handle => scaled(context, x, inverse, a.neg(a.mul(mean, inverse)));
  const dGamma = (hat: Handle): Handle => a.reduce('ReduceSum', a.mul(d, hat), axes, false);

  if (!training) {
    if (context.wanted(3) || context.wanted(4)) noGradient(node, 'its statistics are computed by the graph');
    return [
      context.wanted(0) ? a.mul(d, perChannel(context, a.mul(gamma, inverse), x)) : undefined,
      context.wanted(1) ? dGamma(normal()) : undefined,
      context.wanted(2) ? dBeta() : undefined,
    ];
  }
  const hat = normal();
  const [total, slope] = [dBeta(), dGamma(hat)];
  const back = (): Handle => {
    const share = (value: Handle): Handle => a.mul(a.neg(value), countInverse(context, x, axes));
    const centred = a.add(d, scaled(context, hat, share(slope), share(total)));
    const by = a.mul(gamma, inverse);
    const product = a.mul(centred, perChannel(context, by, x));
    context.factored.set(product.name, { of: centred, by });
    return product;
  };
  return [context.wanted(0) ? back() : undefined, slope, total];
};

/** 1/M for the M elements that a channel has. */
function countInverse({ a, b }: GradientContext, x: Handle, axes: readonly number[]): Handle {
  const dims = axes.map((axis) => a.shape(x)[axis]);
  if (dims.every((dim) => typeof dim === 'number')) {
    return a.number(1 / (dims as number[]).reduce((product, dim) => product * dim, 1), x);
  }
  const taken = b.op('Gather', [a.shapeVector(x), b.ints(axes, 'axes')], { axis: 0 });
  const count = a.cast(a.reduce('ReduceProd', taken, [0], false), x);
  return a.div(a.number(1, x), count);
}

/**
 * The batch's own mean and variance. A node that mixes them into running statistics with a momentum of 0 gives them as
 * they are; from another they are computed once more.
 */
function batchStatistics(context: GradientContext): { mean: Handle; variance: Handle } {
  const { a, node } = context;
  if (node.float('momentum', 0.9) === 0 && node.outputs[1] && node.outputs[2]) {
    return { mean: context.output(1), variance: context.output(2) };
  }
  const x = context.input(0);
  const axes = overChannels(a, x);
  const mean = a.reduce('ReduceMean', x, axes, true);
  const centred = a.sub(x, mean);
  const variance = a.reduce('ReduceMean', a.mul(centred, centred), axes, false);
  return { mean: context.b.op('Reshape', [mean, context.b.ints([-1])]), variance };
}

/** y = x/‖x‖_p along an axis; a zero vector stays zero and passes nothing. */
const lpNormalization: GradientRule = (context) => {
  const { a, b, node } = context;
  const [x, y] = [context.input(0), context.output()];
  const d = incoming(context);
  const axes = [placeOf(node.int('axis', -1), a.rank(x))];
  const p = node.int('p', 2);
  const length = a.reduce(p === 1 ? 'ReduceL1' : 'ReduceL2', x, axes, true);
  const share = a.reduce('ReduceSum', a.mul(d, y), axes, true);
  const direction = p === 1 ? b.op('Sign', [x]) : y;
  const slope = a.sub(d, a.mul(direction, share));
  const empty = b.op('Equal', [length, a.number(0, x)]);
  return [a.where(empty, a.number(0, x), a.div(slope, a.where(empty, a.number(1, x), length)))];
};

export const NORMALISATION: Readonly<Record<string, GradientRule>> = {
  BatchNormalization: batchNormalization,
  LpNormalization: lpNormalization,
};
