import { areaUnder, rocCurve } from './roc.ts';

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
  const bounds = foldBounds(same.length, folds);
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
    auc: areaUnder(
      rocCurve(
        Float64Array.from(distances, (distance) => -distance),
        same,
      ),
    ),
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

/** Where folds begin and end: contiguous, the first ones longer by one where the pairs do not divide. */
export function foldBounds(pairs: number, folds: number): number[] {
  const longer = pairs % folds;
  const each = Math.floor(pairs / folds);
  return Array.from({ length: folds + 1 }, (_, fold) => fold * each + Math.min(fold, longer));
}

export interface FoldedValidation {
  /** The false-accept rate that was asked for. */
  target: number;
  /** Mean share of genuine pairs accepted, over folds, and its population standard deviation. */
  val: number;
  deviation: number;
  /** Mean false-accept rate that was had. */
  far: number;
}

/** Thresholds of VAL: 0, 0.001, …, 3.999. */
const FINE = 4000;

/**
 * VAL@FAR by folds (Schroff et al. 2015): each fold is judged at the largest threshold at which the other folds' FAR is at
 * most the target. The public code interpolates between thresholds instead, where the curve has steps.
 */
export function valAtFar(
  distances: ArrayLike<number>,
  same: readonly boolean[],
  target: number,
  folds = 10,
): FoldedValidation {
  const bounds = foldBounds(same.length, folds);
  const vals: number[] = [];
  const fars: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const tested = (i: number): boolean => i >= bounds[fold] && i < bounds[fold + 1];
    const of = (inside: boolean, kind: boolean): number[] =>
      [...same.keys()].filter((i) => tested(i) === inside && same[i] === kind).map((i) => distances[i]);
    const impostors = Float64Array.from(of(false, false)).sort();
    const allowed = Math.floor(target * impostors.length);
    // Strictly below the threshold is 'same': it may be as large as the first impostor that is too many.
    const limit = impostors[allowed] ?? FINE / 1000;
    const threshold = Math.min(FINE - 1, Math.floor(limit * 1000 + 1e-9)) / 1000;
    const share = (values: readonly number[]): number =>
      values.length === 0 ? 0 : values.filter((value) => value < threshold).length / values.length;
    vals.push(share(of(true, true)));
    fars.push(share(of(true, false)));
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / folds;
  const val = mean(vals);
  const deviation = Math.sqrt(mean(vals.map((value) => (value - val) ** 2)));
  return { target, val, deviation, far: mean(fars) };
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
