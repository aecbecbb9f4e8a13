import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type HeadManifest, parseHeadManifest } from '../attributes/heads/files.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import { type ModelPlan, type PlanOptions, planModel, stageModel } from '../models/add.ts';
import type { BatchCheckInput, BatchCheckOutput } from '../models/batch-task.ts';
import { type Manifest, parseManifest, type Tap, type Task, writeManifest } from '../models/manifest.ts';
import { readNetwork } from '../models/network-file.ts';
import { BATCH_TOLERANCE } from '../models/prepare.ts';
import { suggestTaps, type TapCandidate, tapCandidates } from '../models/suggest.ts';
import type { ModelRecord, ProjectStore } from '../project/store.ts';
import { refuseHeads } from './heads/stored.ts';
import { tryModel } from './models/trial.ts';

const CHECK = new URL('../models/batch-task.ts', import.meta.url);
/** Faces that are run together when a rewritten batch is checked. */
const CHECKED_ITEMS = 3;

/** What `visage models add --json` prints. */
export interface AddModelResult {
  model: string;
  task: Task;
  hash: string;
  files: string[];
  /** A manifest that comes with the program fits the files. */
  recognised: boolean;
  /** Every file has the checksum that its manifest names. */
  verified: boolean;
  trained: boolean;
  batch: number | 'free';
  batchReason: string;
  taps: string[];
  remarks: string[];
  /** The manifest to look at and edit. */
  manifest: string;
}

/** Copies a model into the project; with an engine, it is run on one picture and a rewritten batch compared with single runs first. */
export async function addModel(
  project: ProjectStore,
  engine: EngineClient | undefined,
  input: { files: readonly string[] } & PlanOptions,
  options: WorkOptions = {},
): Promise<AddModelResult> {
  const plan = planModel(input.files, input);
  const known = project.models().find(({ name }) => name === plan.manifest.name);
  if (known?.hash === plan.hash && input.manifest === undefined) {
    // What its user corrected in the manifest stays when the same files come again.
    plan.manifest = { ...manifestOf(known), hash: plan.hash };
    plan.remarks = plan.remarks.filter((remark) => !remark.startsWith('No manifest knows'));
  }
  return storeModel(project, engine, plan, options);
}

/** Stores a planned model (see `addModel`); architectures that are built here come this way too. */
export async function storeModel(
  project: ProjectStore,
  engine: EngineClient | undefined,
  plan: ModelPlan,
  options: WorkOptions = {},
): Promise<AddModelResult> {
  const { manifest } = plan;
  const known = project.models().find(({ name }) => name === manifest.name);
  if (known !== undefined && known.hash !== plan.hash) {
    throw new Fault(
      `The project has another model named '${manifest.name}' (${known.hash.slice(0, 12)}, not ${plan.hash.slice(0, 12)}). Give this one a name with --name.`,
    );
  }
  const folder = join(project.path, 'models', manifest.name);
  const staged = stageModel(plan, folder);
  let outcome: { batch: number | 'free'; reason: string };
  try {
    await tryModel(plan, staged.folder, engine, options);
    outcome = await checkBatch(plan, staged.folder, engine, options);
    staged.commit();
  } finally {
    staged.discard();
  }
  const { batch, reason } = outcome;
  project.addModel({ name: manifest.name, hash: plan.hash, manifest, folder });
  return {
    model: manifest.name,
    task: manifest.task,
    hash: plan.hash,
    files: manifest.files.map(({ path }) => path),
    recognised: plan.recognised,
    verified: plan.verified,
    trained: manifest.trained,
    batch,
    batchReason: reason,
    taps: manifest.taps.map(({ name }) => name),
    remarks: plan.remarks,
    manifest: join(folder, 'manifest.json'),
  };
}

/**
 * Compares a rewritten batch with single runs, where the plan rewrote it and there is an engine, and keeps what came out
 * in the manifest, by which `prepareStored` decides.
 * @param folder where the plan was placed
 */
export async function checkBatch(
  plan: ModelPlan,
  folder: string,
  engine: EngineClient | undefined,
  options: WorkOptions,
): Promise<{ batch: number | 'free'; reason: string }> {
  const { manifest } = plan;
  const { value: batch, reason } = plan.batch;
  if (!plan.batch.rewritten || engine === undefined) return { batch, reason };
  options.onProgress?.({ stage: 'Checking the batch', done: 0, total: CHECKED_ITEMS, unit: 'faces' });
  const deviation = await engine.run<BatchCheckInput, BatchCheckOutput>(
    CHECK,
    {
      paths: manifest.files.map(({ path }) => join(folder, path)),
      input: manifest.input,
      range: pixelRange(manifest),
      items: CHECKED_ITEMS,
    },
    options,
  );
  manifest.batchCheck = { items: CHECKED_ITEMS, deviation };
  writeManifest(join(folder, 'manifest.json'), manifest);
  if (deviation === null || deviation > BATCH_TOLERANCE) {
    const found =
      deviation === null ? 'gave outputs of another size' : `deviated by ${deviation.toPrecision(2)}`;
    return {
      batch: 1,
      reason: `The batch stays fixed: a run over ${CHECKED_ITEMS} faces ${found} from single runs.`,
    };
  }
  const agreed = `A run over ${CHECKED_ITEMS} faces agreed with single runs to ${deviation.toPrecision(2)}.`;
  return { batch, reason: `${reason} ${agreed}` };
}

/** What black and white become in the network's input, over all channels. */
function pixelRange({ preparation: { mean, std } }: Manifest): [black: number, white: number] {
  const ends = std.flatMap((divisor, i) => [-mean[i] / divisor, (255 - mean[i]) / divisor]);
  return [Math.min(...ends), Math.max(...ends)];
}

/** @throws Fault for heads, which have no network */
function manifestOf(record: ModelRecord): Manifest {
  refuseHeads(record);
  return parseManifest(record.manifest, join(record.folder, 'manifest.json'));
}

/** One line of `visage models list`. */
export interface ListedModel {
  name: string;
  task: Task | 'head';
  hash: string;
  files: string[];
  trained: boolean;
  licence: string;
  description: string;
  taps: Pick<Tap, 'name' | 'kind' | 'values' | 'pool' | 'normalise'>[];
  guesses: string[];
}

function listedHeads(record: ModelRecord, { heads, features }: HeadManifest): ListedModel {
  const { name, hash, folder } = record;
  return {
    name,
    task: 'head',
    hash,
    files: readdirSync(folder).filter((file) => file.endsWith('.npy')),
    trained: true,
    licence: 'trained in this project',
    description: `Heads for ${heads.map(({ attribute }) => attribute).join(', ')} on ${features.map((set) => `'${set.name}'`).join(' and ')}.`,
    taps: [],
    guesses: [],
  };
}

export function listModels(project: ProjectStore): ListedModel[] {
  return project.models().map((record) => {
    const heads = parseHeadManifest(record.manifest, record.name);
    if (heads) return listedHeads(record, heads);
    const manifest = manifestOf(record);
    return {
      name: record.name,
      task: manifest.task,
      hash: record.hash,
      files: manifest.files.map(({ path }) => path),
      trained: manifest.trained,
      licence: manifest.licence,
      description: manifest.description,
      taps: manifest.taps.map(({ name, kind, values, pool, normalise }) => ({
        name,
        kind,
        values,
        pool,
        normalise,
      })),
      guesses: manifest.guesses,
    };
  });
}

/** What can be tapped in a model, what its manifest taps, and what would be worth tapping. */
export interface ModelTaps {
  model: string;
  taps: Tap[];
  suggested: Tap[];
  values: TapCandidate[];
}

/** @param op only values of this operator */
export function modelTaps(project: ProjectStore, name: string, op?: string): ModelTaps {
  const record = project.model(name);
  const manifest = manifestOf(record);
  const model = readNetwork(join(record.folder, manifest.files[0].path));
  const all = tapCandidates(model);
  const values = op === undefined ? all : all.filter((each) => each.op.toLowerCase() === op.toLowerCase());
  if (values.length === 0) {
    const ops = [...new Set(all.map((each) => each.op))].sort();
    throw new Fault(
      `'${name}' has no value of the operator '${op ?? ''}' to tap; it has: ${ops.join(', ')}.`,
    );
  }
  return { model: name, taps: manifest.taps, suggested: suggestTaps(model, manifest.task), values };
}
