import { UsageFault } from '../../foundation/fault.ts';
import { METRICS, type Metric } from '../kmeans/settings.ts';
import { TSNE_DEFAULTS, type TsneSettings } from './tsne/tsne.ts';
import { UMAP_DEFAULTS, type UmapSettings } from './umap.ts';

export const METHODS = ['tsne', 'umap', 'pca'] as const;
export type Method = (typeof METHODS)[number];

interface Common {
  /** 'cosine' scales rows to length 1 first. */
  metric: Metric;
}

/** Everything that decides a map: stored with it. */
export type ProjectionSettings =
  | (Common & { method: 'pca' })
  | (Common & { method: 'tsne'; seed: number; init: 'pca' | 'random' } & TsneSettings)
  | (Common & { method: 'umap'; init: 'pca' | 'random' } & UmapSettings);

export interface GivenSettings {
  method: Method;
  metric?: Metric;
  seed?: number;
  init?: 'pca' | 'random';
  /** t-SNE */
  perplexity?: number;
  iterations?: number;
  learningRate?: number | 'auto';
  earlyExaggeration?: number;
  angle?: number;
  threads?: number;
  /** UMAP */
  neighbours?: number;
  minDistance?: number;
  epochs?: number | 'auto';
}

function require(ok: boolean, sentence: string): void {
  if (!ok) throw new UsageFault(sentence);
}

const given = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

/** Fills in defaults. @throws UsageFault for a value that is not allowed, or that the method does not take */
export function projectionSettings(input: GivenSettings): ProjectionSettings {
  const { method, metric = 'euclidean', seed = 0, init = 'pca', ...rest } = input;
  require(METHODS.includes(method), `'${method}' is no method of mapping; allowed: ${METHODS.join(', ')}.`);
  require(METRICS.includes(metric), `'${metric}' is no metric; allowed: ${METRICS.join(', ')}.`);
  require(Number.isInteger(seed) && seed >= 0, `'${seed}' is no seed; allowed: whole numbers from 0.`);
  require(init === 'pca' || init === 'random', `'${init}' is no start of a map; allowed: pca, random.`);
  const { neighbours, minDistance, epochs, ...ofTsne } = rest;
  const ofUmap = { neighbours, minDistance, epochs };
  const foreign = method === 'tsne' ? ofUmap : method === 'umap' ? ofTsne : rest;
  for (const [name, value] of Object.entries(foreign)) {
    require(value === undefined, `'${name}' is no setting of ${method}.`);
  }
  if (method === 'pca') return { method, metric };
  if (method === 'tsne') {
    const settings = { method, metric, seed, init, ...TSNE_DEFAULTS, ...given(ofTsne) };
    const { perplexity, iterations, angle, threads, learningRate, earlyExaggeration } = settings;
    require(perplexity >= 1, `'${perplexity}' is no perplexity; allowed: 1 or more (usually 5 to 50).`);
    require(Number.isInteger(iterations) &&
      iterations >= 1, `'${iterations}' is no number of iterations; allowed: whole numbers from 1.`);
    require(angle >= 0 && angle <= 1, `'${angle}' is no angle; allowed: 0 to 1.`);
    require(Number.isInteger(threads) && threads >= 1, `'${threads}' is no number of threads.`);
    require(learningRate === 'auto' || learningRate > 0, `'${learningRate}' is no learning rate.`);
    require(earlyExaggeration >= 1, `'${earlyExaggeration}' is no exaggeration; allowed: 1 or more.`);
    return settings;
  }
  const settings = { method, metric, init, ...UMAP_DEFAULTS, seed, ...given(ofUmap) };
  require(Number.isInteger(settings.neighbours) &&
    settings.neighbours >=
      2, `'${settings.neighbours}' is no number of neighbours; allowed: whole numbers from 2 (usually 5 to 50).`);
  require(settings.spread > 0, `'${settings.spread}' is no spread; allowed: numbers above 0.`);
  require(settings.minDistance >= 0 &&
    settings.minDistance <=
      settings.spread, `'${settings.minDistance}' is no minimal distance; allowed: 0 to ${settings.spread}.`);
  require(settings.epochs === 'auto' ||
    (Number.isInteger(settings.epochs) &&
      settings.epochs >=
        1), `'${settings.epochs}' is no number of epochs; allowed: whole numbers from 1, or 'auto'.`);
  return settings;
}
