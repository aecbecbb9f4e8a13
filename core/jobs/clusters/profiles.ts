import type { DistanceInput } from '../../clusters/distance-task.ts';
import { centroidSimilarity, type SimilarityHistogram } from '../../clusters/profiles/centroid-similarity.ts';
import { type ClusterProfile, profilesOf } from '../../clusters/profiles/profile.ts';
import { type Typical, typicalFaces } from '../../clusters/profiles/typical.ts';
import type { EngineClient } from '../../engine/types.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import { featureSetById, rowsOfFaces } from './chosen-rows.ts';
import { labelledClusters } from './labelled.ts';

const TASK = new URL('../../clusters/distance-task.ts', import.meta.url);

export interface ProfilesInput {
  clustering: string;
  source?: string;
  /** Exemplars and outliers per cluster; default 9. */
  count?: number;
}

export type FullProfile = ClusterProfile & Typical;

/** Profile, exemplars and outliers of every cluster (thesis Fig 5.7). */
export async function clusterProfiles(
  project: ProjectStore,
  engine: EngineClient,
  input: ProfilesInput,
  options: WorkOptions = {},
): Promise<FullProfile[]> {
  const clustering = project.clustering(input.clustering);
  const { faces, data } = labelledClusters(project, clustering, input.source);
  const set = featureSetById(project, clustering.featureSet);
  const distances = await engine.run<DistanceInput, Float32Array>(
    TASK,
    {
      file: set.file,
      rows: rowsOfFaces(project, set, faces),
      assignment: data.clusters,
      centroids: project.clusteringData(clustering).centroids,
      cosine: clustering.settings.metric === 'cosine',
    },
    options,
  );
  const typical = typicalFaces(faces, data.clusters, distances, clustering.k, input.count ?? 9);
  return profilesOf(data).map((profile, c) => ({ ...profile, ...typical[c] }));
}

/** Cosines between a clustering's centroids (thesis Fig 5.8). */
export function centroidHistogram(project: ProjectStore, name: string): SimilarityHistogram {
  const clustering = project.clustering(name);
  return centroidSimilarity(project.clusteringData(clustering).centroids, clustering.k);
}
