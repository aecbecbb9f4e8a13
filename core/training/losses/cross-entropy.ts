import type { Algebra } from '../../graph/algebra.ts';
import type { Handle } from '../../graph/builder.ts';

/**
 * Mean cross-entropy of N×classes logits with the N labels (int64), a single number.
 */
export function crossEntropy(a: Algebra, logits: Handle, labels: Handle): Handle {
  const { b } = a;
  const logs = b.op('LogSoftmax', [logits], { axis: 1 });
  const own = b.op('GatherElements', [logs, b.op('Unsqueeze', [labels, b.ints([1])])], { axis: 1 });
  return b.op('Neg', [a.reduce('ReduceMean', own, [0, 1], false)], {}, 'loss');
}
