import { Fault } from '../../foundation/fault.ts';
import type { Algebra } from '../../graph/algebra.ts';
import { GraphTensor } from '../../graph/tensor.ts';
import type { Carried } from '../step.ts';
import { crossEntropy } from './cross-entropy.ts';
import { added, cosines, type LossOfIdentities, type MarginInput, ownOf, turned } from './margin.ts';

/** s and m as CurricularFace's authors train it. */
export const CURRICULAR = { scale: 64, margin: 0.5 } as const;

/** t: how much hard identities count; 0 at first. It goes from step to step beside the weights. */
export const HARDNESS = 'curricular.t';
/** Share of the batch's mean cosine in t. */
const MOMENTUM = 0.01;

/**
 * CurricularFace (Huang et al. 2020): ArcFace's margin on a picture's own identity, and cosines of hard other ones, those
 * above cos(θ + m), as cosθ·(t + cosθ). t ← 0.01·mean of the own cosines + 0.99·t before it is used, as in the public
 * code; no gradient leads through it. With accumulated gradients it moves at every batch.
 */
export function curricularLoss(
  a: Algebra,
  input: MarginInput,
  { scale, margin }: { scale: number; margin: number },
): LossOfIdentities & { carried: Carried } {
  if (!(scale > 0)) throw new Fault(`A scale of '${scale}' is not possible: it must be above 0.`);
  const { b } = a;
  const cosine = cosines(a, input.embedding, input.weight);
  const { own, isOwn } = ownOf(a, cosine, input.labels);
  const value = b.input(HARDNESS, []);
  const next = a.add(
    a.times(a.reduce('ReduceMean', own, [0, 1], false), MOMENTUM),
    a.times(value, 1 - MOMENTUM),
  );
  const hard = b.op('Greater', [cosine, turned(a, own, margin)]);
  const others = a.where(hard, a.mul(cosine, a.add(cosine, next)), cosine);
  const logits = a.times(a.where(isOwn, added(a, own, margin), others), scale);
  const initial = GraphTensor.of(new Float32Array(1), [], HARDNESS);
  return { loss: crossEntropy(a, logits, input.labels), cosine, carried: { value, next, initial } };
}
