import { existsSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Preparation } from '../../engine/preparation.ts';
import { runResuming } from '../../engine/resume.ts';
import type { DeviceChoice, EngineClient } from '../../engine/types.ts';
import { Cancelled, DiskFault, diskFault, Fault, sentenceOf } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { inFolder, makeFolders, writeWhole } from '../../foundation/whole.ts';
import type { ModelPlan } from '../../models/add.ts';
import { costOf } from '../../models/cost.ts';
import { fileHash, textHash } from '../../models/hash.ts';
import { type Manifest, writeManifest } from '../../models/manifest.ts';
import { type CurvePoint, readCurve } from '../../training/curve.ts';
import { type Candidates, counted, listHash } from '../../training/data/candidates.ts';
import type { Classes } from '../../training/data/classes.ts';
import {
  RUN_FILES,
  type TrainPart,
  type TrainTaskInput,
  type TrainTaskOutput,
} from '../../training/train-task.ts';
import { versions } from '../versions.ts';
import { dropPictures, preparePictures } from './prepared.ts';
import type { Recipe } from './recipe.ts';
import { checkTrainable, divided } from './refusals.ts';
import {
  checkSame,
  RUN_MANIFEST,
  type RunManifest,
  readRun,
  type TrainResult,
  writeRun,
} from './run-manifest.ts';
import { keepSamples } from './samples.ts';

const TASK = new URL('../../training/train-task.ts', import.meta.url);
const INITIAL = 'initial.onnx';

/** Told of the curve as it grows; steps that a crash undid are told again. */
export type OnCurve = (points: readonly CurvePoint[]) => void;

/** A run before it begins. */
export interface PlannedRun {
  name: string;
  folder: string;
  recipe: Recipe;
  found: Candidates;
  preparation: Preparation;
  /** Project or folder that the faces come from, as its user named it. */
  from: string;
  /** What its user said, as it is kept (run-manifest.ts). */
  input: Record<string, unknown>;
  /** The network with its first weights. */
  plan: ModelPlan;
  /** File of the network whose weights it starts from. */
  start: string | undefined;
  device: DeviceChoice;
}

type Options = WorkOptions & { onCurve?: OnCurve };

/** Makes a run, goes on with it where it stopped, or gives the result of one that is done. */
export async function trainRun(
  engine: EngineClient,
  planned: PlannedRun,
  options: Options,
): Promise<TrainResult> {
  const { folder, recipe, plan, found } = planned;
  const list = listHash(found.faces);
  const known = readRun(folder);
  if (known !== undefined) checkSame(known, recipe, list, plan.hash, folder);
  if (known?.state === 'done' && known.result !== null) return known.result;
  await checkTrainable(engine, recipe, found, planned.device);
  const run = known ?? newRun(planned, list);
  const fresh = !existsSync(folder);
  return inFolder(dirname(folder), () => begun(engine, planned, run, fresh, options));
}

/** @param fresh whether nothing lies at the run's folder yet: then nothing does when it is refused */
async function begun(
  engine: EngineClient,
  planned: PlannedRun,
  run: RunManifest,
  fresh: boolean,
  options: Options,
): Promise<TrainResult> {
  const { folder, plan } = planned;
  try {
    makeFolders(folder);
    Object.assign(run, { state: 'running', problem: null, ended: null, versions: versions() });
    run.input = planned.input;
    run.starts++;
    writeRun(folder, run);
    writeWhole(join(folder, INITIAL), plan.files[0].bytes as Uint8Array);
    return await made(engine, planned, run, options);
  } catch (thrown) {
    const told = inWords(thrown);
    if (fresh && told instanceof Fault && readCurve(join(folder, RUN_FILES.curve)).length === 0) {
      // Not one step was made: there is nothing to go on with, and its user was told why.
      rmSync(folder, { recursive: true, force: true });
      throw told;
    }
    const cancelled = told instanceof Cancelled;
    Object.assign(run, { state: cancelled ? 'stopped' : 'failed', ended: Date.now() });
    run.problem = cancelled ? null : sentenceOf(told);
    try {
      writeRun(folder, run);
    } catch {
      // What went wrong first is what its user has to know.
    }
    throw told;
  }
}

function newRun({ name, recipe, found, from, input, plan }: PlannedRun, list: string): RunManifest {
  return {
    ...{ format: 'visage-run-1', name, state: 'running', problem: null },
    recipe: JSON.parse(JSON.stringify(recipe)) as Record<string, unknown>,
    input,
    data: {
      from,
      hash: list,
      pictures: null,
      faces: found.faces.length,
      used: null,
      classes: null,
      validation: null,
      remarks: [],
    },
    network: { parameters: costOf(plan.files[0].model).parameters, initial: plan.hash, trained: null },
    ...{ versions: versions(), device: null, reason: null, started: Date.now(), ended: null, starts: 0 },
    result: null,
  };
}

async function made(
  engine: EngineClient,
  planned: PlannedRun,
  run: RunManifest,
  options: Options,
): Promise<TrainResult> {
  const { folder, recipe, found, preparation } = planned;
  const { faces } = found;
  const prepared = await preparePictures(engine, folder, run.data.hash, faces, preparation, options);
  const readable = new Uint8Array(faces.length).fill(1);
  for (const { face } of prepared.rejects) readable[face] = 0;
  const { classes, validation } = divided(found, readable, recipe);
  const rejects = prepared.rejects.map(({ face, sentence }) => ({
    path: faces[face].name,
    reason: sentence,
  }));
  const remarks = [...found.remarks, ...classes.remarks];
  if (rejects.length > 0) {
    const [{ path, reason }] = rejects;
    remarks.push(
      `${counted(rejects.length, 'picture')} could not be prepared; the first: ${path}: ${reason}`,
    );
  }
  const held = validation?.record ?? null;
  if (held !== null) {
    remarks.push(
      `${counted(held.identities, 'identity', 'identities')} with ${counted(held.pictures, 'picture')} held out, to be judged by in ${counted(held.pairs, 'pair')}.`,
    );
    if (planned.start !== undefined && readRun(dirname(planned.start))?.data.validation?.hash !== held.hash) {
      remarks.push(
        'The network that training starts from may have been trained on people who are held out here.',
      );
    }
  }
  const classifier = learntClassifier(planned, run.data.hash, prepared.hash, classes, held?.hash);
  if (planned.start !== undefined) {
    remarks.push(
      classifier === undefined
        ? 'The identities are learnt anew: the network that training starts from was trained on others.'
        : 'The identities go on with what was learnt of them beside the network that training starts from.',
    );
  }
  const used = { pictures: prepared.hash, used: classes.rows.length, classes: classes.names.length };
  Object.assign(run.data, { ...used, validation: held, remarks });
  writeRun(folder, run);

  const rows = packedRows(classes.rows, readable);
  const names = Array.from(classes.rows, (row) => faces[row]);
  await keepSamples(engine, folder, { ...prepared, rows, faces: names, settings: recipe.train }, options);

  let restarts = 0;
  const task: TrainTaskInput = {
    network: join(folder, INITIAL),
    pictures: prepared.path,
    rows,
    labels: classes.labels,
    classes: classes.names.length,
    settings: recipe.train,
    classifier,
    identity: textHash(
      JSON.stringify([
        prepared.hash,
        [...classes.labels],
        run.network.initial,
        ...(classifier === undefined ? [] : [fileHash(classifier)]),
        ...(held === null ? [] : [held.hash]),
      ]),
    ),
    ...{ folder, device: planned.device },
    ...(validation && {
      validation: { ...validation.pairs, rows: packedRows(validation.rows, readable) },
    }),
  };
  const output = (await runResuming<TrainTaskInput, TrainTaskOutput, TrainPart>(engine, TASK, () => task, {
    ...{ stage: 'Training', signal: options.signal, onProgress: options.onProgress },
    onPart: ({ points }) => options.onCurve?.(points),
    onRestart: () => restarts++,
  })) as TrainTaskOutput;

  const file = join(folder, RUN_FILES.network);
  const manifest = join(folder, RUN_MANIFEST);
  const hash = fileHash(file);
  writeManifest(manifest, trainedManifest(planned, run, classes, hash, statSync(file).size));
  const { placement, validation: judged = null, ...figures } = output;
  const result: TrainResult = {
    ...{ run: folder, name: run.name, network: recipe.network.name, parameters: run.network.parameters },
    ...{ faces: faces.length, pictures: classes.rows.length, classes: classes.names.length },
    ...{ rejected: rejects.length, rejects, epochs: recipe.train.epochs, ...figures },
    validation: judged,
    ...{
      device: placement.name,
      reason: placement.reason,
      file,
      manifest,
      hash,
      model: null,
      remarks,
      restarts,
    },
  };
  run.network.trained = hash;
  Object.assign(run, {
    state: 'done',
    device: placement.name,
    reason: placement.reason,
    ended: Date.now(),
    result,
  });
  writeRun(folder, run);
  dropPictures(folder);
  rmSync(join(folder, RUN_FILES.checkpoint), { force: true });
  return result;
}

/** What the run that made the starting network learnt of the same identities: the same pictures, least number and people held out. */
function learntClassifier(
  { start, recipe }: PlannedRun,
  list: string,
  pictures: string,
  classes: Classes,
  held: string | undefined,
): string | undefined {
  if (start === undefined) return undefined;
  const path = join(dirname(start), RUN_FILES.classifier);
  const known = readRun(dirname(start));
  const same =
    // Who is which class, and what the network sees of them.
    known?.data.hash === list &&
    known.data.pictures === pictures &&
    known.data.classes === classes.names.length &&
    known.data.validation?.hash === held &&
    known.recipe.least === recipe.least;
  return same && existsSync(path) ? path : undefined;
}

/** Positions in the packed file, in which faces that could not be prepared are missing. */
function packedRows(rows: Int32Array, readable: Uint8Array): Int32Array {
  const place = new Int32Array(readable.length);
  for (let i = 1; i < place.length; i++) place[i] = place[i - 1] + readable[i - 1];
  return rows.map((row) => place[row]);
}

/** What `visage models add` is told of the trained network. */
function trainedManifest(
  { recipe, preparation, plan }: PlannedRun,
  run: RunManifest,
  classes: Classes,
  hash: string,
  bytes: number,
): Manifest {
  const { network, train } = recipe;
  const pictures = counted(classes.rows.length, 'picture');
  const people = counted(classes.names.length, 'identity', 'identities');
  return {
    ...plan.manifest,
    description: `${network.name} of width ${network.width}, trained by Visage on ${pictures} of ${people}: ${train.loss.kind}, ${counted(train.epochs, 'epoch')}, seed ${train.seed}`,
    files: [{ path: RUN_FILES.network, sha256: hash, bytes }],
    source: 'trained by Visage',
    preparation: {
      ...plan.manifest.preparation,
      crop:
        preparation.crop.kind === 'whole'
          ? { kind: 'whole', fit: 'stretch' }
          : { kind: 'aligned', template: 'arcface' },
    },
    outputs: plan.manifest.outputs.map((output) =>
      output.name === 'embedding' ? { ...output, meaning: 'embedding' } : output,
    ),
    trained: true,
    notes: [
      `Run '${run.name}': list of faces ${run.data.hash}, first weights ${run.network.initial}, Visage ${run.versions.visage}.`,
    ],
    hash,
  };
}

/** What the disk refused, here or in the engine process, with what becomes of the run. */
function inWords(thrown: unknown): unknown {
  const told = diskFault(thrown) ?? thrown;
  if (!(told instanceof DiskFault) || !['ENOSPC', 'EDQUOT'].includes(told.code)) return told;
  return new DiskFault(
    `${told.message} Then start the run again: it goes on from its last checkpoint, or from the beginning where it has none.`,
    told.code,
  );
}
