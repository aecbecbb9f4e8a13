import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { kmeans } from '../clusters/kmeans/kmeans.ts';
import { kmeansSettings } from '../clusters/kmeans/settings.ts';
import { matrixOf } from '../clusters/matrix.ts';
import { Similarity } from '../clusters/similarity.ts';
import type { DeviceChoice, TaskContext } from '../engine/types.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Model } from '../graph/model.ts';
import { PROJECTED, PROTOTYPES } from './cluster-head.ts';
import type { PackedPictures } from './packed.ts';
import type { TrainingRun } from './run.ts';
import { trainedNetwork } from './trained.ts';

const FILE = 'clusters.json';
const record = z.object({ epoch: z.int(), assigned: z.array(z.int()) });
const BATCH = 64;
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
  const vectors = await projections(trainedNetwork(input.network, state, input.temperature), input, context);
  const similarity = await Similarity.open(context.engine, input.device);
  let found: Awaited<ReturnType<typeof kmeans>>;
  try {
    const settings = kmeansSettings({
      ...{ k: input.clusters, seed: input.seed + epoch, metric: 'cosine', maxIterations: ITERATIONS },
    });
    const options = { signal: context.signal };
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
  writeFileSync(`${path}.partial`, JSON.stringify({ epoch, assigned: [...found.labels] }));
  renameSync(`${path}.partial`, path);
  return found.labels;
}

/** One row per picture: what the prototypes are compared with. */
async function projections(
  network: Model,
  input: PseudoLabelInput,
  { engine, signal, progress }: TaskContext,
) {
  const { pictures, rows, device } = input;
  const [image] = network.graph.fedInputs();
  const b = GraphBuilder.onto(network);
  const model = b.model([b.value(PROJECTED)]);
  const session = await engine.open(model.encode(), { device });
  try {
    let data = new Float32Array(0);
    let columns = 0;
    for (let from = 0; from < rows.length; from += BATCH) {
      throwIfCancelled(signal);
      const some = rows.subarray(from, from + BATCH);
      const pixels = pictures.read({ rows: some, mirrored: new Uint8Array(some.length) });
      const dims = [some.length, 3, pictures.size, pictures.size];
      const found = (await session.run({ [image.name]: { type: 'float32', data: pixels, dims } }))[PROJECTED];
      columns = found.dims[1];
      if (from === 0) data = new Float32Array(rows.length * columns);
      data.set(found.data as Float32Array, from * columns);
      progress({ stage: STAGE, done: from + some.length, total: rows.length, unit: 'pictures' });
    }
    return matrixOf(data, columns);
  } finally {
    await session.dispose();
  }
}
