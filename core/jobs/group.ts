import type { GroupOutput, GroupInput as GroupTaskInput } from '../clusters/group-task.ts';
import type { Groups } from '../clusters/groups/components.ts';
import { type BCubed, bCubed } from '../clusters/metrics/b-cubed.ts';
import type { DeviceChoice, EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { chosenRows } from './clusters/chosen-rows.ts';

const TASK = new URL('../clusters/group-task.ts', import.meta.url);

/** Nearest others that can be a face's mates, where nothing is said. */
export const GROUP_NEIGHBOURS = 10;

export interface GroupInput {
  /** Name of the feature set. */
  features: string;
  /** Least cosine similarity of two faces that are joined, −1 … 1. */
  threshold: number;
  /** Default 10. */
  neighbours?: number;
  device?: DeviceChoice;
  /** Only these faces. */
  selection?: Selection;
}

/** What `visage group --json` prints. */
export interface GroupResult {
  features: string;
  threshold: number;
  neighbours: number;
  faces: number;
  /** By falling size: face ids, ascending. */
  groups: number[][];
  /** Faces that are in no group. */
  alone: number;
  seconds: number;
  device: string;
  /** Why it ran there. */
  reason: string;
}

/** Groups at one threshold beside the identities that are known. */
export interface GroupFigures extends BCubed {
  threshold: number;
  groups: number;
  /** Among the faces with a known identity. */
  alone: number;
}

export interface GroupEvaluation {
  features: string;
  neighbours: number;
  faces: number;
  /** Faces whose identity is known, and how many identities these are of. */
  known: number;
  identities: number;
  figures: GroupFigures[];
  /** The figures of greatest F (of equal ones the lowest threshold). */
  best: GroupFigures;
  seconds: number;
  device: string;
}

const checked = (threshold: number): number => {
  if (threshold >= -1 && threshold <= 1) return threshold;
  throw new Fault(`A threshold of ${threshold} is no cosine similarity: these go from −1 to 1.`);
};

async function groupsAt(
  project: ProjectStore,
  engine: EngineClient,
  { features, neighbours = GROUP_NEIGHBOURS, device, selection }: Omit<GroupInput, 'threshold'>,
  thresholds: readonly number[],
  options: WorkOptions,
): Promise<{ faces: Int32Array; neighbours: number; output: GroupOutput }> {
  if (!Number.isInteger(neighbours) || neighbours < 1) {
    throw new Fault(`${neighbours} neighbours are not possible: a whole number of at least 1 is needed.`);
  }
  const set = project.featureSet(features);
  const { faces, rows } = chosenRows(project, set, selection);
  const output = await engine.run<GroupTaskInput, GroupOutput>(
    TASK,
    { file: set.file, name: set.name, rows, neighbours, thresholds: thresholds.map(checked), device },
    options,
  );
  return { faces, neighbours, output };
}

/** Faces that seem to be of one person: components of mutual nearest neighbours. Nothing is written. */
export async function group(
  project: ProjectStore,
  engine: EngineClient,
  input: GroupInput,
  options: WorkOptions = {},
): Promise<GroupResult> {
  const { features, threshold } = input;
  const { faces, neighbours, output } = await groupsAt(project, engine, input, [threshold], options);
  const { assignment, sizes } = output.groups[0];
  const groups: number[][] = Array.from(sizes, () => []);
  let alone = 0;
  for (const [row, number] of assignment.entries()) {
    if (number < 0) alone++;
    else groups[number].push(faces[row]);
  }
  for (const members of groups) members.sort((a, b) => a - b);
  const { seconds, placement } = output;
  return {
    features,
    threshold,
    neighbours,
    faces: faces.length,
    groups,
    alone,
    seconds,
    device: placement.name,
    reason: placement.reason,
  };
}

/**
 * B-cubed figures of the groups at each threshold, over the faces whose identity is known; faces without one are
 * grouped with them, as they would be, but not judged.
 * @throws Fault when no identity is known
 */
export async function evaluateGroups(
  project: ProjectStore,
  engine: EngineClient,
  input: Omit<GroupInput, 'threshold'>,
  thresholds: readonly number[],
  options: WorkOptions = {},
): Promise<GroupEvaluation> {
  if (thresholds.length === 0) throw new Fault('No threshold was given to judge groups at.');
  const { faces, neighbours, output } = await groupsAt(project, engine, input, thresholds, options);
  const table = project.labelTable();
  const identityOf = new Map(Array.from(table.faces, (face, i) => [face, table.identities[i]]));
  const identities = faces.map((face) => identityOf.get(face) ?? -1);
  const known = [...identities.keys()].filter((row) => identities[row] >= 0);
  if (known.length === 0) {
    throw new Fault(
      `No face of '${input.features}' has a known identity, beside which groups could be judged; import a source that names persons.`,
    );
  }
  const classes = known.map((row) => identities[row]);
  const figures = output.groups.map((groups, i) => figuresOf(groups, thresholds[i], classes, known));
  return {
    features: input.features,
    neighbours,
    faces: faces.length,
    known: known.length,
    identities: new Set(classes).size,
    figures,
    best: figures.reduce((best, one) => (one.f > best.f ? one : best)),
    seconds: output.seconds,
    device: output.placement.name,
  };
}

function figuresOf(
  { assignment, sizes }: Groups,
  threshold: number,
  classes: readonly number[],
  known: readonly number[],
): GroupFigures {
  // A face that stays alone is a group of its own, numbered after the others.
  const clusters = known.map((row) => (assignment[row] < 0 ? sizes.length + row : assignment[row]));
  const alone = known.filter((row) => assignment[row] < 0).length;
  return { threshold, groups: sizes.length, alone, ...bCubed(classes, clusters) };
}
