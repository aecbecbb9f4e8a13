import type { TapRequest } from '../graph/taps.ts';
import type { Manifest, Tap } from './manifest.ts';

const POOLS = ['none', 'average', 'max'] as const;

/**
 * What a user asked to tap: the name of one of the manifest's taps, or values of the graph as
 * `VALUE[+VALUE…][:none|average|max][:l2]`. Values with spatial dimensions are pooled by their average unless said otherwise.
 * @param rankOf number of dimensions of a value, undefined where it is unknown
 */
export function tapFor(
  wanted: string,
  manifest: Manifest,
  rankOf: (value: string) => number | undefined,
): Tap {
  const known = manifest.taps.find(({ name }) => name === wanted);
  if (known !== undefined) return known;
  let text = wanted;
  let normalise: Tap['normalise'] = 'none';
  if (text.endsWith(':l2')) {
    normalise = 'l2';
    text = text.slice(0, -3);
  }
  let pool = POOLS.find((each) => text.endsWith(`:${each}`));
  if (pool !== undefined) text = text.slice(0, -pool.length - 1);
  const values = text.split('+');
  const rank = rankOf(values[0]);
  pool ??= rank !== undefined && rank > 2 ? 'average' : 'none';
  return {
    name: wanted.replaceAll(/[^\w.-]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'tap',
    values,
    pool,
    normalise,
    kind: pool === 'none' ? 'other' : 'pooled',
  };
}

export const requestOf = ({ name, values, pool, normalise }: Tap): TapRequest => ({
  name,
  values,
  pool,
  normalise,
});
