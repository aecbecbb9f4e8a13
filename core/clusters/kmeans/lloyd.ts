import { throwIfCancelled } from '../../foundation/progress.ts';
import type { Matrix } from '../matrix.ts';
import { squaredDistance } from '../matrix.ts';
import { negativeHalfNorms, Similarity } from '../similarity.ts';
import { Bounds } from './bounds.ts';
import { Centroids, reseedEmpty } from './centroids.ts';
import type { GroupedSimilarity } from './grouped.ts';
import type { Metric } from './settings.ts';

/** The graphs of an assignment. */
export interface Graphs {
  similarity: Similarity;
  /** For bounds; absent where the device is not the CPU. */
  grouped?: GroupedSimilarity;
}

export interface LloydSettings {
  metric: Metric;
  maxIterations: number;
  /** Stops when Σ‖centroid shift‖² is at most this. */
  shiftLimit: number;
}

export interface LloydResult {
  labels: Int32Array;
  /** k × columns */
  centroids: Float32Array;
  /** Σ‖x − c‖² over all rows. */
  inertia: number;
  iterations: number;
  /** False when the limit of iterations ended it. */
  converged: boolean;
}

/** Bounds are worth their upkeep once at most this share of the rows changes its cluster in an iteration. */
const SETTLED = 0.3;
const BOUNDS_BYTES = 2 ** 30;

/** Lets messages in, such as a cancellation: a run of the graph blocks this thread. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Nearest centroid of every row. */
export async function assign(
  matrix: Matrix,
  centroids: Float32Array,
  similarity: Similarity,
  signal?: AbortSignal,
): Promise<Int32Array> {
  const { data, rows, columns } = matrix;
  const bias = negativeHalfNorms(centroids, columns);
  const labels = new Int32Array(rows);
  const block = Similarity.blockRows(bias.length);
  for (let from = 0; from < rows; from += block) {
    if ((from / block) % 16 === 0) {
      await breathe();
      throwIfCancelled(signal);
    }
    const to = Math.min(rows, from + block);
    labels.set(
      await similarity.nearest(data.subarray(from * columns, to * columns), centroids, bias, columns),
      from,
    );
  }
  return labels;
}

/** Assigns the rows that bounds leave undecided (all, where `rows` is absent); changed rows go to `changed`. */
async function assignBounded(
  matrix: Matrix,
  centroids: Float32Array,
  grouped: GroupedSimilarity,
  bounds: Bounds,
  rows: Int32Array | undefined,
  changed: (row: number, label: number) => void,
): Promise<void> {
  const { data, columns } = matrix;
  const bias = negativeHalfNorms(centroids, columns);
  const slack = -2 * bias.reduce((least, value) => Math.min(least, value), 0);
  const arranged = bounds.grouping.arrange(centroids, bias, columns);
  const count = rows?.length ?? matrix.rows;
  const block = Similarity.blockRows(bias.length);
  const gathered = rows && new Float32Array(Math.min(block, count) * columns);
  for (let from = 0; from < count; from += block) {
    const to = Math.min(count, from + block);
    let input: Float32Array;
    if (rows === undefined || gathered === undefined) input = data.subarray(from * columns, to * columns);
    else {
      for (let i = from; i < to; i++) {
        gathered.set(data.subarray(rows[i] * columns, (rows[i] + 1) * columns), (i - from) * columns);
      }
      input = gathered.subarray(0, (to - from) * columns);
    }
    const numbers = rows?.subarray(from, to) ?? Int32Array.from({ length: to - from }, (_, i) => from + i);
    const found = await grouped.run(input, arranged, bounds.grouping, bounds.reach(numbers, slack));
    for (let i = 0; i < numbers.length; i++) changed(numbers[i], bounds.learn(numbers[i], found, i));
  }
}

/**
 * Lloyd's algorithm from the given centroids, exactly: bounds only skip work (see Bounds). On a device other than the
 * CPU every iteration assigns all rows there, since reading scores back would cost more than the arithmetic.
 * Ends when no row changes its cluster, when the centroids' shift is within the limit (then rows are assigned once more,
 * so that labels belong to the centroids that are returned), or at the limit of iterations.
 */
export async function lloyd(
  matrix: Matrix,
  initial: Matrix,
  settings: LloydSettings,
  { similarity, grouped }: Graphs,
  options: { signal?: AbortSignal; onIteration?: (iteration: number, changed: number) => void } = {},
): Promise<LloydResult> {
  const { rows, columns } = matrix;
  const centroids = new Centroids(initial, settings.metric);
  const labels = new Int32Array(rows).fill(-1);
  const candidates = new Int32Array(rows);
  const mayBound =
    similarity.placement.device === 'cpu' &&
    centroids.k > 1 &&
    Bounds.bytes(rows, centroids.k) <= BOUNDS_BYTES;
  let bounds: Bounds | undefined;
  let moved = rows;
  const change = (row: number, label: number): void => {
    if (labels[row] === label) return;
    centroids.move(matrix, row, labels[row], label);
    labels[row] = label;
    moved++;
  };
  const assignAll = async (): Promise<void> => {
    const settled = moved <= SETTLED * rows;
    moved = 0;
    if (bounds !== undefined && grouped !== undefined) {
      const count = bounds.undecided(labels, centroids.data, candidates);
      await assignBounded(matrix, centroids.data, grouped, bounds, candidates.subarray(0, count), change);
    } else if (mayBound && settled && grouped !== undefined) {
      bounds = new Bounds(matrix, centroids.data, centroids.k);
      await assignBounded(matrix, centroids.data, grouped, bounds, undefined, change);
    } else {
      const found = await assign(matrix, centroids.data, similarity, options.signal);
      for (let i = 0; i < rows; i++) change(i, found[i]);
    }
  };

  let iterations = 0;
  let converged = false;
  while (iterations < settings.maxIterations) {
    await breathe();
    throwIfCancelled(options.signal);
    await assignAll();
    iterations++;
    options.onIteration?.(iterations, moved);
    if (moved === 0) {
      converged = true;
      break;
    }
    // A row that is moved by force invalidates its bounds; they are rare, so all are found anew.
    if (reseedEmpty(matrix, labels, centroids) > 0) bounds = undefined;
    const drift = centroids.update();
    bounds?.loosen(labels, drift);
    let shift = 0;
    for (const step of drift) shift += step * step;
    if (shift <= settings.shiftLimit) {
      converged = true;
      break;
    }
  }
  if (moved > 0) await assignAll();
  let inertia = 0;
  for (let i = 0; i < rows; i++)
    inertia += squaredDistance(matrix.data, i, centroids.data, labels[i], columns);
  return { labels, centroids: centroids.data, inertia, iterations, converged };
}
