/**
 * How much a face of a cohort helps, 0 … 1. With a target N, how much of N the cohort lacks, (N − count) / N: 0 for a
 * cohort that is full; without one, 1 / count, the share that one face is of its cohort.
 * @param count faces that are in the cohort
 */
export function rarityOf(count: number, target: number | undefined): number {
  if (target === undefined) return 1 / Math.max(1, count);
  return Math.max(0, target - count) / target;
}
