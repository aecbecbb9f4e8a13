import { type Matrix, squaredDistance } from '../matrix.ts';
import type { Metric } from './settings.ts';

/**
 * Centroids and the sums they come from. Sums are kept in double precision and changed only by the rows that change
 * their cluster.
 */
export class Centroids {
  readonly k: number;
  readonly columns: number;
  readonly data: Float32Array;
  readonly counts: Int32Array;
  readonly #sums: Float64Array;
  readonly #metric: Metric;

  constructor(initial: Matrix, metric: Metric) {
    this.k = initial.rows;
    this.columns = initial.columns;
    this.data = initial.data.slice();
    this.counts = new Int32Array(this.k);
    this.#sums = new Float64Array(initial.data.length);
    this.#metric = metric;
  }

  /** Takes row `row` out of cluster `from` (−1: of none) and puts it into `to`. */
  move(matrix: Matrix, row: number, from: number, to: number): void {
    const { columns } = this;
    const sums = this.#sums;
    const start = row * columns;
    const into = to * columns;
    for (let j = 0; j < columns; j++) sums[into + j] += matrix.data[start + j];
    this.counts[to]++;
    if (from < 0) return;
    const outOf = from * columns;
    for (let j = 0; j < columns; j++) sums[outOf + j] -= matrix.data[start + j];
    this.counts[from]--;
  }

  /** Clusters without rows. */
  empty(): number[] {
    const found: number[] = [];
    for (let c = 0; c < this.k; c++) if (this.counts[c] === 0) found.push(c);
    return found;
  }

  /**
   * Sets every centroid to the mean of its rows (cosine: scaled to length 1; rows that cancel out leave it where it
   * is). @returns how far each centroid moved
   */
  update(): Float64Array {
    const { k, columns, data } = this;
    const before = data.slice();
    const drift = new Float64Array(k);
    for (let c = 0; c < k; c++) {
      if (this.counts[c] === 0) continue;
      let scale = 1 / this.counts[c];
      if (this.#metric === 'cosine') {
        let length = 0;
        for (let j = c * columns; j < (c + 1) * columns; j++) length += this.#sums[j] ** 2;
        if (length < 1e-20 * this.counts[c]) continue;
        scale = 1 / Math.sqrt(length);
      }
      for (let j = c * columns; j < (c + 1) * columns; j++) data[j] = this.#sums[j] * scale;
      drift[c] = Math.sqrt(squaredDistance(before, c, data, c, columns));
    }
    return drift;
  }
}

/**
 * Gives every empty cluster the row that lies farthest from its centroid, taking it out of its own cluster, as
 * scikit-learn does; a cluster is not emptied to fill another.
 */
export function reseedEmpty(matrix: Matrix, labels: Int32Array, centroids: Centroids): number {
  const empty = centroids.empty();
  if (empty.length === 0) return 0;
  const { data, rows, columns } = matrix;
  const distance = new Float64Array(rows);
  for (let i = 0; i < rows; i++) distance[i] = squaredDistance(data, i, centroids.data, labels[i], columns);
  const farthest = Int32Array.from({ length: rows }, (_, i) => i).sort((a, b) => distance[b] - distance[a]);
  let next = 0;
  for (const cluster of empty) {
    while (next < rows && centroids.counts[labels[farthest[next]]] < 2) next++;
    if (next === rows) break;
    const row = farthest[next++];
    centroids.move(matrix, row, labels[row], cluster);
    labels[row] = cluster;
  }
  return empty.length;
}
