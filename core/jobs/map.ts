import type { ProjectionInput, ProjectionOutput } from '../clusters/projection-task.ts';
import {
  type GivenSettings,
  type ProjectionSettings,
  projectionSettings,
} from '../clusters/projections/settings.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { chosenRows } from './clusters/chosen-rows.ts';
import { type JobOptions, recorded } from './recorded.ts';

const TASK = new URL('../clusters/projection-task.ts', import.meta.url);

export interface MapInput extends GivenSettings {
  /** Name of the feature set. */
  features: string;
  /** Default: features, method and what differs from the defaults. The same name again replaces. */
  name?: string;
  device?: DeviceChoice;
  /** Only these faces. */
  selection?: Selection;
}

/** What `visage map --json` prints. */
export interface MapResult {
  projection: string;
  features: string;
  method: string;
  faces: number;
  seconds: number;
  device: string;
  reason: string;
  settings: ProjectionSettings;
  /** PCA: share of the variance that x and y explain, 0 … 1. */
  explained: number[] | null;
  /** t-SNE: Kullback–Leibler divergence. */
  divergence: number | null;
}

/** 'mobilefacenet:embedding:tsne:p30:s0', 'net:pooled:pca:cosine' */
export function projectionName(features: string, settings: ProjectionSettings): string {
  return [
    features,
    settings.method,
    ...(settings.method === 'tsne' ? [`p${settings.perplexity}`, `s${settings.seed}`] : []),
    ...(settings.method === 'umap' ? [`n${settings.neighbours}`, `s${settings.seed}`] : []),
    ...(settings.metric === 'cosine' ? ['cosine'] : []),
  ].join(':');
}

/** Projects a feature set to two dimensions and stores the map. */
export async function map(
  project: ProjectStore,
  engine: EngineClient,
  input: MapInput,
  options: JobOptions = {},
): Promise<MapResult> {
  const { features, name: given, device, selection, ...rest } = input;
  const settings = projectionSettings(rest);
  const set = project.featureSet(features);
  const { faces, rows } = chosenRows(project, set, selection);
  const name = given ?? projectionName(set.name, settings);
  return recorded(project, 'map', input, options, async () => {
    const { xy, explained, divergence, placement, seconds } = await engine.run<
      ProjectionInput,
      ProjectionOutput
    >(TASK, { file: set.file, name: set.name, rows, settings, device }, options);
    const quality = { explained: explained ?? null, divergence: divergence ?? null };
    project.addProjection(
      {
        name,
        featureSet: set.id,
        method: settings.method,
        settings: { ...settings, ...quality },
        seconds,
      },
      faces,
      xy,
    );
    return {
      projection: name,
      features: set.name,
      method: settings.method,
      faces: faces.length,
      seconds,
      device: placement.name,
      reason: placement.reason,
      settings,
      ...quality,
    };
  });
}
