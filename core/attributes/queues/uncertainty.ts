/** How unsure probabilities are (Settles 2009, Active Learning Literature Survey, §3.1). All lie in 0 … 1, 1 unsure. */
export const UNCERTAINTY_MEASURES = ['least confident', 'margin', 'entropy'] as const;
export type UncertaintyMeasure = (typeof UNCERTAINTY_MEASURES)[number];

/**
 * - least confident: 1 − largest probability (0 … 1 − 1/classes);
 * - margin: 1 − (largest − second largest);
 * - entropy: −Σ p·log p / log(classes).
 */
export function uncertaintyOf(
  probabilities: ArrayLike<number>,
  o: number,
  classes: number,
  measure: UncertaintyMeasure,
): number {
  if (measure === 'entropy') {
    let entropy = 0;
    for (let c = 0; c < classes; c++) {
      const p = probabilities[o + c];
      if (p > 0) entropy -= p * Math.log(p);
    }
    return entropy / Math.log(classes);
  }
  let first = 0;
  let second = 0;
  for (let c = 0; c < classes; c++) {
    const p = probabilities[o + c];
    if (p > first) {
      second = first;
      first = p;
    } else if (p > second) second = p;
  }
  return measure === 'margin' ? 1 - (first - second) : 1 - first;
}
