import type { DeviceChoice, Placement, Task } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { Random } from '../foundation/random.ts';
import { readFeatures } from './features.ts';
import { columnMeans, type Matrix, normalizeRows, subtract } from './matrix.ts';
import { nearestNeighbours } from './projections/neighbours.ts';
import { principalComponents } from './projections/pca.ts';
import type { ProjectionSettings } from './projections/settings.ts';
import { neighboursFor, tsne } from './projections/tsne/tsne.ts';
import { umap } from './projections/umap.ts';
import { Similarity } from './similarity.ts';

export interface ProjectionInput {
  /** Absolute path of a float32 .npy matrix. */
  file: string;
  name: string;
  rows?: Int32Array;
  settings: ProjectionSettings;
  device?: DeviceChoice;
}

export interface ProjectionOutput {
  /** rows × 2 */
  xy: Float32Array;
  /** PCA: share of the variance that x and y explain. */
  explained?: number[];
  /** t-SNE: Kullback–Leibler divergence. */
  divergence?: number;
  placement: Placement;
  seconds: number;
}

/** First coordinates of t-SNE and UMAP: the first two principal components, or small noise. */
async function initialPositions(
  matrix: Matrix,
  { init, seed }: { init: 'pca' | 'random'; seed: number },
  similarity: Similarity,
  signal: AbortSignal,
): Promise<Float64Array> {
  if (init === 'pca') return (await principalComponents(matrix, 2, similarity, { signal })).scores;
  const random = new Random(seed);
  return Float64Array.from({ length: 2 * matrix.rows }, () => random.normal());
}

/** PCA, t-SNE or UMAP of a feature file to two dimensions, in the engine process. */
const task: Task<ProjectionInput, ProjectionOutput> = async (input, { engine, signal, progress }) => {
  const begun = performance.now();
  const { settings } = input;
  const matrix = readFeatures(input.file, input.name, input.rows);
  if (matrix.rows < 3) {
    throw new Fault(`A map needs at least 3 faces; '${input.name}' gives ${matrix.rows}.`);
  }
  if (settings.metric === 'cosine') normalizeRows(matrix);
  // Distances do not change, and float32 scores lose less.
  subtract(matrix, columnMeans(matrix));
  const similarity = await Similarity.open(engine, input.device);
  const options = { signal, onProgress: progress };
  try {
    const done = (xy: Float64Array, more: Partial<ProjectionOutput> = {}): ProjectionOutput => ({
      xy: Float32Array.from(xy),
      ...more,
      placement: similarity.placement,
      seconds: (performance.now() - begun) / 1000,
    });
    if (settings.method === 'pca') {
      const { scores, explained } = await principalComponents(matrix, 2, similarity, options);
      return done(scores, { explained });
    }
    if (settings.method === 'tsne') {
      if (settings.perplexity >= matrix.rows) {
        throw new Fault(
          `A perplexity of ${settings.perplexity} needs more than ${settings.perplexity} faces; '${input.name}' gives ${matrix.rows}.`,
        );
      }
      const initial = await initialPositions(matrix, settings, similarity, signal);
      const count = neighboursFor(settings.perplexity, matrix.rows);
      const neighbours = await nearestNeighbours(matrix, count, similarity, options);
      const { positions, divergence } = await tsne(neighbours, initial, settings, options);
      return done(positions, { divergence });
    }
    if (settings.neighbours > matrix.rows) {
      throw new Fault(
        `${settings.neighbours} neighbours (a face itself included) need as many faces; '${input.name}' gives ${matrix.rows}.`,
      );
    }
    const initial = await initialPositions(matrix, settings, similarity, signal);
    const neighbours = await nearestNeighbours(matrix, settings.neighbours - 1, similarity, options);
    return done(await umap(neighbours, initial, settings, options));
  } finally {
    await similarity.dispose();
  }
};

export default task;
