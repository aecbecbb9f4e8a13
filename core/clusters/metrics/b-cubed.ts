import { contingencyOf, type Labels } from './contingency.ts';

/** Each from 0 to 1; NaN without samples. */
export interface BCubed {
  /** Mean over samples of the share of their cluster that is of their class. */
  precision: number;
  /** Mean over samples of the share of their class that is in their cluster. */
  recall: number;
  /** Harmonic mean of the two. */
  f: number;
}

/**
 * B-cubed (Bagga & Baldwin 1998), which weighs every sample alike: what face clustering is judged by.
 * @param clusters a sample that stays alone needs a number of its own
 * @throws Fault when the two labellings are not of the same length
 */
export function bCubed(classes: Labels, clusters: Labels): BCubed {
  const { samples, rowSums, columnSums, rows, columns, counts } = contingencyOf(classes, clusters);
  let inCluster = 0;
  let inClass = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    const square = counts[cell] * counts[cell];
    inCluster += square / columnSums[columns[cell]];
    inClass += square / rowSums[rows[cell]];
  }
  const precision = inCluster / samples;
  const recall = inClass / samples;
  return { precision, recall, f: (2 * precision * recall) / (precision + recall) };
}
