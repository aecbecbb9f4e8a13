import type { Task } from '../engine/types.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { readFeatures } from './features.ts';

export interface ClassifierInput {
  /** Absolute path of a float32 .npy matrix: N × P scores, one column per cluster. */
  scores: string;
  /** The same of the features that the clusters are of: N × D. */
  features: string;
  /** What to call the two in messages. */
  names: { scores: string; features: string };
  /** The faces' positions in both files. */
  rows: { scores: Int32Array; features: Int32Array };
}

export interface ClassifierOutput {
  /** The column of the greatest score; the first where several are equal. */
  assignment: Int32Array;
  /** P × D: means of the features of each cluster's faces; zeros for a cluster without any. */
  centroids: Float32Array;
  /** Sum of squared distances of features to their cluster's mean. */
  inertia: number;
  k: number;
  empty: number;
}

const CHUNK = 4096;

/** Clusters as a trained classifier assigns them (thesis §5.4: AS1 to AS5), in the engine process. */
const task: Task<ClassifierInput, ClassifierOutput> = async (input, { signal, progress }) => {
  const { names, rows } = input;
  const scores = readFeatures(input.scores, names.scores, rows.scores);
  const features = readFeatures(input.features, names.features, rows.features);
  const k = scores.columns;
  const { columns } = features;
  const assignment = new Int32Array(scores.rows);
  const counts = new Int32Array(k);
  const sums = new Float64Array(k * columns);
  for (let row = 0; row < scores.rows; row++) {
    if (row % CHUNK === 0) {
      progress({ stage: 'Assigning clusters', done: row, total: scores.rows, unit: 'faces' });
      // That a user cancelled comes as a message, which waits for its turn.
      await new Promise((resolve) => setImmediate(resolve));
      throwIfCancelled(signal);
    }
    let best = 0;
    for (let c = 1; c < k; c++) {
      if (scores.data[row * k + c] > scores.data[row * k + best]) best = c;
    }
    assignment[row] = best;
    counts[best]++;
    for (let j = 0; j < columns; j++) sums[best * columns + j] += features.data[row * columns + j];
  }
  const centroids = Float32Array.from(sums, (sum, at) => {
    const count = counts[Math.floor(at / columns)];
    return count === 0 ? 0 : sum / count;
  });
  let inertia = 0;
  for (let row = 0; row < features.rows; row++) {
    const from = assignment[row] * columns;
    for (let j = 0; j < columns; j++) {
      inertia += (features.data[row * columns + j] - centroids[from + j]) ** 2;
    }
  }
  return { assignment, centroids, inertia, k, empty: counts.filter((count) => count === 0).length };
};

export default task;
