import { parseHeadManifest } from '../../attributes/heads/files.ts';
import { Fault } from '../../foundation/fault.ts';
import { BUILT_IN, builtInNames } from '../../models/made.ts';
import type { Manifest, Task } from '../../models/manifest.ts';
import { readyManifests } from '../../models/ready-manifests.ts';
import type { ProjectStore } from '../../project/store.ts';
import { manifestOf } from '../detection/models.ts';

/** A network that a step runs. */
export interface ChosenNetwork {
  name: string;
  manifest: Manifest;
  /** It comes with the program and is added to the project when its step begins. */
  builtIn: boolean;
}

/** The networks of a project, with what their manifests say. */
export function networksOf(project: ProjectStore): ChosenNetwork[] {
  return project
    .models()
    .filter(({ name, manifest }) => parseHeadManifest(manifest, name) === undefined)
    .map((record) => ({ name: record.name, manifest: manifestOf(record), builtIn: false }));
}

function builtIn(name: string): ChosenNetwork {
  const manifest = readyManifests().find((each) => each.name === name);
  if (manifest === undefined) throw new Fault(`'${name}' has no manifest that comes with the program.`);
  return { name, manifest, builtIn: true };
}

/**
 * The network for a task: the named one (of the project, or one that comes with the program), else the project's own (the latest
 * added that is trained), else the one that comes with the program.
 * @throws Fault for a name that is neither, and for a network of another task
 */
export function networkFor(
  own: readonly ChosenNetwork[],
  task: Task,
  named: string | undefined,
): ChosenNetwork | undefined {
  if (named !== undefined) {
    const found =
      own.find(({ name }) => name === named) ?? (builtInNames().includes(named) ? builtIn(named) : undefined);
    if (found === undefined) {
      throw new Fault(
        `Neither the project nor the program has a network '${named}'. The project has: ${own.map(({ name }) => name).join(', ') || 'none'}; with the program come: ${builtInNames().join(', ')}.`,
      );
    }
    if (found.manifest.task !== task) {
      throw new Fault(`'${named}' is a network for '${found.manifest.task}', not for '${task}'.`);
    }
    return found;
  }
  const fitting = own.filter(({ manifest }) => manifest.task === task && manifest.trained);
  const brought = BUILT_IN[task];
  return fitting.at(-1) ?? (brought === undefined ? undefined : builtIn(brought));
}

/** Networks of the project that say an attribute. */
export const sayersOf = (own: readonly ChosenNetwork[], attribute: string): ChosenNetwork[] =>
  own.filter(({ manifest }) => manifest.readings.some((reading) => reading.attribute === attribute));
