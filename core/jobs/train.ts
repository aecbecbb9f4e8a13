import { join } from 'node:path';
import type { SourceChoice } from '../datasets/inspect.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import type { Candidates } from '../training/data/candidates.ts';
import { trainingPreparation } from '../training/data/crop.ts';
import { folderFaces } from '../training/data/folder-faces.ts';
import { projectFaces } from '../training/data/project-faces.ts';
import { addModel } from './models.ts';
import { type JobOptions, recorded } from './recorded.ts';
import { plannedNetwork } from './train/network.ts';
import { type RecipeInput, recipeOf } from './train/recipe.ts';
import { type OnCurve, trainRun } from './train/run.ts';
import type { TrainResult } from './train/run-manifest.ts';

export type { TrainResult } from './train/run-manifest.ts';

export interface TrainInput extends RecipeInput {
  /** Data set on the disk; without one the faces of the project are trained on. */
  folder?: string;
  /** How the data set is to be read. */
  choice?: SourceChoice;
  /** Faces of the project; all of them if left out. */
  selection?: Selection;
  /** Name of the run and of the network that it makes; by default network-loss-seed. */
  name?: string;
  /** Folder of runs; the project's if left out. */
  runs?: string;
  /** ONNX file of a network of the same architecture whose weights training starts from. */
  start?: string;
  device?: DeviceChoice;
  /** Takes the trained network into the project. */
  add?: boolean;
}

export interface TrainOptions extends JobOptions {
  onCurve?: OnCurve;
}

/**
 * Trains a face network on identities. Everything lies in the run's folder; started again with the same input it goes on
 * from its last checkpoint, with the same losses as without the stop, and a run that is done is not done again.
 * @throws Fault where the data or the recipe cannot be trained, a run of that name has another recipe, or training diverges
 */
export async function train(
  project: ProjectStore | undefined,
  engine: EngineClient,
  input: TrainInput,
  options: TrainOptions = {},
): Promise<TrainResult> {
  const recipe = recipeOf(input);
  const name = input.name ?? `${recipe.network.name}-${recipe.train.loss.kind}-${recipe.train.seed}`;
  if (!/^\w[\w.-]{0,79}$/.test(name)) {
    throw new Fault(`A run cannot be called '${name}'; allowed: letters, digits, _ . - (at most 80).`);
  }
  const runs = input.runs ?? (project === undefined ? undefined : join(project.path, 'runs'));
  if (runs === undefined) throw new Fault('Say where the run is to lie: no project is open.');
  const work = async (): Promise<TrainResult> => {
    const found = await candidatesOf(project, name, input, options);
    const { preparation, remark } = trainingPreparation(found.faces, recipe.crop, recipe.network.size);
    const result = await trainRun(
      engine,
      {
        ...{ name, folder: join(runs, name), recipe, preparation },
        found: { ...found, remarks: [remark, ...found.remarks] },
        from: input.folder ?? project?.path ?? '',
        plan: plannedNetwork(name, recipe, input.start),
        start: input.start,
        device: input.device ?? 'auto',
      },
      options,
    );
    if (input.add !== true || project === undefined) return result;
    const { file, manifest } = result;
    const { model } = await addModel(project, engine, { files: [file], manifest, name }, options);
    return { ...result, model };
  };
  return project === undefined ? work() : recorded(project, 'train', input, options, work);
}

async function candidatesOf(
  project: ProjectStore | undefined,
  name: string,
  { folder, choice, selection }: TrainInput,
  options: WorkOptions,
): Promise<Candidates> {
  if (folder !== undefined) return folderFaces(folder, choice, options);
  if (project === undefined) throw new Fault('Say what is to be trained on: a project or a folder.');
  if (project.select(selection ?? {}).length === 0) {
    throw new Fault(`The run '${name}' has nothing to train on: no face is selected.`);
  }
  return projectFaces(project, selection, options);
}
