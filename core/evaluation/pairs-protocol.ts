/** Thresholds of the protocol: 0, 0.01, …, 3.99 on the squared distance of normalised embeddings. */
const THRESHOLDS = Array.from({ length: 400 }, (_, i) => i / 100);

export interface PairScore {
  pairs: number;
  folds: number;
  /** Mean over folds of the share of pairs judged rightly. */
  accuracy: number;
  /** Population standard deviation over folds. */
  deviation: number;
  foldAccuracies: number[];
  foldThresholds: number[];
  /** Share of same pairs accepted at the largest threshold whose false-accept rate is at most 1e-3, over all pairs. */
  val: number;
  /** The false-accept rate at that threshold. */
  far: number;
  /** Area under the ROC curve over all pairs (ties count half). */
  auc: number;
}

function accuracy(
  distances: ArrayLike<number>,
  same: readonly boolean[],
  of: readonly number[],
  at: number,
): number {
  let right = 0;
  for (const i of of) if (distances[i] < at === same[i]) right++;
  return right / of.length;
}

/**
 * The pair protocol of LFW, CFP-FP, AgeDB-30, CALFW and CPLFW: contiguous folds in file order; each fold is judged at
 * the first threshold of best accuracy on the other folds; 'same' means strictly below it.
 * @param distances squared distances of normalised embeddings, 0…4, in file order
 */
export function scorePairs(distances: ArrayLike<number>, same: readonly boolean[], folds = 10): PairScore {
  const all = [...same.keys()];
  const bounds = Array.from({ length: folds + 1 }, (_, fold) => Math.floor((fold * same.length) / folds));
  const foldAccuracies: number[] = [];
  const foldThresholds: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const tested = all.slice(bounds[fold], bounds[fold + 1]);
    const others = [...all.slice(0, bounds[fold]), ...all.slice(bounds[fold + 1])];
    let [best, bestAccuracy] = [0, -1];
    for (const threshold of THRESHOLDS) {
      const value = accuracy(distances, same, others, threshold);
      if (value > bestAccuracy) [best, bestAccuracy] = [threshold, value];
    }
    foldThresholds.push(best);
    foldAccuracies.push(accuracy(distances, same, tested, best));
  }
  const mean = foldAccuracies.reduce((sum, value) => sum + value, 0) / folds;
  const variance = foldAccuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / folds;
  return {
    pairs: same.length,
    folds,
    accuracy: mean,
    deviation: Math.sqrt(variance),
    foldAccuracies,
    foldThresholds,
    ...validation(distances, same, 1e-3),
    auc: areaUnderRoc(distances, same),
  };
}

function validation(
  distances: ArrayLike<number>,
  same: readonly boolean[],
  target: number,
): { val: number; far: number } {
  const genuine = [...same.keys()].filter((i) => same[i]).map((i) => distances[i]);
  const impostor = [...same.keys()].filter((i) => !same[i]).map((i) => distances[i]);
  impostor.sort((a, b) => a - b);
  // The threshold may rise until it would let in one impostor more than the target allows.
  const allowed = Math.floor(target * impostor.length);
  const threshold = impostor[allowed] ?? Number.POSITIVE_INFINITY;
  return {
    val: genuine.filter((distance) => distance < threshold).length / genuine.length,
    far: impostor.filter((distance) => distance < threshold).length / impostor.length,
  };
}

function areaUnderRoc(distances: ArrayLike<number>, same: readonly boolean[]): number {
  const order = [...same.keys()].sort((a, b) => distances[a] - distances[b]);
  let [impostors, wins, genuine] = [0, 0, 0];
  for (let at = 0; at < order.length; ) {
    let end = at;
    let [tiedGenuine, tiedImpostors] = [0, 0];
    for (; end < order.length && distances[order[end]] === distances[order[at]]; end++) {
      if (same[order[end]]) tiedGenuine++;
      else tiedImpostors++;
    }
    wins += tiedImpostors * (genuine + tiedGenuine / 2);
    genuine += tiedGenuine;
    impostors += tiedImpostors;
    at = end;
  }
  return wins / (genuine * impostors);
}

/**
 * Puts pairs that stand as 'all same, then all different' into an order in which contiguous folds hold both kinds:
 * needed where one fold of a set is cut into folds of its own.
 */
export function alternate(same: readonly boolean[]): number[] {
  const genuine = [...same.keys()].filter((i) => same[i]);
  const impostor = [...same.keys()].filter((i) => !same[i]);
  return Array.from({ length: Math.max(genuine.length, impostor.length) }, (_, i) => [
    genuine[i],
    impostor[i],
  ])
    .flat()
    .filter((index) => index !== undefined);
}
