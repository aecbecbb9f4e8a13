import { Fault } from '../../foundation/fault.ts';
import type { Algebra } from '../../graph/algebra.ts';
import type { Handle } from '../../graph/builder.ts';
import { unit } from './margin.ts';

/** Settings of Sinkhorn–Knopp; SwAV's defaults (Caron et al. 2020), which the thesis takes over (§5.3). */
export interface SinkhornSettings {
  /** ε: the smaller, the harder the assignments. */
  epsilon: number;
  iterations: number;
}

export const SINKHORN: SinkhornSettings = { epsilon: 0.05, iterations: 3 };

/**
 * Pseudo-labels with equal shares: N × P assignments Q from N × P scores; each row sums to 1 and each of the P columns
 * nearly to N/P. exp(scores/ε) is scaled by columns and rows in turn; constant factors cancel and are left out.
 */
export function sinkhorn(
  a: Algebra,
  scores: Handle,
  { epsilon, iterations }: SinkhornSettings = SINKHORN,
): Handle {
  if (!(epsilon > 0)) throw new Fault(`An ε of '${epsilon}' is not possible: it must be above 0.`);
  const { b } = a;
  // Relative to the greatest score, so that the exponential stays finite; the factor cancels like any other.
  const greatest = a.reduce('ReduceMax', scores, [0, 1], true);
  let q = b.op('Exp', [a.times(a.sub(scores, greatest), 1 / epsilon)]);
  for (let i = 0; i < iterations; i++) {
    // A prototype that nobody is near would be 0/0.
    q = a.div(q, a.plus(a.reduce('ReduceSum', q, [0], true), 1e-12));
    q = a.div(q, a.plus(a.reduce('ReduceSum', q, [1], true), 1e-12));
  }
  return q;
}

/** N × P cosines of projected routing vectors with the prototypes, the rows of a P × D matrix. */
export function prototypeScores(a: Algebra, projected: Handle, prototypes: Handle): Handle {
  return a.b.op('Gemm', [unit(a, projected), unit(a, prototypes)], { transB: 1 }, 'scores');
}

/** −(1/N) Σ Q log softmax(scores/τ) (thesis eq. 5.5). @param targets N × P, rows that sum to 1 */
export function softCrossEntropy(a: Algebra, scores: Handle, targets: Handle, temperature: number): Handle {
  if (!(temperature > 0))
    throw new Fault(`A temperature of '${temperature}' is not possible: it must be above 0.`);
  const { b } = a;
  const logs = b.op('LogSoftmax', [a.times(scores, 1 / temperature)], { axis: 1 });
  const rows = a.reduce('ReduceSum', a.mul(targets, logs), [1], false);
  return b.op('Neg', [a.reduce('ReduceMean', rows, [0], false)], {}, 'clustering');
}
