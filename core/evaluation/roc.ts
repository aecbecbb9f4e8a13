/**
 * A receiver operating characteristic: at each threshold the share of impostor pairs accepted (FAR) and of genuine pairs
 * accepted (TAR). A pair is accepted when its score is at least the threshold.
 */
export interface Roc {
  /** Falling; the first is infinite: nothing is accepted. One per distinct score. */
  thresholds: Float64Array;
  /** Rising from 0 to 1. */
  far: Float64Array;
  tar: Float64Array;
  genuine: number;
  impostors: number;
}

/**
 * @param scores higher is more alike
 * @returns the curve with a point for every distinct score; rates are NaN where there are no such pairs
 */
export function rocCurve(scores: ArrayLike<number>, same: ArrayLike<boolean | number>): Roc {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[b] - scores[a],
  );
  const thresholds = [Number.POSITIVE_INFINITY];
  const accepted: [number[], number[]] = [[0], [0]];
  let [genuine, impostors] = [0, 0];
  for (let at = 0; at < order.length; at++) {
    if (same[order[at]]) genuine++;
    else impostors++;
    const score = scores[order[at]];
    if (at + 1 < order.length && scores[order[at + 1]] === score) continue;
    thresholds.push(score);
    accepted[0].push(impostors);
    accepted[1].push(genuine);
  }
  return {
    thresholds: Float64Array.from(thresholds),
    far: Float64Array.from(accepted[0], (count) => count / impostors),
    tar: Float64Array.from(accepted[1], (count) => count / genuine),
    genuine,
    impostors,
  };
}

/** The same curve without the points inside its straight pieces, as scikit-learn's `drop_intermediate` leaves it. */
export function thinned(roc: Roc): Roc {
  const { far, tar, thresholds, genuine, impostors } = roc;
  const last = far.length - 1;
  const bends = (rate: Float64Array, total: number, i: number): boolean =>
    Math.round(rate[i + 1] * total) - 2 * Math.round(rate[i] * total) + Math.round(rate[i - 1] * total) !== 0;
  const kept: number[] = [];
  for (let i = 0; i <= last; i++) {
    // The first accepted pair's point stays, as there: what comes before it was added to the curve.
    if (i <= 1 || i === last || bends(far, impostors, i) || bends(tar, genuine, i)) kept.push(i);
  }
  const of = (values: Float64Array): Float64Array => Float64Array.from(kept, (i) => values[i]);
  return { thresholds: of(thresholds), far: of(far), tar: of(tar), genuine, impostors };
}

/** Area under the curve, by trapezoids: the chance that a genuine pair scores higher than an impostor, ties half. */
export function areaUnder({ far, tar }: Roc): number {
  let area = 0;
  for (let i = 1; i < far.length; i++) area += ((far[i] - far[i - 1]) * (tar[i] + tar[i - 1])) / 2;
  return area;
}

/** The rate at which false accepts equal false rejects, on the line between the two points around it. */
export function equalErrorRate({ far, tar }: Roc): number {
  for (let i = 1; i < far.length; i++) {
    const gap = far[i] - (1 - tar[i]);
    if (gap < 0) continue;
    const before = far[i - 1] - (1 - tar[i - 1]);
    const share = gap === before ? 0 : -before / (gap - before);
    return far[i - 1] + share * (far[i] - far[i - 1]);
  }
  return Number.NaN;
}

/** One operating point. */
export interface TarAtFar {
  /** The FAR that was asked for. */
  target: number;
  tar: number;
  /** The FAR that was had: the largest that is not above the target. */
  far: number;
  threshold: number;
  /** At the FAR nearest to the target, which may lie above it: what the published scripts for IJB print. */
  nearest: { tar: number; far: number; threshold: number };
  /** Impostor pairs that the target allows; below 1 the figure rests on no accepted impostor at all. */
  allowed: number;
}

/** TAR at FAR, for each target. The nearest point is taken on the thinned curve, as those scripts do, ties to the larger TAR. */
export function tarAtFar(roc: Roc, targets: readonly number[]): TarAtFar[] {
  const thin = thinned(roc);
  return targets.map((target) => {
    let at = 0;
    while (at + 1 < roc.far.length && roc.far[at + 1] <= target) at++;
    let near = 0;
    for (let i = 0; i < thin.far.length; i++) {
      if (Math.abs(thin.far[i] - target) <= Math.abs(thin.far[near] - target)) near = i;
    }
    return {
      target,
      ...{ tar: roc.tar[at], far: roc.far[at], threshold: roc.thresholds[at] },
      nearest: { tar: thin.tar[near], far: thin.far[near], threshold: thin.thresholds[near] },
      allowed: target * roc.impostors,
    };
  });
}

/** Steps between the points that a shortened curve keeps: in TAR, and in decades of FAR. */
const TAR_STEP = 0.002;
const FAR_STEP = 0.01;

/** A curve for the eye: of points that lie close together one is kept. Ends and the last point without a false accept stay. */
export function shortened({ far, tar }: Pick<Roc, 'far' | 'tar'>): { far: number[]; tar: number[] } {
  const kept = [0];
  const last = far.length - 1;
  for (let i = 1; i < last; i++) {
    const before = kept[kept.length - 1];
    const step = far[before] === 0 ? (far[i] === 0 ? 0 : 1) : Math.log10(far[i] / far[before]);
    const bend = far[i] === 0 && far[i + 1] > 0;
    if (bend || step >= FAR_STEP || tar[i] - tar[before] >= TAR_STEP) kept.push(i);
  }
  if (last > 0) kept.push(last);
  return { far: kept.map((i) => far[i]), tar: kept.map((i) => tar[i]) };
}
