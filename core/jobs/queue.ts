import { ATTRIBUTES, attributeIndex } from '../attributes/attributes.ts';
import { cohortCode } from '../attributes/cohort.ts';
import type { Pruning } from '../attributes/heads/confident.ts';
import type { UncertaintyMeasure } from '../attributes/queues/uncertainty.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';
import { attributesOf } from './heads.ts';
import { type Found, headsFor, type QueueContext } from './queue/candidates.ts';
import { disagreementQueue } from './queue/disagreement.ts';
import { errorsQueue } from './queue/errors.ts';
import { rarityQueue } from './queue/rarity.ts';
import { uncertaintyQueue } from './queue/uncertainty.ts';

export const QUEUES = ['uncertainty', 'disagreement', 'errors', 'rarity'] as const;
export type QueueKind = (typeof QUEUES)[number];

export interface QueueInput {
  by: QueueKind;
  /** Default: all five. */
  attributes?: readonly string[];
  /** Heads on these features; default: each attribute's newest head. */
  features?: string | readonly string[];
  /** Most entries; default 100. */
  limit?: number;
  /** Faces to look among; default all. */
  selection?: Selection;
  /** For 'uncertainty'; default 'least confident'. */
  measure?: UncertaintyMeasure;
  /** For 'errors'; default 'noise rate'. */
  pruning?: Pruning;
  /** For 'rarity': faces that a cohort should have. */
  target?: number;
}

/** A face that needs a look, and why. */
export interface QueueItem {
  face: number;
  /** As its source names it. */
  path: string;
  source: number;
  attribute: string;
  /** Current label in words, null: unlabelled. */
  current: string | null;
  currentValue: number;
  suggested: string | null;
  suggestedValue: number;
  /** 0 … 1, higher is more pressing; comparable within one queue. */
  score: number;
  why: string;
  /** Five digits, for 'rarity'. */
  cohort?: string;
}

/** What `visage queue --json` prints. */
export interface QueueResult {
  by: QueueKind;
  items: QueueItem[];
  /** Entries that qualify, shown or not. */
  total: number;
  notes: string[];
  seconds: number;
}

const DEFAULT_LIMIT = 100;

/** Lists the faces that most need a look, most pressing first; equal scores by face. */
export async function queue(
  project: ProjectStore,
  input: QueueInput,
  options: WorkOptions = {},
): Promise<QueueResult> {
  const begun = performance.now();
  const limit = input.limit ?? DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || limit < 1)
    throw new Fault(`A limit of ${limit} is not possible; allowed: 1 or more.`);
  const { target } = input;
  if (target !== undefined && !(Number.isInteger(target) && target >= 1))
    throw new Fault(`A target of ${target} faces is not possible; allowed: 1 or more.`);
  const names = attributesOf(input.attributes);
  const table = project.labelTable(input.selection ? project.select(input.selection) : undefined);
  const context: QueueContext = {
    project,
    table,
    attributes: names.map((name) => attributeIndex(name) ?? -1),
    explicit: (input.attributes?.length ?? 0) > 0,
    heads: headsFor(project, input.features),
    limit,
  };
  const found = await find(context, input, options);
  const faces = project.faces(Int32Array.from(found.candidates, ({ face }) => face));
  const items = found.candidates.map(
    ({ face, attribute, current, suggested, score, why, cohort }, i): QueueItem => {
      const { name } = ATTRIBUTES[attribute];
      const values: readonly string[] = ATTRIBUTES[attribute].values;
      return {
        face,
        path: faces[i].path,
        source: faces[i].sourceId,
        attribute: name,
        current: values[current] ?? null,
        currentValue: current,
        suggested: values[suggested] ?? null,
        suggestedValue: suggested,
        score,
        why: why(),
        ...(cohort === undefined ? {} : { cohort: cohortCode(cohort) }),
      };
    },
  );
  return {
    by: input.by,
    items,
    total: found.total,
    notes: found.notes,
    seconds: (performance.now() - begun) / 1000,
  };
}

async function find(context: QueueContext, input: QueueInput, options: WorkOptions): Promise<Found> {
  if (context.table.faces.length === 0)
    return { candidates: [], total: 0, notes: ['There are no faces to look at.'] };
  switch (input.by) {
    case 'uncertainty':
      return uncertaintyQueue(context, input.measure ?? 'least confident', options);
    case 'disagreement':
      return disagreementQueue(context, options);
    case 'errors':
      return errorsQueue(context, input.pruning ?? 'noise rate', options);
    case 'rarity':
      return rarityQueue(context, input.target, options);
  }
}
