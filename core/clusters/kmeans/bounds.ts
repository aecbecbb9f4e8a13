import { type Matrix, squaredDistance } from '../matrix.ts';
import { type GroupedScores, Grouping } from './grouped.ts';

/** Centroids per group of bounds (Ding et al., 'Yinyang K-Means', ICML 2015, take ten). */
const GROUP_SIZE = 10;
/**
 * Share of ‖x‖² + max‖c‖² by which a squared distance from float32 scores may be off: bounds are loosened by it, so
 * that they never decide what exact arithmetic would decide otherwise.
 */
const ROUNDING = 2e-6;

/**
 * Bounds on distances that let Lloyd's iteration pass over the rows that cannot change their cluster: per row an upper
 * bound of the distance to its own centroid and, per group of about ten centroids, a lower bound of the distance to the
 * others. When centroids move, bounds are loosened by how far; a row whose upper bound stays below its least lower bound
 * keeps its cluster. The outcome is Lloyd's exactly.
 */
export class Bounds {
  readonly #matrix: Matrix;
  readonly #squares: Float64Array;
  readonly #upper: Float64Array;
  /** rows × groups; what was found, plus the group's travel by then. */
  readonly #lower: Float32Array;
  /** Half of what lies at least between each centroid and the nearest other one. */
  readonly #apart: Float64Array;
  /** max‖c‖² of the centroids that are being learnt of. */
  #slack = 0;
  readonly grouping: Grouping;
  /** How far each group's fastest centroid has travelled in all. */
  readonly #travel: Float64Array;

  constructor(matrix: Matrix, centroids: Float32Array, k: number) {
    this.#matrix = matrix;
    const { rows, columns, data } = matrix;
    this.#squares = new Float64Array(rows);
    for (let i = 0, at = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++, at++) sum += data[at] * data[at];
      this.#squares[i] = sum;
    }
    this.grouping = groupsOf(centroids, k, columns);
    this.#apart = halfDistances(centroids, columns);
    this.#upper = new Float64Array(rows);
    this.#lower = new Float32Array(rows * this.grouping.groups);
    this.#travel = new Float64Array(this.grouping.groups);
  }

  /** Bytes that bounds for this many rows and clusters take. */
  static bytes(rows: number, k: number): number {
    return rows * (4 * Math.ceil(k / GROUP_SIZE) + 16);
  }

  /** After an update of the centroids. @param drift how far each centroid moved */
  loosen(labels: Int32Array, drift: Float64Array): void {
    for (let i = 0; i < labels.length; i++) this.#upper[i] += drift[labels[i]];
    const fastest = drift.reduce((most, one) => Math.max(most, one), 0);
    for (let c = 0; c < drift.length; c++) this.#apart[c] -= (drift[c] + fastest) / 2;
    const { groups, size, order } = this.grouping;
    for (let g = 0; g < groups; g++) {
      let most = 0;
      for (let place = g; place < size * groups; place += groups) {
        if (order[place] >= 0) most = Math.max(most, drift[order[place]]);
      }
      this.#travel[g] += most;
    }
  }

  /** Rows whose nearest centroid may have changed. @param candidates room for as many numbers as there are rows */
  undecided(labels: Int32Array, centroids: Float32Array, candidates: Int32Array): number {
    const { data, columns } = this.#matrix;
    const groups = this.#travel.length;
    const lower = this.#lower;
    const travel = this.#travel;
    const upper = this.#upper;
    const apart = this.#apart;
    let count = 0;
    for (let i = 0; i < labels.length; i++) {
      // No other centroid is nearer to a row than half of what lies between it and the row's own (Elkan, ICML 2003).
      let least = apart[labels[i]];
      if (upper[i] <= least) continue;
      let nearest = Number.POSITIVE_INFINITY;
      for (let g = 0, at = i * groups; g < groups; g++, at++) {
        const bound = lower[at] - travel[g];
        if (bound < nearest) nearest = bound;
      }
      if (nearest > least) least = nearest;
      if (upper[i] <= least) continue;
      upper[i] = Math.sqrt(squaredDistance(data, i, centroids, labels[i], columns));
      if (upper[i] <= least) continue;
      candidates[count++] = i;
    }
    return count;
  }

  /** What the graph makes bounds of rows from. @param slack max‖c‖² */
  reach(rows: Int32Array, slack: number): { far: Float32Array; travel: Float32Array } {
    const far = Float32Array.from(
      rows,
      (row) => this.#squares[row] - ROUNDING * (this.#squares[row] + slack),
    );
    this.#slack = slack;
    return { far, travel: Float32Array.from(this.#travel) };
  }

  /**
   * Takes in what the graph found of row `row`, which is number `at` of a block, and gives the nearest centroid's number.
   * The bound of its own group is that of the second nearest there.
   */
  learn(row: number, found: GroupedScores, at: number): number {
    const { size, order, groups: count } = this.grouping;
    const { own } = found;
    const lower = this.#lower;
    const square = this.#squares[row];
    const loose = ROUNDING * (square + this.#slack);
    lower.set(found.lower.subarray(at * count, (at + 1) * count), row * count);
    const group = found.group[at];
    let best = Number.NEGATIVE_INFINITY;
    let second = best;
    let member = 0;
    for (let s = 0, place = at * size; s < size; s++, place++) {
      const score = own[place];
      if (score > best) {
        second = best;
        best = score;
        member = s;
      } else if (score > second) second = score;
    }
    lower[row * count + group] = Math.sqrt(Math.max(0, square - loose - 2 * second)) + this.#travel[group];
    this.#upper[row] = Math.sqrt(Math.max(0, square - 2 * best) + loose);
    return order[member * count + group];
  }
}

/** Half the distance of each centroid to the nearest other one. */
function halfDistances(centroids: Float32Array, columns: number): Float64Array {
  const k = centroids.length / columns;
  const least = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  for (let a = 1; a < k; a++) {
    for (let b = 0; b < a; b++) {
      const distance = squaredDistance(centroids, a, centroids, b, columns);
      if (distance < least[a]) least[a] = distance;
      if (distance < least[b]) least[b] = distance;
    }
  }
  return least.map((square) => Math.sqrt(square) / 2);
}

/** Centroids that lie close together, about ten to a group: five rounds of Lloyd over the centroids themselves. */
function groupsOf(centroids: Float32Array, k: number, columns: number): Grouping {
  const count = Math.ceil(k / GROUP_SIZE);
  const means = new Float32Array(count * columns);
  for (let g = 0; g < count; g++) {
    const c = Math.floor((g * k) / count);
    means.set(centroids.subarray(c * columns, (c + 1) * columns), g * columns);
  }
  const nearest = new Int32Array(k);
  for (let round = 0; round < 5; round++) {
    const sums = new Float64Array(count * columns);
    const sizes = new Int32Array(count);
    for (let c = 0; c < k; c++) {
      let least = Number.POSITIVE_INFINITY;
      for (let g = 0; g < count; g++) {
        const distance = squaredDistance(centroids, c, means, g, columns);
        if (distance < least) {
          least = distance;
          nearest[c] = g;
        }
      }
      sizes[nearest[c]]++;
      for (let j = 0; j < columns; j++) sums[nearest[c] * columns + j] += centroids[c * columns + j];
    }
    for (let g = 0; g < count; g++) {
      if (sizes[g] === 0) continue;
      for (let j = 0; j < columns; j++) means[g * columns + j] = sums[g * columns + j] / sizes[g];
    }
  }
  // Every group takes as many as the others, the closest pairs first, so that the graph can reshape scores by group.
  const size = Math.ceil(k / count);
  const pairs = Array.from({ length: k * count }, (_, pair) => ({
    c: Math.floor(pair / count),
    g: pair % count,
    distance: squaredDistance(centroids, Math.floor(pair / count), means, pair % count, columns),
  })).sort((a, b) => a.distance - b.distance);
  const order = new Int32Array(count * size).fill(-1);
  const filled = new Int32Array(count);
  const placed = new Uint8Array(k);
  for (const { c, g } of pairs) {
    if (placed[c] === 1 || filled[g] === size) continue;
    order[filled[g]++ * count + g] = c;
    placed[c] = 1;
  }
  return new Grouping(count, size, order);
}
