import { COHORT_COUNT, VALUE_COUNTS } from '../../attributes/attributes.ts';
import { cohortValues } from '../../attributes/cohort.ts';

/** How many of the five attributes must agree with the majority label for tolerant purity (thesis §5.4.1: '4–5 attributes'). */
export const TOLERANT_AGREEMENT = 4;

/** agreement[a · 270 + b]: how many of the five attributes cohorts a and b share. */
const SHARED = ((): Uint8Array => {
  const shared = new Uint8Array(COHORT_COUNT * COHORT_COUNT);
  const values = Array.from({ length: COHORT_COUNT }, (_, index) => cohortValues(index));
  for (let a = 0; a < COHORT_COUNT; a++) {
    for (let b = 0; b < COHORT_COUNT; b++) {
      for (let at = 0; at < VALUE_COUNTS.length; at++) {
        if (values[a][at] === values[b][at]) shared[a * COHORT_COUNT + b]++;
      }
    }
  }
  return shared;
})();

export const sharedAttributes = (a: number, b: number): number => SHARED[a * COHORT_COUNT + b];

export interface CohortPurity {
  /** Share of the faces whose full five-digit label is their cluster's majority label. */
  strict: number;
  /** Share of the faces of which at least four attributes agree with their cluster's majority label. */
  tolerant: number;
}

/**
 * Purity over cohorts. The majority label of a cluster is its most frequent five-digit label; of equally frequent ones
 * the one with the smallest code, for both figures.
 * @param cohorts 0 … 269 per face; faces with −1 must have been left out
 * @param clusters 0 … k−1 per face
 * @returns NaN for no faces
 */
export function cohortPurity(
  cohorts: ArrayLike<number>,
  clusters: ArrayLike<number>,
  k: number,
): CohortPurity {
  const counts = new Int32Array(k * COHORT_COUNT);
  for (let i = 0; i < cohorts.length; i++) counts[clusters[i] * COHORT_COUNT + cohorts[i]]++;
  let strict = 0;
  let tolerant = 0;
  for (let cluster = 0; cluster < k; cluster++) {
    const start = cluster * COHORT_COUNT;
    let majority = 0;
    for (let c = 1; c < COHORT_COUNT; c++) if (counts[start + c] > counts[start + majority]) majority = c;
    strict += counts[start + majority];
    for (let c = 0; c < COHORT_COUNT; c++) {
      if (sharedAttributes(c, majority) >= TOLERANT_AGREEMENT) tolerant += counts[start + c];
    }
  }
  return { strict: strict / cohorts.length, tolerant: tolerant / cohorts.length };
}

/** Share of the samples that are of their cluster's majority class. @param classes 0 … classCount−1 */
export function purity(
  classes: ArrayLike<number>,
  classCount: number,
  clusters: ArrayLike<number>,
  k: number,
): number {
  const counts = new Int32Array(k * classCount);
  for (let i = 0; i < classes.length; i++) counts[clusters[i] * classCount + classes[i]]++;
  let agreeing = 0;
  for (let cluster = 0; cluster < k; cluster++) {
    let most = 0;
    for (let c = 0; c < classCount; c++) most = Math.max(most, counts[cluster * classCount + c]);
    agreeing += most;
  }
  return agreeing / classes.length;
}
