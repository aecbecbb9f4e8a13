import { UsageFault } from '../../foundation/fault.ts';

export const METRICS = ['euclidean', 'cosine'] as const;
export type Metric = (typeof METRICS)[number];

export const INITS = ['k-means++', 'random'] as const;
export type Init = (typeof INITS)[number];

/** Everything that decides the outcome of a k-means run: stored with the clustering. */
export interface KMeansSettings {
  k: number;
  seed: number;
  init: Init;
  /** 'cosine' is spherical k-means: rows and centroids are scaled to length 1. */
  metric: Metric;
  /** Fit on at most this many rows per centroid, drawn at random, and then assign all (FAISS: 256); null fits on all rows. */
  sample: number | null;
  /** Runs from fresh centroids, of which the one of least inertia is kept. */
  restarts: number;
  maxIterations: number;
  /** Stops when Σ‖centroid shift‖² is at most this share of the rows' mean variance per dimension (scikit-learn's tol). */
  tolerance: number;
}

export const KMEANS_DEFAULTS = {
  seed: 0,
  init: 'k-means++',
  metric: 'euclidean',
  sample: null,
  restarts: 1,
  maxIterations: 300,
  tolerance: 1e-4,
} as const satisfies Omit<KMeansSettings, 'k'>;

function whole(name: string, value: number, low: number): void {
  if (!Number.isInteger(value) || value < low) {
    throw new UsageFault(`'${value}' is no ${name}; allowed: whole numbers from ${low}.`);
  }
}

/** Fills in defaults. @throws UsageFault for a value that is not allowed. */
export function kmeansSettings(given: Partial<KMeansSettings> & { k: number }): KMeansSettings {
  const settings: KMeansSettings = { ...KMEANS_DEFAULTS, ...given };
  whole('number of clusters', settings.k, 1);
  whole('seed', settings.seed, 0);
  whole('number of restarts', settings.restarts, 1);
  whole('limit of iterations', settings.maxIterations, 1);
  if (settings.sample !== null) whole('number of sampled rows per centroid', settings.sample, 1);
  if (!INITS.includes(settings.init)) {
    throw new UsageFault(`'${settings.init}' is no way to start k-means; allowed: ${INITS.join(', ')}.`);
  }
  if (!METRICS.includes(settings.metric)) {
    throw new UsageFault(`'${settings.metric}' is no metric of k-means; allowed: ${METRICS.join(', ')}.`);
  }
  if (!(settings.tolerance >= 0)) {
    throw new UsageFault(`'${settings.tolerance}' is no tolerance; allowed: 0 or more.`);
  }
  return settings;
}
