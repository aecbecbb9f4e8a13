import type { DistanceInput } from '../../clusters/distances.ts';
import type { SimilarityHistogram } from '../../clusters/profiles/centroid-similarity.ts';
import type { CentroidTaskInput } from '../../clusters/profiles/centroid-task.ts';
import type { ClusterProfile } from '../../clusters/profiles/profile.ts';
import type { ProfilesTaskInput } from '../../clusters/profiles/profiles-task.ts';
import type { Spread } from '../../clusters/profiles/spread.ts';
import type { Typical } from '../../clusters/profiles/typical.ts';
import type { EngineClient } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Clustering } from '../../project/types.ts';
import { featureSetById, rowsOfFaces } from './chosen-rows.ts';
import { labelledClusters } from './labelled.ts';

const PROFILES = new URL('../../clusters/profiles/profiles-task.ts', import.meta.url);
const CENTROIDS = new URL('../../clusters/profiles/centroid-task.ts', import.meta.url);
const DISTANCES = new URL('../../clusters/distance-task.ts', import.meta.url);

export interface ProfilesInput {
  clustering: string;
  source?: string;
  /** Exemplars and outliers per cluster; default 9. */
  count?: number;
}

/** Sources and identities by name, for people. */
interface Named {
  sources: { name: string; count: number }[];
  identities: { known: number; distinct: number; largest: { name: string; count: number }[] };
}

export type FullProfile = ClusterProfile & Typical & Named;

/** Profile, exemplars, outliers, sources and identities of every cluster (thesis Fig 5.7). */
export async function clusterProfiles(
  project: ProjectStore,
  engine: EngineClient,
  { clustering: name, source, count = 9 }: ProfilesInput,
  options: WorkOptions = {},
): Promise<FullProfile[]> {
  const clustering = project.clustering(name);
  const { faces, data, sources, identities } = labelledClusters(project, clustering, source);
  // Each step reads megabytes of a large project: others of this process have their turn in between.
  await nextTurn();
  const features = measured(project, clustering, faces);
  await nextTurn();
  const profiles = await engine.run<ProfilesTaskInput, (ClusterProfile & Typical & Spread)[]>(
    PROFILES,
    { faces, data, sources, identities, features, count },
    options,
  );
  const sourceNames = new Map(project.sources().map((one) => [one.id, one.name]));
  return profiles.map(({ sources: own, identities: { known, distinct, largest }, ...rest }) => ({
    ...rest,
    sources: own.map(({ id, count: n }) => ({ name: sourceNames.get(id) ?? `source ${id}`, count: n })),
    identities: {
      known,
      distinct,
      largest: largest.map(({ id, count: n }) => ({ name: project.identityName(id), count: n })),
    },
  }));
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The faces of one cluster with their Euclidean distances to its centroid, nearest first. */
export async function clusterMembers(
  project: ProjectStore,
  engine: EngineClient,
  { clustering: name, cluster }: { clustering: string; cluster: number },
  options: WorkOptions = {},
): Promise<{ faces: Int32Array; distances: Float32Array }> {
  const clustering = project.clustering(name);
  if (cluster >= clustering.k)
    throw new Fault(
      `'${name}' has no cluster ${cluster}: its ${clustering.k} clusters are numbered from 0 to ${clustering.k - 1}.`,
    );
  const { faces: all, assignment } = project.clusteringData(clustering);
  const faces = all.filter((_, i) => assignment[i] === cluster);
  const distances = await engine.run<DistanceInput, Float32Array>(
    DISTANCES,
    { ...measured(project, clustering, faces), assignment: new Int32Array(faces.length).fill(cluster) },
    options,
  );
  const order = Int32Array.from(faces.keys()).sort(
    (a, b) => distances[a] - distances[b] || faces[a] - faces[b],
  );
  return { faces: order.map((i) => faces[i]), distances: Float32Array.from(order, (i) => distances[i]) };
}

/** What distances of these faces to the centroids are measured in. */
function measured(
  project: ProjectStore,
  clustering: Clustering,
  faces: Int32Array,
): ProfilesTaskInput['features'] {
  const set = featureSetById(project, clustering.featureSet);
  return {
    file: set.file,
    rows: rowsOfFaces(project, set, faces),
    centroids: project.clusteringData(clustering).centroids,
    cosine: clustering.settings.metric === 'cosine',
  };
}

/** Cosines between a clustering's centroids (thesis Fig 5.8). */
export async function centroidHistogram(
  project: ProjectStore,
  engine: EngineClient,
  name: string,
  options: WorkOptions = {},
): Promise<SimilarityHistogram> {
  const clustering = project.clustering(name);
  const { centroids } = project.clusteringData(clustering);
  return engine.run<CentroidTaskInput, SimilarityHistogram>(
    CENTROIDS,
    { centroids, k: clustering.k },
    options,
  );
}
