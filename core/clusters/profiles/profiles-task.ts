import type { Task } from '../../engine/types.ts';
import { type DistanceInput, distancesToCentroids } from '../distances.ts';
import type { Labelled } from '../metrics/scoreboard.ts';
import { type ClusterProfile, profilesOf } from './profile.ts';
import { type Spread, spreadOf } from './spread.ts';
import { type Typical, typicalFaces } from './typical.ts';

/** One entry per face in all columns, in the same order. */
export interface ProfilesTaskInput {
  faces: Int32Array;
  data: Labelled;
  sources: Int32Array;
  /** −1 where unknown. */
  identities: Int32Array;
  features: Omit<DistanceInput, 'assignment'>;
  /** Exemplars and outliers per cluster. */
  count: number;
}

/** Everything that is told of every cluster, in the engine process. */
const task: Task<ProfilesTaskInput, (ClusterProfile & Typical & Spread)[]> = async (
  { faces, data, sources, identities, features, count },
  { signal, progress },
) => {
  const distances = await distancesToCentroids(
    { ...features, assignment: data.clusters },
    { signal, onProgress: progress },
  );
  const typical = typicalFaces(faces, data.clusters, distances, data.k, count);
  const spread = spreadOf(data.clusters, data.k, sources, identities);
  return profilesOf(data).map((profile, c) => ({ ...profile, ...typical[c], ...spread[c] }));
};

export default task;
