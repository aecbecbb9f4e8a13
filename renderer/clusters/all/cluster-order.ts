import { cohortWords, parseCohortCode } from '../../../core/contract/attributes.ts';
import type { ClusterProfileShown } from '../../../core/contract/procedures/clusters.ts';

/** By what the clusters of a clustering are listed. */
export const CLUSTER_ORDERS = [
  { id: 'size', words: 'largest first' },
  { id: 'purity', words: 'purest first' },
  { id: 'lift', words: 'most telling first' },
  { id: 'people', words: 'fewest people first' },
  { id: 'number', words: 'by number' },
] as const;
export type ClusterOrder = (typeof CLUSTER_ORDERS)[number]['id'];

/** Greatest sure lift; 0 where no value stands out. */
export const telling = ({ lifts }: ClusterProfileShown): number =>
  lifts.reduce((most, { sure, lift }) => (sure ? Math.max(most, lift) : most), 0);

/** Identities per face whose identity is known; 1 where every face is another person. */
export const spread = ({ identities }: ClusterProfileShown): number =>
  identities.known === 0 ? 1 : identities.distinct / identities.known;

const KEYS: Readonly<Record<ClusterOrder, (profile: ClusterProfileShown) => number>> = {
  size: ({ size }) => -size,
  purity: ({ majority }) => -(majority?.share ?? -1),
  lift: (profile) => -telling(profile),
  people: spread,
  number: ({ cluster }) => cluster,
};

/** Clusters whose name, number or commonest cohort holds all typed words, in the order asked for. Empty ones come last. */
export function listed(
  profiles: readonly ClusterProfileShown[],
  typed: string,
  order: ClusterOrder,
): ClusterProfileShown[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const text = ({ cluster, name, majority }: ClusterProfileShown): string =>
    `${cluster} ${name} ${majority === null ? '' : `${majority.code} ${cohortWords(parseCohortCode(majority.code))}`}`.toLowerCase();
  const key = KEYS[order];
  return profiles
    .filter((profile) => words.every((word) => wordIn(text(profile), word)))
    .sort(
      (a, b) =>
        Number(a.size === 0) - Number(b.size === 0) ||
        key(a) - key(b) ||
        b.size - a.size ||
        a.cluster - b.cluster,
    );
}

/** 'male' must not find 'female': a typed word begins a word of the text. */
const wordIn = (text: string, word: string): boolean =>
  text.startsWith(word) || text.includes(` ${word}`) || text.includes(`/${word}`);
