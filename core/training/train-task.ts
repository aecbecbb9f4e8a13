import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceChoice, Placement, Task, TaskContext, Tensor } from '../engine/types.ts';
import { Cancelled, Fault } from '../foundation/fault.ts';
import { readNpy, writeNpy } from '../foundation/npy.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { Model } from '../graph/model.ts';
import { ROUTING_TEMPERATURE } from '../models/architectures/dynamic-convolution.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { Curve, type CurvePoint, readCurve } from './curve.ts';
import { EpochSampler } from './data/sampler.ts';
import { HEAD, identityStep } from './identity-step.ts';
import { PackedPictures } from './packed.ts';
import { scheduleOf } from './plan.ts';
import { pseudoLabels } from './pseudo-labels.ts';
import { TrainingRun, type TrainingState } from './run.ts';
import { temperatureAt } from './schedules/annealing.ts';
import type { TrainSettings } from './settings.ts';
import { trainedNetwork } from './trained.ts';
import { type ValidationPairs, verificationAccuracy } from './validation.ts';

export interface TrainTaskInput {
  /** ONNX file of the network in its inference form, with its first weights. */
  network: string;
  /** .npy file of prepared pictures (see data/pack-task.ts). */
  pictures: string;
  /** Positions in it of the pictures that are trained on, and the class of each. */
  rows: Int32Array;
  labels: Int32Array;
  classes: number;
  settings: TrainSettings;
  /** .npy file of the identities' rows that an earlier run learnt. */
  classifier?: string;
  /** What else a checkpoint must agree with, beside the settings: hashes of the data and of the network. */
  identity: string;
  /** The run's folder: checkpoint, curve and trained network lie in it. */
  folder: string;
  device: DeviceChoice;
  /** Pairs of pictures of people who are held out, to judge the network by after every epoch. */
  validation?: ValidationPairs;
}

/** What is handed over about twice a second. */
export interface TrainPart {
  points: CurvePoint[];
}

export interface TrainTaskOutput {
  placement: Placement;
  /** Changes of the weights in all, and the one that was gone on from (0: from the beginning). */
  steps: number;
  resumed: number;
  /** Means over the last epoch. */
  loss: number;
  accuracy: number;
  /** Of this start. */
  imagesPerSecond: number;
  seconds: number;
  /** Verification accuracy after the last epoch, where people are held out. */
  validation?: number;
}

/** Names of a run's files. */
export const RUN_FILES = {
  checkpoint: 'checkpoint',
  curve: 'curve.jsonl',
  network: 'network.onnx',
  classifier: 'classifier.npy',
} as const;

const STAGE = 'Training';
const PART_MILLISECONDS = 500;
/** A checkpoint is written after every epoch, and within long ones this often. */
const KEEP_MILLISECONDS = 10 * 60_000;

/**
 * Trains a network to tell identities apart. Killed, cancelled or crashed, it goes on from its last checkpoint with the
 * same losses as without the stop. It ends at the first loss or weight that is no finite number; the checkpoint before
 * stays.
 */
const train: Task<TrainTaskInput, TrainTaskOutput> = async (input, context) => {
  const pictures = new PackedPictures(input.pictures);
  let run: TrainingRun | undefined;
  try {
    const { settings, classes } = input;
    const network = Model.read(input.network);
    const classifier = input.classifier && (readNpy(input.classifier).data as Float32Array);
    const { batch, accumulate } = settings;
    const sampler = new EpochSampler(input.rows.length, { ...settings, batch: batch * accumulate });
    const { stepsPerEpoch } = sampler;
    const { device, engine } = await context.engine.place(input.device);
    const step = identityStep(network, classes, settings, {
      classifier: classifier || undefined,
      stepsPerEpoch,
      // On TensorFlow.js every group would be a convolution of its own; on a GPU neither form was measured yet.
      samples: engine === 'ort' && device === 'cpu' ? 'groups' : 'products',
    });
    run = await TrainingRun.open(context.engine, step, { device: input.device });
    return await trained(run, network, pictures, sampler, input, context);
  } finally {
    await run?.dispose();
    pictures.close();
  }
};
export default train;

async function trained(
  run: TrainingRun,
  network: Model,
  pictures: PackedPictures,
  sampler: EpochSampler,
  input: TrainTaskInput,
  context: TaskContext,
): Promise<TrainTaskOutput> {
  const { signal, progress, part } = context;
  const { settings, rows, labels, folder } = input;
  const { batch, accumulate, epochs } = settings;
  const schedule = scheduleOf(settings.schedule, epochs);
  const perEpoch = sampler.stepsPerEpoch;
  const total = epochs * perEpoch;
  const [image] = network.graph.fedInputs();
  const file = join(folder, RUN_FILES.checkpoint);
  const identity = JSON.stringify({ ...settings, identity: input.identity });
  if (existsSync(file)) await run.restore(readCheckpoint(file, identity));
  const resumed = run.steps / accumulate;
  const curve = new Curve(join(folder, RUN_FILES.curve), resumed);

  let pending: CurvePoint[] = [];
  /** Of this epoch, in this start. */
  const seen: CurvePoint[] = [];
  const flush = async (): Promise<void> => {
    const points = pending;
    pending = [];
    curve.append(points);
    if (points.length > 0) await part({ points } satisfies TrainPart);
  };
  const clusters = settings.clustering?.labels === 'kmeans' ? settings.clustering.prototypes : 0;
  let assigned: Int32Array | undefined;
  let kept = resumed;
  const keep = async (): Promise<void> => {
    if (run.steps / accumulate === kept) return;
    const state = await run.state();
    checkFinite(state, accumulate);
    writeCheckpoint(file, state, identity);
    kept = run.steps / accumulate;
  };

  const validated = async (temperature: number | undefined): Promise<number | undefined> => {
    if (input.validation === undefined) return undefined;
    const current = trainedNetwork(network, await run.state(), temperature);
    return verificationAccuracy(
      current,
      settings.value,
      input.validation,
      { pictures, device: input.device },
      context,
    );
  };
  const temperatureOf = (step: number): number | undefined =>
    settings.annealing && temperatureAt(settings.annealing, step / perEpoch);
  // An epoch that was stopped while the network was judged was trained whole.
  const last = readCurve(join(folder, RUN_FILES.curve)).at(-1);
  if (last?.step === resumed && resumed % perEpoch === 0 && last.validation === undefined) {
    const validation = await validated(temperatureOf(resumed - 1));
    if (validation !== undefined) {
      curve.amend({ ...last, validation });
      await part({ points: [{ ...last, validation }] } satisfies TrainPart);
    }
  }

  const begun = performance.now();
  /** Seconds in steps. */
  let stepped = 0;
  let shown = begun;
  let saved = begun;
  progress({ stage: STAGE, done: resumed, total, unit: 'steps', device: run.placement.name });
  try {
    for (let at = resumed; at < total; at++) {
      throwIfCancelled(signal);
      const epoch = Math.floor(at / perEpoch);
      const temperature = temperatureOf(at);
      if (clusters > 0 && (assigned === undefined || at % perEpoch === 0)) {
        const given = {
          network,
          pictures,
          rows,
          clusters,
          folder,
          device: input.device,
          seed: settings.seed,
          temperature,
        };
        assigned = await pseudoLabels(run, epoch, at % perEpoch > 0, given, context);
      }
      const started = performance.now();
      const sampled = sampler.at(epoch, at % perEpoch);
      const rate = schedule(at / perEpoch);
      const point: CurvePoint = {
        step: at + 1,
        epoch: (at + 1) / perEpoch,
        loss: 0,
        accuracy: 0,
        rate,
        ...(temperature !== undefined && { temperature }),
        imagesPerSecond: 0,
      };
      for (let from = 0; from < sampled.rows.length; from += batch) {
        const own = sampled.rows.subarray(from, from + batch);
        const pixels = pictures.read({
          rows: own.map((row) => rows[row]),
          mirrored: sampled.mirrored.subarray(from, from + batch),
        });
        const reports = await run.step(
          {
            [image.name]: { type: 'float32', data: pixels, dims: [batch, 3, pictures.size, pictures.size] },
            labels: integersOf(own, labels),
            ...(temperature !== undefined && { [ROUTING_TEMPERATURE]: scalar(temperature) }),
            ...(assigned && { assigned: integersOf(own, assigned) }),
          },
          rate,
        );
        point.loss += reports.loss / accumulate;
        point.accuracy += reports.accuracy / accumulate;
        if (reports.clustering !== undefined) {
          point.clustering = (point.clustering ?? 0) + reports.clustering / accumulate;
        }
      }
      const now = performance.now();
      point.imagesPerSecond = (1000 * sampled.rows.length) / (now - started);
      stepped += (now - started) / 1000;
      pending.push(point);
      seen.push(point);
      const ended = (at + 1) % perEpoch === 0;
      if (ended) {
        const validation = await validated(temperature);
        if (validation !== undefined) point.validation = validation;
      }
      const note = ended ? { note: epochLine(epoch + 1, epochs, seen.splice(0)) } : {};
      progress({ stage: STAGE, done: at + 1, total, unit: 'steps', device: run.placement.name, ...note });
      if (ended || now - shown > PART_MILLISECONDS) {
        shown = now;
        await flush();
      }
      if (ended || now - saved > KEEP_MILLISECONDS) {
        saved = now;
        await flush();
        await keep();
      }
    }
  } catch (thrown) {
    // Steps that were made are shown, and those before a stop that the user asked for are kept.
    curve.append(pending);
    if (thrown instanceof Cancelled && run.steps % accumulate === 0) await keep();
    throw thrown;
  }
  const state = await run.state();
  checkFinite(state, accumulate);
  const head = state.values[HEAD];
  writeNpy(join(folder, RUN_FILES.classifier), head, [input.classes, head.length / input.classes]);
  trainedNetwork(network, state).write(join(folder, RUN_FILES.network));
  const seconds = (performance.now() - begun) / 1000;
  const images = (total - resumed) * batch * accumulate;
  const points = readCurve(join(folder, RUN_FILES.curve)).slice(-perEpoch);
  const validation = points.at(-1)?.validation;
  return {
    ...{ placement: run.placement, steps: total, resumed, seconds },
    // Of the steps alone, as the curve has it: validation and k-means are no training.
    imagesPerSecond: images === 0 ? 0 : images / stepped,
    ...meanOf(points),
    ...(validation !== undefined && { validation }),
  };
}

const scalar = (value: number): Tensor => ({ type: 'float32', dims: [], data: Float32Array.of(value) });

/** Values of some rows, as a step is fed them. */
const integersOf = (rows: Int32Array, values: Int32Array): Tensor => ({
  ...{ type: 'int64', dims: [rows.length] },
  data: BigInt64Array.from(rows, (row) => BigInt(values[row])),
});

function meanOf(points: readonly CurvePoint[]): { loss: number; accuracy: number } {
  const mean = (of: (point: CurvePoint) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return { loss: mean(({ loss }) => loss), accuracy: mean(({ accuracy }) => accuracy) };
}

/** One line per epoch, for the log. */
function epochLine(epoch: number, epochs: number, points: readonly CurvePoint[]): string {
  const { loss, accuracy } = meanOf(points);
  const { rate, validation } = points[points.length - 1];
  const judged =
    validation === undefined ? '' : ` Held-out people: ${(100 * validation).toFixed(2)} % of pairs right.`;
  return `Epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(1)} %, rate ${rate.toPrecision(3)}.${judged}`;
}

/** A state that is no finite number would take the place of one that is. */
function checkFinite({ steps, values }: TrainingState, accumulate: number): void {
  const wrong = Object.keys(values).find((name) => !values[name].every(Number.isFinite));
  if (wrong === undefined) return;
  throw new Fault(
    `'${wrong}' holds values that are no finite numbers after step ${steps / accumulate}: training diverged. A smaller learning rate, or a warm-up, helps. The checkpoint before is still there.`,
  );
}
