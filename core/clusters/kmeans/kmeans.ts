import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { Random } from '../../foundation/random.ts';
import {
  columnMeans,
  distinctRows,
  type Matrix,
  meanVariance,
  normalizeRows,
  sampleWithout,
  squaredDistance,
  subtract,
  takeRows,
} from '../matrix.ts';
import { assign, type Graphs, type LloydResult, type LloydSettings, lloyd } from './lloyd.ts';
import { plusPlusRows, randomRows } from './seeding.ts';
import type { KMeansSettings } from './settings.ts';

export interface KMeansResult extends LloydResult {
  /** Rows that the centroids were fitted on. */
  fitted: number;
  /** Which restart won, from 0. */
  restart: number;
}

/**
 * k-means over the rows of a matrix, which is changed: Euclidean rows are centred on their mean (that halves the
 * rounding error of float32 scores; centroids come back in the features' own coordinates), cosine rows scaled to
 * length 1. `inertia` and `labels` are of all rows, also where the fit was on a sample.
 * @param initial starts from these centroids instead of drawing them (one run)
 * @throws Fault when there are fewer (distinct) rows than clusters
 */
export async function kmeans(
  matrix: Matrix,
  settings: KMeansSettings,
  graphs: Graphs,
  options: WorkOptions & { initial?: Matrix } = {},
): Promise<KMeansResult> {
  const { k, metric } = settings;
  const { similarity } = graphs;
  if (k > matrix.rows) {
    throw new Fault(`k-means with k = ${k} needs at least ${k} faces; these features have ${matrix.rows}.`);
  }
  let means: Float64Array = new Float64Array(matrix.columns);
  if (metric === 'cosine') normalizeRows(matrix);
  else {
    means = columnMeans(matrix);
    subtract(matrix, means);
  }
  const distinct = distinctRows(matrix, k);
  if (distinct < k) {
    throw new Fault(
      `k-means with k = ${k} needs at least ${k} different feature rows; ${matrix.rows} rows were given, but only ${distinct} of them differ${metric === 'cosine' ? ' in direction' : ''}.`,
    );
  }
  const random = new Random(settings.seed);
  let fit = matrix;
  if (settings.sample !== null && matrix.rows > settings.sample * k) {
    fit = takeRows(
      matrix,
      sampleWithout(matrix.rows, settings.sample * k, (n) => random.below(n)),
    );
    if (distinctRows(fit, k) < k) {
      throw new Fault(
        `The sample of ${fit.rows} rows holds fewer than ${k} different ones; use more rows per centroid, or all.`,
      );
    }
  }
  const variance = meanVariance(fit, columnMeans(fit));
  let best: KMeansResult | undefined;
  const restarts = options.initial === undefined ? settings.restarts : 1;
  for (let restart = 0; restart < restarts; restart++) {
    const stage = restarts > 1 ? `Clustering, run ${restart + 1} of ${restarts}` : 'Clustering';
    const report = (done: number, note?: string): void =>
      options.onProgress?.({
        stage,
        done,
        unit: 'iterations',
        device: similarity.placement.name,
        ...(note === undefined ? {} : { note }),
      });
    report(0);
    const own = new Random(settings.seed, restart);
    const limits = {
      metric,
      maxIterations: settings.maxIterations,
      shiftLimit: settings.tolerance * variance,
    };
    const initial =
      options.initial !== undefined
        ? prepared(options.initial, metric, means)
        : settings.init === 'random'
          ? randomRows(fit, k, own)
          : await polishedSeeds(fit, k, own, limits, graphs, options.signal);
    const run = await lloyd(fit, initial, limits, graphs, {
      signal: options.signal,
      onIteration: (iteration) => report(iteration),
    });
    if (best === undefined || run.inertia < best.inertia) best = { ...run, fitted: fit.rows, restart };
  }
  if (best === undefined) throw new Error('k-means made no run.');
  if (fit !== matrix) {
    best.labels = await assign(matrix, best.centroids, similarity, options.signal);
    best.inertia = 0;
    for (let i = 0; i < matrix.rows; i++) {
      best.inertia += squaredDistance(matrix.data, i, best.centroids, best.labels[i], matrix.columns);
    }
  }
  for (let c = 0, at = 0; c < k; c++) {
    for (let j = 0; j < matrix.columns; j++, at++) best.centroids[at] += means[j];
  }
  return best;
}

/** Iterations on the sample: the first move centroids most, later ones fit what the sample alone has. */
const POLISHING = 10;

/**
 * Centroids of k-means++, moved by Lloyd's algorithm on the rows that they were drawn from where those are a sample: such
 * iterations cost a fraction of those over all rows, and leave few of these to do.
 */
async function polishedSeeds(
  fit: Matrix,
  k: number,
  random: Random,
  limits: LloydSettings,
  graphs: Graphs,
  signal?: AbortSignal,
): Promise<Matrix> {
  const { centroids, sample } = await plusPlusRows(fit, k, random, graphs.similarity, signal);
  if (sample === fit || sample.rows * 2 > fit.rows) return centroids;
  const few = { ...limits, maxIterations: POLISHING };
  const polished = await lloyd(sample, centroids, few, graphs, { signal });
  return { ...centroids, data: polished.centroids };
}

function prepared(initial: Matrix, metric: KMeansSettings['metric'], means: Float64Array): Matrix {
  const copy: Matrix = { ...initial, data: initial.data.slice() };
  if (metric === 'cosine') normalizeRows(copy);
  else subtract(copy, means);
  return copy;
}
