/**
 * A number that a network predicts (degrees, years) as a value of an attribute. `edges` cut the number line into bins
 * from low to high; `values` says which value each bin is: yaw and pitch are cut at ±30 into below, within, above,
 * which are the values 0, 2, 1 (thesis §5.4.1).
 */
export interface Bins {
  edges: readonly number[];
  values: readonly number[];
}

export const POSE_BINS: Bins = { edges: [-30, 30], values: [0, 2, 1] };

/** Ages are whole years lived, so the twentieth birthday starts 20–49. */
export const AGE_BINS: Bins = { edges: [20, 50], values: [0, 1, 2] };

/** Distribution function of the standard normal: Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z >= 0 ? 1 - tail : tail;
}

/**
 * Probability of each value, given that the true number is normally distributed around the predicted one with
 * standard deviation `deviation` (the network's measured error). Indexed by value.
 */
export function binProbabilities(predicted: number, deviation: number, bins: Bins): Float64Array {
  const below = [0, ...bins.edges.map((edge) => normalCdf((edge - predicted) / deviation)), 1];
  const probabilities = new Float64Array(bins.values.length);
  for (const [bin, value] of bins.values.entries()) probabilities[value] += below[bin + 1] - below[bin];
  return probabilities;
}

/** The most probable value and its probability. */
export function mostProbable(probabilities: ArrayLike<number>): { value: number; confidence: number } {
  let value = 0;
  for (let i = 1; i < probabilities.length; i++) if (probabilities[i] > probabilities[value]) value = i;
  return { value, confidence: probabilities[value] };
}
