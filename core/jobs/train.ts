import { join, resolve } from 'node:path';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { ProjectStore } from '../project/store.ts';
import { trainingPreparation } from '../training/data/crop.ts';
import { addModel } from './models.ts';
import { type JobOptions, recorded, rememberedInput } from './recorded.ts';
import { type DataInput, trainingFaces } from './train/faces.ts';
import { plannedNetwork } from './train/network.ts';
import { type Recipe, type RecipeInput, recipeOf } from './train/recipe.ts';
import { checkName } from './train/refusals.ts';
import { type OnCurve, trainRun } from './train/run.ts';
import { readRun, type TrainResult } from './train/run-manifest.ts';

export type { TrainResult } from './train/run-manifest.ts';

export interface TrainInput extends RecipeInput, DataInput {
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
  const name = runName(input, recipe);
  if (!/^\w[\w.-]{0,79}$/.test(name)) {
    throw new Fault(`A run cannot be called '${name}'; allowed: letters, digits, _ . - (at most 80).`);
  }
  const runs = input.runs ?? (project === undefined ? undefined : join(project.path, 'runs'));
  if (runs === undefined) throw new Fault('Say where the run is to lie: no project is open.');
  const work = async (): Promise<TrainResult> => {
    const { folder, selection } = input;
    if (input.add === true && project !== undefined && readRun(join(runs, name))?.state !== 'done') {
      checkName(name, project.models());
    }
    if (folder === undefined && project?.select(selection ?? {}).length === 0) {
      throw new Fault(`The run '${name}' has nothing to train on: no face is selected.`);
    }
    const found = await trainingFaces(project, input, options);
    const { preparation, remark } = trainingPreparation(found.faces, recipe.crop, recipe.network.size);
    const result = await trainRun(
      engine,
      {
        ...{ name, folder: join(runs, name), recipe, preparation },
        found: { ...found, remarks: [remark, ...found.remarks] },
        from: folder ?? project?.path ?? '',
        input: inputKept(input),
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

/** What a run is called: as its user says, or network-loss-seed. */
export const runName = (input: TrainInput, recipe: Recipe = recipeOf(input)): string =>
  input.name ?? `${recipe.network.name}-${recipe.train.loss.kind}-${recipe.train.seed}`;

/** What a run's folder keeps of its input, to go on with it from elsewhere; where it lies and runs is said anew then. */
function inputKept({
  runs: _runs,
  device: _device,
  name: _name,
  ...input
}: TrainInput): Record<string, unknown> {
  const { folder, start } = input;
  return rememberedInput({
    ...input,
    ...(folder !== undefined && { folder: resolve(folder) }),
    ...(start !== undefined && { start: resolve(start) }),
  });
}
