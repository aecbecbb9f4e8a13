import type { Contingency } from './contingency.ts';

/** Entropy in nats of a partition with these part sizes; 0 for one part or none. */
export function entropy(sizes: Float64Array): number {
  let total = 0;
  for (const size of sizes) total += size;
  let sum = 0;
  for (const size of sizes) {
    if (size > 0 && size < total) sum -= (size / total) * Math.log(size / total);
  }
  return sum;
}

/** Mutual information in nats between classes and clusters, never below 0. */
export function mutualInformation(table: Contingency): number {
  const { samples, rowSums, columnSums, rows, columns, counts } = table;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const ratio = (counts[i] * samples) / (rowSums[rows[i]] * columnSums[columns[i]]);
    const term = (counts[i] / samples) * Math.log(ratio);
    // Terms of an exactly independent cell are rounding noise; scikit-learn drops them alike.
    if (Math.abs(term) >= Number.EPSILON) sum += term;
  }
  return Math.max(0, sum);
}

/** Sizes that occur and how often each does. */
function multiplicities(sizes: Float64Array): [size: number, times: number][] {
  const times = new Map<number, number>();
  for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1);
  return [...times];
}

/**
 * Expected mutual information, in nats, of two random partitions with these part sizes: the hypergeometric model of
 * Vinh, Epps & Bailey (JMLR 2010).
 *
 * For one pair of parts of sizes a and b among N samples, the overlap m is hypergeometric, and the pair adds
 * E[(m/N)·ln(N·m/(a·b))]. The probabilities are built from the mode outwards by
 *   p(m+1)/p(m) = (a−m)(b−m) / ((m+1)(N−a−b+m+1))
 * and divided by their own sum. That needs no factorials, whose logarithms lose nine digits at N = 500,000, and it
 * stops where terms no longer count: tens of terms per pair instead of min(a, b). Pairs of equal sizes share one sum.
 */
export function expectedMutualInformation(rowSums: Float64Array, columnSums: Float64Array): number {
  let samples = 0;
  for (const size of rowSums) samples += size;
  const columns = multiplicities(columnSums);
  let expected = 0;
  for (const [a, timesA] of multiplicities(rowSums)) {
    for (const [b, timesB] of columns) {
      expected += timesA * timesB * expectedOverlapTerm(a, b, samples);
    }
  }
  return expected;
}

/** Relative probability below which a term cannot change the 16th digit, whatever its logarithm. */
const NEGLIGIBLE = 1e-24;

function expectedOverlapTerm(a: number, b: number, samples: number): number {
  const low = Math.max(0, a + b - samples);
  const high = Math.min(a, b);
  const mode = Math.min(high, Math.max(low, Math.floor(((a + 1) * (b + 1)) / (samples + 2))));
  const scale = samples / (a * b);
  const rest = samples - a - b;
  const value = (overlap: number): number => (overlap === 0 ? 0 : overlap * Math.log(overlap * scale));
  let mass = 1;
  let sum = value(mode);
  for (let overlap = mode, p = 1; overlap < high; ) {
    p *= ((a - overlap) * (b - overlap)) / ((overlap + 1) * (rest + overlap + 1));
    overlap++;
    if (p < NEGLIGIBLE) break;
    mass += p;
    sum += p * value(overlap);
  }
  for (let overlap = mode, p = 1; overlap > low; ) {
    p *= (overlap * (rest + overlap)) / ((a - overlap + 1) * (b - overlap + 1));
    overlap--;
    if (p < NEGLIGIBLE) break;
    mass += p;
    sum += p * value(overlap);
  }
  return sum / mass / samples;
}
