import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { kmeans } from '../clusters/kmeans/kmeans.ts';
import { kmeansSettings } from '../clusters/kmeans/settings.ts';
import { matrixOf } from '../clusters/matrix.ts';
import { Similarity } from '../clusters/similarity.ts';
import type { DeviceChoice, TaskContext } from '../engine/types.ts';
import { writeWhole } from '../foundation/whole.ts';
import type { Model } from '../graph/model.ts';
import { PROJECTED, PROTOTYPES } from './cluster-head.ts';
import { featuresOf } from './features.ts';
import type { PackedPictures } from './packed.ts';
import type { TrainingRun } from './run.ts';
import { trainedNetwork } from './trained.ts';

const FILE = 'clusters.json';
const record = z.object({ epoch: z.int(), assigned: z.array(z.int()) });
/** As DeepCluster has it. */
const ITERATIONS = 20;
const STAGE = 'Clustering the training set';

export interface PseudoLabelInput {
  network: Model;
  pictures: PackedPictures;
  /** Positions of the pictures that are trained on. */
  rows: Int32Array;
  clusters: number;
  /** Of the routing, where it is being lowered. */
  temperature?: number;
  seed: number;
  device: DeviceChoice;
  folder: string;
}

/**
 * The cluster of every picture for an epoch (thesis §5.3, k-means as in DeepCluster): k-means by cosine over the projected
 * routing vectors of the whole training set, whose centroids take the place of the prototypes. They are kept in the run's
 * folder, so that a run which goes on within an epoch has the ones that the epoch began with.
 * @param begun true where the epoch began before this start
 */
export async function pseudoLabels(
  run: TrainingRun,
  epoch: number,
  begun: boolean,
  input: PseudoLabelInput,
  context: TaskContext,
): Promise<Int32Array> {
  const path = join(input.folder, FILE);
  if (begun && existsSync(path)) {
    const known = record.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (known.success && known.data.epoch === epoch) return Int32Array.from(known.data.assigned);
  }
  const state = await run.state();
  const { pictures, rows, device } = input;
  const network = trainedNetwork(input.network, state, input.temperature);
  // What the prototypes are compared with.
  const wanted = { value: PROJECTED, pictures, rows, device, stage: STAGE };
  const { data, columns } = await featuresOf(network, wanted, context);
  const vectors = matrixOf(data, columns);
  const similarity = await Similarity.open(context.engine, input.device);
  let found: Awaited<ReturnType<typeof kmeans>>;
  try {
    const settings = kmeansSettings({
      ...{ k: input.clusters, seed: input.seed + epoch, metric: 'cosine', maxIterations: ITERATIONS },
    });
    const options = { signal: context.signal, onProgress: context.progress };
    found = await kmeans(vectors, settings, { similarity }, options);
  } finally {
    await similarity.dispose();
  }
  state.values[PROTOTYPES] = found.centroids;
  // What the optimiser gathered was of other prototypes.
  for (const name of Object.keys(state.values)) {
    if (name.startsWith(`${PROTOTYPES}.`)) state.values[name] = new Float32Array(state.values[name].length);
  }
  await run.restore(state);
  writeWhole(path, JSON.stringify({ epoch, assigned: [...found.labels] }));
  return found.labels;
}
