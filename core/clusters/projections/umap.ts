import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { Random } from '../../foundation/random.ts';
import type { Neighbours } from './neighbours.ts';
import { type SparseRows, symmetric } from './tsne/affinities.ts';

export interface UmapSettings {
  /** Neighbours per face, itself included, as umap-learn counts. */
  neighbours: number;
  /** How close points may come in the map. */
  minDistance: number;
  spread: number;
  /** 'auto': 500 up to 10,000 faces, else 200. */
  epochs: number | 'auto';
  negatives: number;
  learningRate: number;
  seed: number;
}

export const UMAP_DEFAULTS: UmapSettings = {
  neighbours: 15,
  minDistance: 0.1,
  spread: 1,
  epochs: 'auto',
  negatives: 5,
  learningRate: 1,
  seed: 0,
};

/**
 * UMAP (McInnes, Healy & Melville 2018) over given neighbours: fuzzy union of local memberships, then a layout by
 * stochastic gradients with negative samples. Starts from PCA scaled to ±10 (the paper starts from spectral
 * coordinates); one thread, so that a seed gives one map.
 * @param initial x and y interleaved
 */
export async function umap(
  neighbours: Neighbours,
  initial: Float64Array,
  settings: UmapSettings,
  options: WorkOptions = {},
): Promise<Float64Array> {
  const points = initial.length / 2;
  const epochs = settings.epochs === 'auto' ? (points <= 10_000 ? 500 : 200) : settings.epochs;
  const graph = symmetric(
    neighbours.indices,
    memberships(neighbours, settings.neighbours),
    neighbours.count,
    (there, back) => there + back - there * back,
  );
  const { a, b } = curveParameters(settings.minDistance, settings.spread);
  const random = new Random(settings.seed, 1);
  const positions = initial.slice();
  let greatest = 0;
  for (const value of positions) greatest = Math.max(greatest, Math.abs(value));
  for (let c = 0; c < positions.length; c++) {
    // A little noise parts faces whose features are equal.
    positions[c] = (greatest > 0 ? (10 * positions[c]) / greatest : 0) + 1e-4 * random.normal();
  }

  const edges = edgesOf(graph, epochs);
  const due = edges.every.slice();
  const everyNegative = edges.every.map((every) => every / settings.negatives);
  const dueNegative = everyNegative.slice();
  for (let epoch = 0; epoch < epochs; epoch++) {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(options.signal);
    options.onProgress?.({ stage: 'Mapping by UMAP', done: epoch, total: epochs, unit: 'epochs' });
    const rate = settings.learningRate * (1 - epoch / epochs);
    for (let e = 0; e < due.length; e++) {
      if (due[e] > epoch) continue;
      const head = 2 * edges.heads[e];
      const tail = 2 * edges.tails[e];
      let dx = positions[head] - positions[tail];
      let dy = positions[head + 1] - positions[tail + 1];
      let squared = dx * dx + dy * dy;
      if (squared > 0) {
        const force = (-2 * a * b * squared ** (b - 1)) / (a * squared ** b + 1);
        const stepX = rate * clip(force * dx);
        const stepY = rate * clip(force * dy);
        positions[head] += stepX;
        positions[head + 1] += stepY;
        positions[tail] -= stepX;
        positions[tail + 1] -= stepY;
      }
      due[e] += edges.every[e];
      const negatives = Math.max(0, Math.floor((epoch - dueNegative[e]) / everyNegative[e]));
      for (let s = 0; s < negatives; s++) {
        const other = 2 * Math.floor((random.uint32() / 4294967296) * points);
        if (other === head) continue;
        dx = positions[head] - positions[other];
        dy = positions[head + 1] - positions[other + 1];
        squared = dx * dx + dy * dy;
        if (squared > 0) {
          const force = (2 * b) / ((0.001 + squared) * (a * squared ** b + 1));
          positions[head] += rate * clip(force * dx);
          positions[head + 1] += rate * clip(force * dy);
        } else {
          positions[head] += 4 * rate;
          positions[head + 1] += 4 * rate;
        }
      }
      dueNegative[e] += negatives * everyNegative[e];
    }
  }
  return positions;
}

const clip = (value: number): number => Math.max(-4, Math.min(4, value));

/**
 * Membership of each neighbour: exp(−(d − ρ)/σ), ρ the distance to the nearest different face and σ such that they sum to
 * log2(neighbours).
 */
export function memberships({ count, squared }: Neighbours, neighbours: number): Float64Array {
  const rows = squared.length / count;
  const distances = Float64Array.from(squared, Math.sqrt);
  const overall = distances.reduce((sum, value) => sum + value, 0) / distances.length;
  const values = new Float64Array(squared.length);
  const wanted = Math.log2(neighbours);
  for (let i = 0; i < rows; i++) {
    const own = distances.subarray(i * count, (i + 1) * count);
    const rho = own.find((distance) => distance > 0) ?? 0;
    const sumFor = (sigma: number): number => {
      let sum = 0;
      for (const distance of own) sum += distance > rho ? Math.exp(-(distance - rho) / sigma) : 1;
      return sum;
    };
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let sigma = 1;
    for (let step = 0; step < 64; step++) {
      const difference = sumFor(sigma) - wanted;
      if (Math.abs(difference) < 1e-5) break;
      if (difference > 0) {
        high = sigma;
        sigma = (low + high) / 2;
      } else {
        low = sigma;
        sigma = high === Number.POSITIVE_INFINITY ? sigma * 2 : (low + high) / 2;
      }
    }
    const mean = own.reduce((sum, value) => sum + value, 0) / count;
    sigma = Math.max(sigma, 1e-3 * (rho > 0 ? mean : overall));
    for (let at = 0; at < count; at++) {
      values[i * count + at] = own[at] > rho && sigma > 0 ? Math.exp(-(own[at] - rho) / sigma) : 1;
    }
  }
  return values;
}

/** a and b of 1/(1 + a·d^(2b)) that comes closest to 1 up to minDistance and exp(−(d − minDistance)/spread) beyond. */
export function curveParameters(minDistance: number, spread: number): { a: number; b: number } {
  const xs = Float64Array.from({ length: 300 }, (_, i) => (3 * spread * i) / 299);
  const ys = xs.map((x) => (x < minDistance ? 1 : Math.exp(-(x - minDistance) / spread)));
  let a = 1;
  let b = 1;
  let damping = 1e-3;
  const costOf = (p: number, q: number): number =>
    xs.reduce((sum, x, i) => sum + (1 / (1 + p * x ** (2 * q)) - ys[i]) ** 2, 0);
  let cost = costOf(a, b);
  // Levenberg–Marquardt on two parameters.
  for (let step = 0; step < 500; step++) {
    let aa = 0;
    let ab = 0;
    let bb = 0;
    let ga = 0;
    let gb = 0;
    for (let i = 1; i < xs.length; i++) {
      const power = xs[i] ** (2 * b);
      const value = 1 / (1 + a * power);
      const da = -power * value * value;
      const db = -2 * a * power * Math.log(xs[i]) * value * value;
      const residual = value - ys[i];
      aa += da * da;
      ab += da * db;
      bb += db * db;
      ga += da * residual;
      gb += db * residual;
    }
    const p = aa * (1 + damping);
    const q = bb * (1 + damping);
    const determinant = p * q - ab * ab;
    const nextA = a - (q * ga - ab * gb) / determinant;
    const nextB = b - (p * gb - ab * ga) / determinant;
    const next = nextA > 0 && nextB > 0 ? costOf(nextA, nextB) : Number.POSITIVE_INFINITY;
    if (next < cost) {
      const gain = cost - next;
      [a, b, cost] = [nextA, nextB, next];
      damping /= 10;
      if (gain < 1e-16) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return { a, b };
}

/** Edges that are drawn at least once, and after how many epochs each is drawn again: the strongest in every epoch. */
function edgesOf({ starts, columns, values }: SparseRows, epochs: number) {
  const greatest = values.reduce((most, value) => Math.max(most, value), 0);
  const heads: number[] = [];
  const tails: number[] = [];
  const every: number[] = [];
  for (let i = 0; i < starts.length - 1; i++) {
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      if (values[at] < greatest / epochs) continue;
      heads.push(i);
      tails.push(columns[at]);
      every.push(greatest / values[at]);
    }
  }
  return { heads: Int32Array.from(heads), tails: Int32Array.from(tails), every: Float64Array.from(every) };
}
