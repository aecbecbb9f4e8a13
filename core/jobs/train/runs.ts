import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { textHash } from '../../models/hash.ts';
import type { ProjectStore } from '../../project/store.ts';
import { type CurvePoint, readCurve } from '../../training/curve.ts';
import { RUN_FILES } from '../../training/train-task.ts';
import { type WholeCurve, wholeCurve } from './curve-columns.ts';
import { RUN_MANIFEST, type RunManifest, readRun } from './run-manifest.ts';
import { readSamples, type Sample } from './samples.ts';

/** A run of a project, as a list shows it. */
export interface RunSummary {
  name: string;
  /** Names the run in addresses of its pictures, as its name may hold any sign. */
  id: string;
  run: RunManifest;
  /** Epochs that were done, a fraction, and changes of the weights. */
  epoch: number;
  step: number;
  /** Means over the last epoch, or over the last steps of one that is not whole; null before the first step. */
  loss: number | null;
  accuracy: number | null;
  /** After the last whole epoch, on people who are held out. */
  validation: number | null;
  imagesPerSecond: number | null;
  /** Seconds of training. */
  seconds: number | null;
  /** Name of the trained network in the project. */
  model: string | null;
  /** The trained network and its manifest. */
  files: { network: string; manifest: string } | null;
}

export interface RunList {
  /** The latest first. */
  runs: RunSummary[];
  /** Folders that hold a damaged record, a sentence each. */
  problems: string[];
}

/** Steps that the figures of a run that is not done are means of, at most. */
const LAST_STEPS = 100;

const runsFolder = (project: ProjectStore): string => join(project.path, 'runs');
const runId = (name: string): string => textHash(name).slice(0, 16);
/** Pictures of one step. */
const stepImages = ({ recipe }: RunManifest): number => {
  const { batch = 1, accumulate = 1 } = recipe.train as { batch?: number; accumulate?: number };
  return batch * accumulate;
};

const namesOf = (project: ProjectStore): string[] => {
  const folder = runsFolder(project);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
};

export function listRuns(project: ProjectStore): RunList {
  const models = new Map(project.models().map(({ hash, name }) => [hash, name]));
  const list: RunList = { runs: [], problems: [] };
  for (const name of namesOf(project)) {
    try {
      const run = readRun(join(runsFolder(project), name));
      if (run !== undefined) list.runs.push(summaryOf(project, name, run, models));
    } catch (thrown) {
      list.problems.push(sentenceOf(thrown));
    }
  }
  list.runs.sort((a, b) => b.run.started - a.run.started);
  return list;
}

function summaryOf(
  project: ProjectStore,
  name: string,
  run: RunManifest,
  models: ReadonlyMap<string, string>,
): RunSummary {
  const shared = { name, id: runId(name), run };
  const { result } = run;
  if (result !== null) {
    const { epochs: epoch, steps: step, loss, accuracy, validation, imagesPerSecond } = result;
    const folder = join(runsFolder(project), name);
    const network = join(folder, RUN_FILES.network);
    const manifest = join(folder, RUN_MANIFEST);
    return {
      ...{ ...shared, epoch, step, loss, accuracy, validation, imagesPerSecond },
      seconds: imagesPerSecond > 0 ? (step * stepImages(run)) / imagesPerSecond : null,
      model: models.get(result.hash) ?? null,
      files: existsSync(network) ? { network, manifest } : null,
    };
  }
  const points = readCurve(join(runsFolder(project), name, RUN_FILES.curve));
  const last = points.at(-1);
  const perEpoch = last === undefined ? 1 : Math.round(last.step / last.epoch);
  const recent = points.slice(-Math.min(perEpoch, LAST_STEPS));
  const mean = (of: (point: CurvePoint) => number): number | null =>
    recent.length === 0 ? null : recent.reduce((sum, point) => sum + of(point), 0) / recent.length;
  return {
    ...{ ...shared, epoch: last?.epoch ?? 0, step: last?.step ?? 0 },
    loss: mean(({ loss }) => loss),
    accuracy: mean(({ accuracy }) => accuracy),
    validation: points.findLast(({ validation }) => validation !== undefined)?.validation ?? null,
    imagesPerSecond: mean(({ imagesPerSecond }) => imagesPerSecond),
    seconds: points.reduce((sum, { imagesPerSecond }) => sum + stepImages(run) / imagesPerSecond, 0),
    model: null,
    files: null,
  };
}

/** @throws Fault where the project has no such run, or its record is damaged */
export function projectRun(project: ProjectStore, name: string): { folder: string; run: RunManifest } {
  // Only what stands in the list: a name from outside is never a path.
  const folder = join(runsFolder(project), name);
  const run = namesOf(project).includes(name) ? readRun(folder) : undefined;
  if (run === undefined) throw new Fault(`This project has no run '${name}'.`);
  return { folder, run };
}

/** The curve of a run so far, in at most `most` rows, and the pictures of one step. */
export function runCurve(project: ProjectStore, name: string, most: number): WholeCurve & { images: number } {
  const { folder, run } = projectRun(project, name);
  const images = stepImages(run);
  return { ...wholeCurve(readCurve(join(folder, RUN_FILES.curve)), images, most), images };
}

/** @throws Fault where the run has no trained network */
export function trainedFiles(project: ProjectStore, name: string): { network: string; manifest: string } {
  const { folder } = projectRun(project, name);
  const network = join(folder, RUN_FILES.network);
  if (!existsSync(network)) throw new Fault(`The run '${name}' has no trained network yet.`);
  return { network, manifest: join(folder, RUN_MANIFEST) };
}

/** What the network of a run saw first; none before its pictures are prepared. */
export function runSamples(project: ProjectStore, name: string): Sample[] {
  return readSamples(projectRun(project, name).folder)?.samples ?? [];
}

/** Folder of a run by the id that stands in addresses. */
export function runFolderOf(project: ProjectStore, id: string): string | undefined {
  const name = namesOf(project).find((one) => runId(one) === id);
  return name === undefined ? undefined : join(runsFolder(project), name);
}

/**
 * What a run was started with, to go on with it.
 * @throws Fault where its record does not hold that
 */
export function runInput(project: ProjectStore, name: string): Record<string, unknown> {
  const { run } = projectRun(project, name);
  if (run.input === null) {
    throw new Fault(
      `The run '${name}' was begun by a version of Visage that did not keep what it was told. Start it with the same words on the command line: it goes on where it was.`,
    );
  }
  return { ...run.input, name };
}
