import type { Task } from '../engine/types.ts';
import { type DistanceInput, distancesToCentroids } from './distances.ts';

/** Euclidean distance of each row to its own centroid, in the engine process. */
const task: Task<DistanceInput, Float32Array> = (input, { signal, progress }) =>
  distancesToCentroids(input, { signal, onProgress: progress });

export default task;
