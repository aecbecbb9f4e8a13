import type { InputOf, OutputOf } from '../../core/contract/procedure.ts';
import type { VisageProcedures } from '../../core/contract/visage.ts';

export type LabelEvent = OutputOf<VisageProcedures, 'label.history'>[number];
export type Origin = LabelEvent['origin'];
export type ColumnsKind = InputOf<VisageProcedures, 'label.columns'>['kind'];

const RANK: Readonly<Record<Origin, number>> = { model: 0, dataset: 1, rule: 2, human: 3 };

/** One event with what it did to the label that was current. */
export interface Told {
  event: LabelEvent;
  /** False once an undo of it stands. */
  standing: boolean;
  /** The label that was current before, and the one that is current after; null: unlabelled. */
  before: LabelEvent | null;
  after: LabelEvent | null;
}

/**
 * A face's events in order, with what each replaced. Current is the latest standing event of the highest origin, as in
 * the project; an undo's event takes one back, a redo's takes the undo's back.
 * @param events all events of one face, by id
 */
export function tell(events: readonly LabelEvent[]): Told[] {
  const dead = new Set<number>();
  const byId = new Map(events.map((event) => [event.id, event]));
  const told: Told[] = [];
  for (const [i, event] of events.entries()) {
    const before = current(events.slice(0, i), event.attribute, dead);
    takeBack(event, byId, dead);
    const after = current(events.slice(0, i + 1), event.attribute, dead);
    told.push({ event, standing: true, before, after });
  }
  for (const one of told) one.standing = !dead.has(one.event.id);
  return told;
}

/** What `event` takes back is dead; what that had taken back lives again. */
function takeBack(event: LabelEvent, byId: ReadonlyMap<number, LabelEvent>, dead: Set<number>): void {
  let target = event.retracts;
  let kill = true;
  while (target !== null) {
    if (kill) dead.add(target);
    else dead.delete(target);
    kill = !kill;
    target = byId.get(target)?.retracts ?? null;
  }
}

function current(
  events: readonly LabelEvent[],
  attribute: number,
  dead: ReadonlySet<number>,
): LabelEvent | null {
  let best: LabelEvent | null = null;
  for (const event of events) {
    if (event.attribute !== attribute || event.retracts !== null || dead.has(event.id)) continue;
    if (best === null || RANK[event.origin] >= RANK[best.origin]) best = event;
  }
  return best === null || best.value < 0 ? null : best;
}

/** The latest standing word of everyone who spoke of an attribute, in the order in which they last spoke. */
export function opinionsOf(told: readonly Told[], attribute: number): LabelEvent[] {
  const latest = new Map<string, LabelEvent>();
  for (const { event, standing } of told) {
    if (event.attribute !== attribute || event.retracts !== null || !standing) continue;
    const key = `${event.origin} ${event.agent} ${event.hash}`;
    latest.delete(key);
    latest.set(key, event);
  }
  return [...latest.values()];
}

/** What a model said last, null when none did. */
export const modelOpinion = (told: readonly Told[], attribute: number): LabelEvent | null =>
  opinionsOf(told, attribute).findLast(({ origin, value }) => origin === 'model' && value >= 0) ?? null;
