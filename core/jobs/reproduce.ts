import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { type Progress, throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import { inFolder, makeFolders, writeWhole } from '../foundation/whole.ts';
import { bytesHash, textHash } from '../models/hash.ts';
import { Project } from '../project/project.ts';
import type { ProjectStore } from '../project/store.ts';
import { importSource } from './import.ts';
import { type Judged, judge } from './reproduce/judge.ts';
import { DATA, ROW_NAMES, ROWS, type Row } from './reproduce/plan.ts';
import { reportOf } from './reproduce/report.ts';
import {
  type OrderingResult,
  orderingsOf,
  type TableRow,
  type Trained,
  tableOf,
  type VerificationRow,
  verificationOf,
} from './reproduce/summary.ts';
import { synth } from './synth.ts';
import { type Preset, presetOf, presetRecipe, type ScaleName } from './train/presets.ts';
import type { TrainResult } from './train/run-manifest.ts';
import { train } from './train.ts';

export interface ReproduceInput {
  /** Where everything lies: faces, runs, the project that is judged on, results. Started again, it goes on there. */
  folder: string;
  scale: ScaleName;
  seeds: readonly number[];
  /** Names of `ROWS`; all of them if left out. */
  rows?: readonly string[];
  /** Data set of identities to train on instead of synthetic faces. */
  from?: string;
  /** Projects of the user's own on which the same networks are judged too; they get the networks and clusterings. */
  projects?: readonly string[];
  device?: DeviceChoice;
}

/** What `visage reproduce --json` prints; figures are fractions. */
export interface ReproduceResult {
  folder: string;
  scale: ScaleName;
  seeds: number[];
  networks: (Omit<Trained, 'judged'> & { projects: Record<string, Judged> })[];
  /** On the project of synthetic faces. */
  table: TableRow[];
  verification: VerificationRow[];
  orderings: OrderingResult[];
  /** On the user's projects, by path. */
  others: Record<string, TableRow[]>;
  report: string;
  seconds: number;
}

const RESULT = 'table-5.1.json';
const REPORT = 'table-5.1.md';

/**
 * Trains the networks of Table 5.1 and judges them: clusters by purity and AMI, embeddings by verification of people that
 * were not trained on. Every network is trained in two stages, so that all have seen each picture equally often: first
 * without the clusters' loss, then from there with it (BL, DC and DGC go on without).
 */
export const reproduce = (
  engine: EngineClient,
  input: ReproduceInput,
  options: WorkOptions = {},
): Promise<ReproduceResult> =>
  inFolder(resolve(input.folder), () => reproduceInto(resolve(input.folder), engine, input, options));

async function reproduceInto(
  folder: string,
  engine: EngineClient,
  input: ReproduceInput,
  options: WorkOptions,
): Promise<ReproduceResult> {
  const begun = performance.now();
  const rows = rowsOf(input.rows);
  const { seeds, scale, device } = input;
  if (seeds.length === 0) throw new Fault('Say at least one seed.');
  const from = input.from ?? (await drawn(folder, scale, options));
  const own = await judgedProject(folder, scale, options);
  const others = (input.projects ?? []).map((path) => ({ path, project: Project.open(path) }));
  try {
    const labels = new Map(
      [own, ...others.map(({ project }) => project)].map((one) => [one, labelsHash(one)]),
    );
    const trained: { one: Omit<Trained, 'judged'>; projects: Record<string, Judged> }[] = [];
    let done = 0;
    for (const seed of seeds) {
      for (const row of rows) {
        throwIfCancelled(options.signal);
        done++;
        const told = staged(`${row.name}, seed ${seed} (${done} of ${rows.length * seeds.length})`, options);
        const run = await trainedRow(engine, row, { folder, scale, from, seed, device }, told);
        const judgedOn = async (project: Project, pairs: string | undefined): Promise<Judged> =>
          kept(judgement(folder, run.name, project.path), `${run.hash} ${labels.get(project)}`, () =>
            judge(
              project,
              engine,
              {
                ...{ row, run, seed, pairs, device },
                sources: project.sources().map(({ name }) => name),
              },
              told,
            ),
          );
        const projects: Record<string, Judged> = {};
        projects[own.path] = await judgedOn(own, Object.keys(DATA[scale].judged)[0]);
        for (const { path, project } of others) projects[path] = await judgedOn(project, undefined);
        const { name, hash, loss, accuracy, imagesPerSecond, device: on } = run;
        trained.push({
          one: { row: row.name, seed, run: name, hash, loss, accuracy, imagesPerSecond, device: on },
          projects,
        });
      }
    }
    const on = (path: string): Trained[] =>
      trained.map(({ one, projects }) => ({ ...one, judged: projects[path] }));
    const result: ReproduceResult = {
      ...{ folder, scale, seeds: [...seeds] },
      networks: trained.map(({ one, projects }) => ({ ...one, projects })),
      table: tableOf(on(own.path)),
      verification: verificationOf(on(own.path)),
      orderings: orderingsOf(
        on(own.path),
        own.sources().map(({ name }) => name),
      ),
      others: Object.fromEntries(others.map(({ path }) => [path, tableOf(on(path))])),
      report: join(folder, REPORT),
      seconds: (performance.now() - begun) / 1000,
    };
    writeWhole(join(folder, RESULT), `${JSON.stringify(result, null, 2)}\n`);
    writeWhole(result.report, reportOf(result));
    return result;
  } finally {
    own.close();
    for (const { project } of others) project.close();
  }
}

function rowsOf(names: readonly string[] = ROW_NAMES): Row[] {
  return names.map((name) => {
    const row = ROWS.find((each) => each.name === name);
    if (row === undefined)
      throw new Fault(`'${name}' is no row of the table; allowed: ${ROW_NAMES.join(', ')}.`);
    return row;
  });
}

/** The synthetic faces that are trained on. */
async function drawn(folder: string, scale: ScaleName, options: WorkOptions): Promise<string> {
  const path = join(folder, 'faces', 'train');
  await synth({ folder: path, ...DATA[scale].train }, staged('Faces to train on', options));
  return path;
}

/** The project of synthetic faces that networks are judged on, with a source per set. */
async function judgedProject(folder: string, scale: ScaleName, options: WorkOptions): Promise<Project> {
  const path = join(folder, 'judged.visage');
  const there = existsSync(join(path, 'project.db'));
  const project = there ? Project.open(path) : Project.create(path, { name: 'Reproduction' });
  try {
    for (const [name, settings] of Object.entries(DATA[scale].judged)) {
      const source = join(folder, 'faces', name);
      const told = staged(`Faces to judge on: ${name}`, options);
      await synth({ folder: source, ...settings }, told);
      if (!project.sources().some((known) => known.name === name))
        await importSource(project, { source, name }, told);
    }
    return project;
  } catch (thrown) {
    project.close();
    throw thrown;
  }
}

interface Training {
  folder: string;
  scale: ScaleName;
  from: string;
  seed: number;
  device: DeviceChoice | undefined;
}

/** A row's network: its preset's, or for one that starts from nothing, the same gone on with. */
async function trainedRow(
  engine: EngineClient,
  row: Row,
  training: Training,
  options: WorkOptions,
): Promise<TrainResult> {
  const preset = presetOf(row.preset) as Preset;
  const base = presetOf(preset.start ?? preset.name) as Preset;
  const { file } = await trainedPreset(engine, base, `${slug(base.name)}-base`, training, undefined, options);
  return trainedPreset(engine, preset, slug(row.name), training, file, options);
}

function trainedPreset(
  engine: EngineClient,
  preset: Preset,
  name: string,
  { folder, scale, from, seed, device }: Training,
  start: string | undefined,
  options: WorkOptions,
): Promise<TrainResult> {
  return train(
    undefined,
    engine,
    {
      ...presetRecipe(preset, scale, start !== undefined),
      ...{ folder: from, runs: join(folder, 'runs'), name: `${name}-s${seed}`, seed, start, device },
    },
    options,
  );
}

/** 'AS1:P=30' → 'as1-p30' */
const slug = (name: string): string => name.toLowerCase().replaceAll(':', '-').replaceAll('=', '');

/** One file per network and project. */
const judgement = (folder: string, run: string, project: string): string =>
  join(folder, 'judged', `${run}-${textHash(resolve(project)).slice(0, 8)}.json`);

/** What was found before for the same network and faces, or what `work` finds, which is kept where nothing failed. */
async function kept(path: string, hash: string, work: () => Promise<Judged>): Promise<Judged> {
  if (existsSync(path)) {
    const known = JSON.parse(readFileSync(path, 'utf8')) as { hash: string; result: Judged };
    if (known.hash === hash) return known.result;
  }
  const result = await work();
  if (result.problems.length > 0) return result;
  makeFolders(dirname(path));
  writeWhole(path, JSON.stringify({ hash, result }));
  return result;
}

/** Changes with the faces of a project and with what is said of them: a judgement is of both. */
function labelsHash(project: ProjectStore): string {
  const { faces, values } = project.labelTable();
  const sources = project.sources().map(({ name }) => name);
  const hashes = [faces, ...values].map(({ buffer, byteOffset, byteLength }) =>
    bytesHash(new Uint8Array(buffer, byteOffset, byteLength)),
  );
  return textHash(JSON.stringify([sources, hashes]));
}

/** Tells progress with where in the whole it is. */
function staged(where: string, { onProgress, ...rest }: WorkOptions): WorkOptions {
  const told =
    onProgress && ((progress: Progress) => onProgress({ ...progress, stage: `${where}: ${progress.stage}` }));
  return { ...rest, ...(told && { onProgress: told }) };
}
