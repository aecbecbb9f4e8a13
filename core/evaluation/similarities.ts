import { foldBounds, type PairScore } from './pairs-protocol.ts';

/** Pairs of one person and of two, counted by cosine in bins of equal width over [−1, 1]. */
export interface SimilarityHistogram {
  same: number[];
  different: number[];
}

const BINS = 200;

export function similarityHistogram(
  cosines: ArrayLike<number>,
  same: readonly boolean[],
): SimilarityHistogram {
  const counts: SimilarityHistogram = {
    same: new Array<number>(BINS).fill(0),
    different: new Array<number>(BINS).fill(0),
  };
  for (const [i, flag] of same.entries()) {
    // Rounding may leave a cosine just outside, and 1 belongs to the last bin.
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor(((cosines[i] + 1) / 2) * BINS)));
    counts[flag ? 'same' : 'different'][bin]++;
  }
  return counts;
}

/** A pair that its fold's threshold judges wrongly. */
export interface WrongPair {
  /** Position of the pair. */
  pair: number;
  cosine: number;
  /** The fold's threshold as a cosine: above it is 'same'. */
  threshold: number;
}

/** What accuracy counts as wrong, the worst first: pairs of two people that are accepted, of one that are rejected. */
export function wrongPairs(
  distances: ArrayLike<number>,
  same: readonly boolean[],
  { folds, foldThresholds }: Pick<PairScore, 'folds' | 'foldThresholds'>,
): { accepted: WrongPair[]; rejected: WrongPair[] } {
  const bounds = foldBounds(same.length, folds);
  const wrong: { accepted: WrongPair[]; rejected: WrongPair[] } = { accepted: [], rejected: [] };
  for (let fold = 0; fold < folds; fold++) {
    const limit = foldThresholds[fold];
    for (let pair = bounds[fold]; pair < bounds[fold + 1]; pair++) {
      const accepted = distances[pair] < limit;
      if (accepted === same[pair]) continue;
      const found = { pair, cosine: 1 - distances[pair] / 2, threshold: 1 - limit / 2 };
      wrong[accepted ? 'accepted' : 'rejected'].push(found);
    }
  }
  const far = ({ cosine, threshold }: WrongPair): number => Math.abs(cosine - threshold);
  for (const list of Object.values(wrong)) list.sort((a, b) => far(b) - far(a) || a.pair - b.pair);
  return wrong;
}
