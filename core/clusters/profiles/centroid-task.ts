import type { Task } from '../../engine/types.ts';
import { centroidSimilarity, type SimilarityHistogram } from './centroid-similarity.ts';

export interface CentroidTaskInput {
  /** k × columns */
  centroids: Float32Array;
  k: number;
}

/** Cosines between centroids in the engine process: half a million pairs at k = 1,000. */
const task: Task<CentroidTaskInput, SimilarityHistogram> = async ({ centroids, k }) =>
  centroidSimilarity(centroids, k);

export default task;
