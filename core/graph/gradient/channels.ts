import type { Handle } from '../builder.ts';
import type { GradientContext } from './rule.ts';

/** A vector over the channels as a value that spreads over x. */
export const perChannel = ({ a, b }: GradientContext, vector: Handle, x: Handle): Handle =>
  b.op('Reshape', [vector, b.ints([-1, ...new Array<number>(a.rank(x) - 2).fill(1)])]);

/**
 * scale·x + shift per channel in one pass over x, where Mul and Add would be two: a BatchNormalization of mean 0 and
 * variance 1.
 */
export function scaled({ a, b }: GradientContext, x: Handle, scale: Handle, shift: Handle): Handle {
  const size = a.size(x, 1);
  const vector = (value: number): Handle =>
    a.numbers(new Array(size).fill(value), [size], scale, `all${value}`);
  const inputs = [x, scale, shift, vector(0), vector(1)];
  return b.op('BatchNormalization', inputs, { epsilon: { float: 0 } }, 'scaled');
}
