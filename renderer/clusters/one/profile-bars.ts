import { ATTRIBUTES } from '../../../core/contract/attributes.ts';
import type { ClusterProfileShown } from '../../../core/contract/procedures/clusters.ts';

/** One value of an attribute in a cluster, beside all clustered faces. */
export interface ValueBar {
  value: number;
  words: string;
  /** Faces of the cluster with the value. */
  count: number;
  /** Of the cluster's faces whose value is known; 0 where none is. */
  share: number;
  /** The same share among all clustered faces. */
  base: number;
  /** share / base; null where the value occurs nowhere. */
  lift: number | null;
}

export interface AttributeBars {
  attribute: number;
  name: string;
  /** Faces of the cluster whose value is known. */
  known: number;
  bars: ValueBar[];
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** Shares of every value in a cluster beside those in all clusters together. */
export function profileBars(
  profile: Pick<ClusterProfileShown, 'counts'>,
  all: readonly Pick<ClusterProfileShown, 'counts'>[],
): AttributeBars[] {
  return ATTRIBUTES.map(({ name, values }, attribute) => {
    const own = profile.counts[attribute];
    const totals = values.map((_, value) => sum(all.map(({ counts }) => counts[attribute][value])));
    const known = sum(own);
    const everywhere = sum(totals);
    return {
      attribute,
      name,
      known,
      bars: values.map((words, value) => {
        const share = known === 0 ? 0 : own[value] / known;
        const base = everywhere === 0 ? 0 : totals[value] / everywhere;
        return { value, words, count: own[value], share, base, lift: base === 0 ? null : share / base };
      }),
    };
  });
}
