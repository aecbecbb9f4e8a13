import type { EvaluationShown } from '../../../core/contract/procedures/evaluations.ts';

/** What stands beside the clusters of a network: how well it verifies (thesis Table 5.1). */
export interface Verified {
  /** What the pairs are called. */
  set: string;
  pairs: number;
  /** By the network's name. */
  of: ReadonlyMap<string, EvaluationShown>;
  /** Names of the networks of best accuracy; none where fewer than two can be compared. */
  best: ReadonlySet<string>;
}

const isEmbedding = ({ tap }: EvaluationShown): boolean => tap === 'embedding';

/**
 * Accuracies of a board's networks' embeddings, all on the same pairs in the same way, as others cannot be compared: those on which most of the
 * networks were judged, of several the ones that were used last. Null where none was.
 * @param evaluations the oldest first
 */
export function verifiedOf(
  networks: ReadonlySet<string>,
  evaluations: readonly EvaluationShown[],
): Verified | null {
  // An ONNX file that only has a network's name is not that network.
  const own = evaluations.filter(({ model, inProject }) => inProject && networks.has(model));
  const protocol = ({ pairsHash, flip, folds }: EvaluationShown): string => `${pairsHash} ${flip} ${folds}`;
  const sets = [...Map.groupBy(own, protocol).values()].map((all) => ({
    latest: all[all.length - 1],
    // The last of a network, but of its embedding where another tap was judged too.
    of: new Map(
      all.toSorted((a, b) => Number(isEmbedding(a)) - Number(isEmbedding(b))).map((one) => [one.model, one]),
    ),
  }));
  const [chosen] = sets.sort((a, b) => b.of.size - a.of.size || b.latest.id - a.latest.id);
  if (chosen === undefined) return null;
  const { latest, of } = chosen;
  const most = Math.max(...[...of.values()].map(({ accuracy }) => accuracy));
  const best = [...of].filter(([, { accuracy }]) => accuracy === most).map(([name]) => name);
  return { set: latest.set, pairs: latest.pairs, of, best: new Set(of.size < 2 ? [] : best) };
}
