import { chooseDevice } from '../../engine/devices.ts';
import type { DeviceChoice, EngineClient } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { ModelRecord } from '../../project/store.ts';
import type { Candidates } from '../../training/data/candidates.ts';
import { type Classes, classesOf } from '../../training/data/classes.ts';
import { EpochSampler } from '../../training/data/sampler.ts';
import { scheduleOf } from '../../training/plan.ts';
import type { Recipe } from './recipe.ts';
import { heldForValidation, type Validation } from './validation.ts';

/** Who is trained on, and who is held out. */
export interface Divided {
  classes: Classes;
  validation: Validation | undefined;
}

/**
 * Divides the pictures that can be read among those that are trained on and those that are held out.
 * @param readable 0 where a picture cannot be used
 * @throws Fault where people or pictures do not suffice for the recipe
 */
export function divided({ faces, empty }: Candidates, readable: Uint8Array, recipe: Recipe): Divided {
  const identities = faces.map(({ identity }) => identity);
  const all = classesOf(identities, readable, empty, recipe.least);
  const { trained: classes, validation } =
    recipe.validation === undefined
      ? { trained: all, validation: undefined }
      : heldForValidation(all, faces, recipe.validation);
  const { batch, accumulate, clustering, ...order } = recipe.train;
  new EpochSampler(classes.rows.length, { ...order, batch: batch * accumulate });
  if (clustering?.labels === 'kmeans' && clustering.prototypes > classes.rows.length) {
    throw new Fault(
      `${clustering.prototypes} clusters of ${classes.rows.length} pictures are not possible; every cluster needs a picture. Ask for fewer clusters.`,
    );
  }
  return { classes, validation };
}

/**
 * All that can be known to fail without opening a picture: nobody should wait for it, and no folder be made before.
 * @throws Fault that says what cannot be done
 */
export async function checkTrainable(
  engine: EngineClient,
  recipe: Recipe,
  found: Candidates,
  device: DeviceChoice,
): Promise<void> {
  scheduleOf(recipe.train.schedule, recipe.train.epochs);
  divided(found, new Uint8Array(found.faces.length).fill(1), recipe);
  // What is left to the engine is found at its first step, and the CPU is always there.
  if (device !== 'auto' && device !== 'cpu') chooseDevice(device, await engine.devices());
}

/** @throws Fault where a network of the run's name, which is not the run's, is in the project already */
export function checkName(name: string, models: readonly Pick<ModelRecord, 'name'>[]): void {
  if (!models.some((model) => model.name === name)) return;
  throw new Fault(
    `The project has a model '${name}' already, so the trained network could not be added under this name. Give the run another name, or train without adding its network.`,
  );
}
