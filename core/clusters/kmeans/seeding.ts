import { throwIfCancelled } from '../../foundation/progress.ts';
import type { Random } from '../../foundation/random.ts';
import { distinctRows, type Matrix, sampleWithout, squaredDistance, takeRows } from '../matrix.ts';
import { negativeHalfNorms, Similarity } from '../similarity.ts';

/** k-means++ looks at this many rows per centroid; more change the inertia by less than other seeds do. */
export const SEEDING_ROWS = 32;

/** Share of ½‖x‖² below which a squared distance from float32 scores is measured exactly instead. */
const CLOSE = 1e-4;

/** k different rows at random; of equal rows only one is taken. */
export function randomRows(matrix: Matrix, k: number, random: Random): Matrix {
  const order = random.shuffle(Int32Array.from({ length: matrix.rows }, (_, i) => i));
  const chosen: number[] = [];
  const seen = new Map<number, number[]>();
  for (const row of order) {
    if (chosen.length === k) break;
    let sum = 0;
    for (let at = row * matrix.columns; at < (row + 1) * matrix.columns; at++) sum += matrix.data[at];
    const alike = seen.get(sum) ?? [];
    if (alike.some((other) => squaredDistance(matrix.data, row, matrix.data, other, matrix.columns) === 0))
      continue;
    seen.set(sum, [...alike, row]);
    chosen.push(row);
  }
  return takeRows(matrix, chosen);
}

/**
 * Greedy k-means++ (Arthur & Vassilvitskii 2007, with 2 + ⌊ln k⌋ candidates per step as scikit-learn): each next
 * centroid is the candidate that lowers the potential Σ min‖x − c‖² most, candidates being drawn in proportion to
 * their present distance. Draws from at most SEEDING_ROWS·k rows,
 * which come back as `sample`. The matrix must hold k distinct rows.
 */
export async function plusPlusRows(
  whole: Matrix,
  k: number,
  random: Random,
  similarity: Similarity,
  signal?: AbortSignal,
): Promise<{ centroids: Matrix; sample: Matrix }> {
  const limit = Math.max(SEEDING_ROWS * k, 4096);
  let matrix = whole;
  if (whole.rows > limit) {
    const drawn = takeRows(
      whole,
      sampleWithout(whole.rows, limit, (n) => random.below(n)),
    );
    // Among very many duplicates the draw can lack k different rows.
    if (distinctRows(drawn, k) === k) matrix = drawn;
  }
  const { data, rows, columns } = matrix;
  const norms = negativeHalfNorms(data, columns);
  const trials = 2 + Math.floor(Math.log(k));
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  const cumulative = new Float64Array(rows);
  const chosen: number[] = [];

  const found = new Float64Array(rows * trials);
  const potentials = new Float64Array(trials);

  /** Measures all rows against the candidates and takes the one that lowers the potential most. */
  const takeBest = async (candidates: readonly number[]): Promise<void> => {
    const centres = takeRows(matrix, candidates);
    const bias = negativeHalfNorms(centres.data, columns);
    const count = candidates.length;
    potentials.fill(0);
    const block = Similarity.blockRows(64);
    for (let from = 0; from < rows; from += block) {
      const to = Math.min(rows, from + block);
      const scores = await similarity.scores(
        data.subarray(from * columns, to * columns),
        centres.data,
        bias,
        columns,
      );
      for (let i = from, at = 0, place = from * count; i < to; i++) {
        const norm = norms[i];
        const before = nearest[i];
        for (let c = 0; c < count; c++, at++, place++) {
          let distance = -2 * (norm + scores[at]);
          // A row is at no distance from its equals: without rounding, so that none is drawn twice.
          if (distance < CLOSE * -norm) distance = squaredDistance(data, i, data, candidates[c], columns);
          found[place] = distance;
          potentials[c] += distance < before ? distance : before;
        }
      }
    }
    let best = 0;
    for (let c = 1; c < count; c++) if (potentials[c] < potentials[best]) best = c;
    for (let i = 0; i < rows; i++) nearest[i] = Math.min(nearest[i], found[i * count + best]);
    chosen.push(candidates[best]);
  };

  await takeBest([random.below(rows)]);
  while (chosen.length < k) {
    throwIfCancelled(signal);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      total += nearest[i];
      cumulative[i] = total;
    }
    const candidates = Array.from({ length: trials }, () =>
      searchAbove(cumulative, random.uniform() * total),
    );
    await takeBest(candidates);
  }
  return { centroids: takeRows(matrix, chosen), sample: matrix };
}

/** The first place whose cumulative value is above `value`. */
function searchAbove(cumulative: Float64Array, value: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
