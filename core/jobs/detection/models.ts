import { Fault } from '../../foundation/fault.ts';
import { BUILT_IN } from '../../models/made.ts';
import { type Manifest, parseManifest } from '../../models/manifest.ts';
import { prepareStored } from '../../models/prepare.ts';
import type { PreparedModel } from '../../models/prepared.ts';
import type { ModelRecord, ProjectStore } from '../../project/store.ts';
import { isHeads, refuseHeads } from '../heads/stored.ts';

/** @throws Fault for heads, which have no network */
export function manifestOf(record: ModelRecord): Manifest {
  refuseHeads(record);
  return parseManifest(record.manifest, record.name);
}

/** A model of a project, ready for the engine with the network's own outputs. */
export const readyModel = (record: ModelRecord): PreparedModel => prepareStored(record);

/**
 * The model that a job takes for a task: the named one, or the project's only one.
 * @returns null where there is none, if that is allowed
 * @throws Fault when there is none, more than one, or the named one does something else
 */
export function modelForTask(
  project: ProjectStore,
  task: Manifest['task'],
  name: string | undefined,
  optional: true,
): ModelRecord | null;
export function modelForTask(
  project: ProjectStore,
  task: Manifest['task'],
  name: string | undefined,
): ModelRecord;
export function modelForTask(
  project: ProjectStore,
  task: Manifest['task'],
  name: string | undefined,
  optional = false,
): ModelRecord | null {
  if (name !== undefined) {
    const record = project.model(name);
    const manifest = manifestOf(record);
    if (manifest.task === task) return record;
    throw new Fault(
      `The model '${name}' is of task '${manifest.task}', not '${task}', so it cannot be used for this.`,
    );
  }
  const fitting = project.models().filter((record) => !isHeads(record) && manifestOf(record).task === task);
  if (fitting.length === 1) return fitting[0];
  if (fitting.length === 0 && optional) return null;
  const comes = BUILT_IN[task];
  throw new Fault(
    fitting.length === 0
      ? `The project has no model of task '${task}'; add one with: visage models P.visage add ${comes ?? 'FILE'}${comes ? ' (it comes with Visage)' : ''}`
      : `The project has several models of task '${task}': ${fitting.map(({ name: one }) => `'${one}'`).join(', ')}. Name the one to use.`,
  );
}
