import { existsSync } from 'node:fs';
import type { DeviceChoice, Placement, Task } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { Random } from '../foundation/random.ts';
import { Model } from '../graph/model.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { EpochSampler } from './data/sampler.ts';
import { crossEntropy } from './losses/cross-entropy.ts';
import { PackedPictures } from './packed.ts';
import { type OptimiserSettings, optimiserOf, type ScheduleSettings, scheduleOf } from './plan.ts';
import { TrainingRun } from './run.ts';
import { type TrainingStep, trainingStep } from './step.ts';
import { trainedNetwork } from './trained.ts';

/** What a run is started with; all of it is compared when a checkpoint is gone on from. */
export interface ClassifySettings {
  /** Value of the network that the classifier takes, N×D. */
  value: string;
  classes: number;
  batch: number;
  epochs: number;
  seed: number;
  /** Whether pictures are mirrored at random. */
  mirror: boolean;
  optimiser: OptimiserSettings;
  schedule: ScheduleSettings;
}

export interface ClassifyInput {
  /** ONNX file of the network in its inference form. */
  network: string;
  /** .npy file of prepared pictures, and one class per picture. */
  pictures: string;
  labels: Int32Array;
  settings: ClassifySettings;
  /** Where the trained network is written. */
  output: string;
  /** Written after every epoch, and gone on from where it is there. */
  checkpoint: string;
  device: DeviceChoice;
}

/** What is handed over at every step. */
export interface ClassifyPart {
  /** Steps and epochs from 0 on. */
  step: number;
  epoch: number;
  loss: number;
  rate: number;
  imagesPerSecond: number;
}

export interface ClassifyOutput {
  placement: Placement;
  steps: number;
  /** The step that was gone on from; 0 for a run from the beginning. */
  resumed: number;
}

/** Trains a network as a classifier of identities with a linear softmax head, which is left out of what is written. */
const classify: Task<ClassifyInput, ClassifyOutput> = async (input, context) => {
  const { settings, labels } = input;
  const schedule = scheduleOf(settings.schedule, settings.epochs);
  const pictures = new PackedPictures(input.pictures);
  try {
    if (labels.length !== pictures.count) {
      throw new Fault(`There are ${pictures.count} pictures and ${labels.length} labels.`);
    }
    const wrong = labels.find((label) => label < 0 || label >= settings.classes);
    if (wrong !== undefined) {
      throw new Fault(`The class '${wrong}' is not allowed; allowed: 0 to ${settings.classes - 1}.`);
    }
    const sampler = new EpochSampler(pictures.count, settings);
    const network = Model.read(input.network);
    const step = stepOf(network, settings);
    const run = await TrainingRun.open(context.engine, step, { device: input.device });
    const kept = JSON.stringify(settings);
    if (existsSync(input.checkpoint)) await run.restore(readCheckpoint(input.checkpoint, kept));
    const resumed = run.steps;
    const total = settings.epochs * sampler.stepsPerEpoch;
    const [image] = step.feeds;
    while (run.steps < total) {
      throwIfCancelled(context.signal);
      const begun = performance.now();
      const epoch = Math.floor(run.steps / sampler.stepsPerEpoch);
      const sampled = sampler.at(epoch, run.steps % sampler.stepsPerEpoch);
      const rate = schedule(run.steps / sampler.stepsPerEpoch);
      const own = BigInt64Array.from(sampled.rows, (row) => BigInt(labels[row]));
      const dims = [settings.batch, 3, pictures.size, pictures.size];
      const { loss } = await run.step(
        {
          [image]: { type: 'float32', data: pictures.read(sampled), dims },
          labels: { type: 'int64', data: own, dims: [settings.batch] },
        },
        rate,
      );
      const imagesPerSecond = (1000 * settings.batch) / (performance.now() - begun);
      const part: ClassifyPart = { step: run.steps - 1, epoch, loss, rate, imagesPerSecond };
      await context.part(part);
      context.progress({
        ...{ stage: 'Training', done: run.steps, total, unit: 'steps' },
        device: run.placement.name,
        note: `loss ${loss.toFixed(4)}, ${imagesPerSecond.toFixed(1)} images/s`,
      });
      if (run.steps % sampler.stepsPerEpoch === 0) writeCheckpoint(input.checkpoint, await run.state(), kept);
    }
    trainedNetwork(network, await run.state()).write(input.output);
    return { placement: run.placement, steps: run.steps, resumed };
  } finally {
    pictures.close();
  }
};
export default classify;

/** The classifier's weights are drawn from the seed, N(0, 0.01²). */
function stepOf(network: Model, { value, classes, batch, seed, optimiser }: ClassifySettings): TrainingStep {
  const random = new Random(seed, classes);
  return trainingStep({
    ...{ network, batch, optimiser: optimiserOf(optimiser) },
    loss: ({ a, b, value: named }) => {
      const features = named(value);
      const width = a.size(features, 1);
      const data = Float32Array.from({ length: classes * width }, () => 0.01 * random.normal());
      const weight = b.constant('classifier.weight', data, [classes, width]);
      const logits = b.op('Gemm', [features, weight], { transB: 1 });
      return { loss: crossEntropy(a, logits, b.input('labels', [batch], 'int64')) };
    },
  });
}
