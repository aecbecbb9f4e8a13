import { Fault } from '../../foundation/fault.ts';
import type { Algebra } from '../../graph/algebra.ts';
import type { Handle } from '../../graph/builder.ts';
import { crossEntropy } from './cross-entropy.ts';

/** Classification losses on the angle between an embedding and its identity's weight. */
export type MarginKind = 'softmax' | 'cosface' | 'arcface';

export interface MarginSettings {
  kind: MarginKind;
  /** s: cosines are multiplied by it before the softmax. */
  scale: number;
  /** m: subtracted from the cosine (CosFace) or added to the angle (ArcFace, radians). */
  margin: number;
}

/** Defaults: CosFace as the thesis trains it (eq. 5.4, m 0.35), ArcFace as its authors do. */
export const MARGINS: Readonly<Record<MarginKind, Omit<MarginSettings, 'kind'>>> = {
  softmax: { scale: 1, margin: 0 },
  cosface: { scale: 64, margin: 0.35 },
  arcface: { scale: 64, margin: 0.5 },
};

export interface MarginInput {
  /** N × D */
  embedding: Handle;
  /** C × D, one row per identity */
  weight: Handle;
  /** N, int64, 0 … C−1 */
  labels: Handle;
}

/** The mean loss over the batch, a single number, and the N × C cosines it came from: their arg-max is the training accuracy. */
export interface LossOfIdentities {
  loss: Handle;
  cosine: Handle;
}

/** N × C cosines of every embedding with every identity's weight, kept within [−1, 1]. */
export function cosines(a: Algebra, embedding: Handle, weight: Handle): Handle {
  const { b } = a;
  const product = b.op('Gemm', [unit(a, embedding), unit(a, weight)], { transB: 1 });
  return b.op('Clip', [product, a.number(-1, product), a.number(1, product)], {}, 'cosine');
}

/** Rows of length 1. The length is kept above 1e-12, as PyTorch's normalize does. */
export function unit(a: Algebra, rows: Handle): Handle {
  const length = a.reduce('ReduceL2', rows, [1], true);
  return a.div(rows, a.b.op('Max', [length, a.number(1e-12, rows)]));
}

/** N × 1 cosines with a picture's own identity, and N × C marks of where they stand. */
export function ownOf(a: Algebra, cosine: Handle, labels: Handle): { own: Handle; isOwn: Handle } {
  const { b } = a;
  const column = b.op('Unsqueeze', [labels, b.ints([1])]);
  const own = b.op('GatherElements', [cosine, column], { axis: 1 });
  const classes = BigInt64Array.from({ length: a.size(cosine, 1) }, (_, i) => BigInt(i));
  return { own, isOwn: b.op('Equal', [column, b.constant('classes', classes)]) };
}

/**
 * CosFace: Wang et al. 2018. ArcFace: Deng et al. 2019; where θ + m passes π, the cosine less m·sin m continues it
 * without a jump in value, as its authors' code does.
 */
export function marginLoss(
  a: Algebra,
  { embedding, weight, labels }: MarginInput,
  { kind, scale, margin }: MarginSettings,
): LossOfIdentities {
  if (!(scale > 0)) throw new Fault(`A scale of '${scale}' is not possible: it must be above 0.`);
  const { b } = a;
  if (kind === 'softmax') {
    const logits = b.op('Gemm', [embedding, weight], { transB: 1 });
    return { loss: crossEntropy(a, a.times(logits, scale), labels), cosine: logits };
  }
  const cosine = cosines(a, embedding, weight);
  const { own, isOwn } = ownOf(a, cosine, labels);
  const target = kind === 'cosface' ? a.plus(own, -margin) : added(a, own, margin);
  const shifted = a.where(isOwn, target, cosine);
  return { loss: crossEntropy(a, a.times(shifted, scale), labels), cosine };
}

/** cos(θ + m) from cos θ, whatever θ + m is. */
export function turned(a: Algebra, cosine: Handle, margin: number): Handle {
  const { b } = a;
  // The floor keeps the slope of the root finite at θ = 0 and π.
  const square = b.op('Max', [a.sub(a.number(1, cosine), a.mul(cosine, cosine)), a.number(1e-9, cosine)]);
  const sine = b.op('Sqrt', [square]);
  return a.sub(a.times(cosine, Math.cos(margin)), a.times(sine, Math.sin(margin)));
}

/** ArcFace's target from cos θ: cos(θ + m), and beyond π what goes on from it. */
export function added(a: Algebra, cosine: Handle, margin: number): Handle {
  const { b } = a;
  const beyond = a.plus(cosine, -margin * Math.sin(margin));
  const within = b.op('Greater', [cosine, a.number(Math.cos(Math.PI - margin), cosine)]);
  return a.where(within, turned(a, cosine, margin), beyond);
}
