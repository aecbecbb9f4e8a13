import { type KMeansSettings, kmeansSettings } from '../clusters/kmeans/settings.ts';
import type { KMeansInput, KMeansOutput } from '../clusters/kmeans-task.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { chosenRows } from './clusters/chosen-rows.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../clusters/kmeans-task.ts', import.meta.url);

export interface ClusterInput extends Partial<KMeansSettings> {
  /** Name of the feature set. */
  features: string;
  k: number;
  /** Default: features, k, seed and what differs from the defaults. The same name again replaces. */
  name?: string;
  device?: DeviceChoice;
  /** Only these faces. */
  selection?: Selection;
}

/** What `visage cluster --json` prints. */
export interface ClusterResult {
  clustering: string;
  features: string;
  k: number;
  faces: number;
  inertia: number;
  iterations: number;
  /** False when the limit of iterations ended it. */
  converged: boolean;
  /** Faces that the centroids were fitted on. */
  fitted: number;
  seconds: number;
  device: string;
  /** Why it ran there. */
  reason: string;
  settings: KMeansSettings;
  /** Faces of the smallest and the largest cluster. */
  smallest: number;
  largest: number;
}

/** 'mobilefacenet:embedding:k300:s1', and what differs from the defaults. */
export function clusteringName(features: string, settings: KMeansSettings): string {
  const { k, seed, init, metric, sample, restarts } = settings;
  return [
    features,
    `k${k}`,
    `s${seed}`,
    ...(metric === 'euclidean' ? [] : [metric]),
    ...(init === 'k-means++' ? [] : [init]),
    ...(sample === null ? [] : [`sample${sample}`]),
    ...(restarts === 1 ? [] : [`best-of-${restarts}`]),
  ].join(':');
}

/** k-means over a feature set, stored as a clustering. */
export async function cluster(
  project: ProjectStore,
  engine: EngineClient,
  input: ClusterInput,
  options: JobOptions = {},
): Promise<ClusterResult> {
  const { features, name: given, device, selection, ...partial } = input;
  const settings = kmeansSettings(partial);
  const set = project.featureSet(features);
  const { faces, rows } = chosenRows(project, set, selection);
  const name = given ?? clusteringName(set.name, settings);
  return recorded(project, 'cluster', input, options, async () => {
    const output = await engine.run<KMeansInput, KMeansOutput>(
      TASK,
      { file: set.file, name: set.name, rows, settings, device },
      options,
    );
    const { assignment, centroids, inertia, iterations, converged, fitted, seconds, placement } = output;
    const sizes = new Int32Array(settings.k);
    for (const label of assignment) sizes[label]++;
    project.addClustering(
      {
        name,
        featureSet: set.id,
        k: settings.k,
        inertia,
        iterations,
        settings: { ...settings },
        device: placement.name,
        seconds,
      },
      faces,
      assignment,
      centroids,
    );
    return {
      clustering: name,
      features: set.name,
      k: settings.k,
      faces: faces.length,
      inertia,
      iterations,
      converged,
      fitted,
      seconds,
      device: placement.name,
      reason: placement.reason,
      settings,
      smallest: Math.min(...sizes),
      largest: Math.max(...sizes),
    };
  });
}
