import type { DeviceChoice, Placement, Task } from '../engine/types.ts';
import { readFeatures } from './features.ts';
import { GroupedSimilarity } from './kmeans/grouped.ts';
import { kmeans } from './kmeans/kmeans.ts';
import type { KMeansSettings } from './kmeans/settings.ts';
import { Similarity } from './similarity.ts';

export interface KMeansInput {
  /** Absolute path of a float32 .npy matrix. */
  file: string;
  /** What to call the features in messages. */
  name: string;
  /** Which rows; absent for all. */
  rows?: Int32Array;
  settings: KMeansSettings;
  device?: DeviceChoice;
  /** k × columns start centroids instead of drawn ones. */
  initial?: Float32Array;
}

export interface KMeansOutput {
  assignment: Int32Array;
  centroids: Float32Array;
  inertia: number;
  iterations: number;
  converged: boolean;
  fitted: number;
  restart: number;
  placement: Placement;
  seconds: number;
}

/** k-means over a feature file, in the engine process. */
const task: Task<KMeansInput, KMeansOutput> = async (input, { engine, signal, progress }) => {
  const begun = performance.now();
  const matrix = readFeatures(input.file, input.name, input.rows);
  const similarity = await Similarity.open(engine, input.device);
  const { placement } = similarity;
  const grouped =
    placement.device === 'cpu' && placement.engine === 'ort'
      ? await GroupedSimilarity.open(engine)
      : undefined;
  try {
    const { labels, ...rest } = await kmeans(
      matrix,
      input.settings,
      { similarity, grouped },
      {
        signal,
        onProgress: progress,
        ...(input.initial && {
          initial: { data: input.initial, rows: input.settings.k, columns: matrix.columns },
        }),
      },
    );
    return {
      assignment: labels,
      ...rest,
      placement,
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    await similarity.dispose();
    await grouped?.dispose();
  }
};

export default task;
