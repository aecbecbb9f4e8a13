import { Fault } from '../../foundation/fault.ts';
import { Random } from '../../foundation/random.ts';
import { counted } from './candidates.ts';
import type { Classes } from './classes.ts';

export interface HoldSettings {
  /** Share of the people, below 1, or their number. */
  hold: number;
  /** The same people for every run with it, whatever else its seed decides. */
  seed: number;
}

/** Two folds of two people each. */
export const FEWEST_HELD = 4;
/** A network tells apart at least two people. */
const FEWEST_LEFT = 2;

/**
 * Takes whole people out of a training set. Identities of one name in several sources may be one person: all of them go
 * together, so that nobody who is held out is trained on.
 * @param names name of the person of each class, whatever source it is of
 * @throws Fault where too few people are held out or left
 */
export function holdOut(
  classes: Classes,
  names: readonly string[],
  { hold, seed }: HoldSettings,
): { trained: Classes; held: Classes } {
  const pictures = new Int32Array(classes.names.length);
  for (const label of classes.labels) pictures[label]++;
  const units = Map.groupBy(classes.names.keys(), (label) => names[label]);
  // From a single picture no pair of one person can be made.
  const able = [...units.values()].filter((labels) => labels.some((label) => pictures[label] > 1));
  const count = hold < 1 ? Math.round(hold * units.size) : hold;
  const most = Math.min(able.length, units.size - FEWEST_LEFT);
  const people = counted(units.size, 'identity', 'identities');
  if (most < FEWEST_HELD) {
    throw new Fault(
      `Nobody can be held out to validate on: that takes ${FEWEST_HELD} identities of two pictures or more, and ${FEWEST_LEFT} others to train on. There ${units.size === 1 ? 'is' : 'are'} ${people}, ${able.length} of them with two pictures or more. Train without validation, or on more people.`,
    );
  }
  if (count < FEWEST_HELD || count > most) {
    const allowed = most === FEWEST_HELD ? `${most}` : `${FEWEST_HELD} to ${most}`;
    throw new Fault(
      `${hold < 1 ? `A share of ${hold} of ${people}, that is ${count},` : `${count} of ${people}`} cannot be held out to validate on; allowed: ${allowed} with two pictures or more.`,
    );
  }
  const chosen = new Set(new Random(seed).shuffle(able).slice(0, count).flat());
  return {
    trained: { ...part(classes, (label) => !chosen.has(label)), remarks: classes.remarks },
    held: part(classes, (label) => chosen.has(label)),
  };
}

/** The classes that `takes` names, with dense labels. */
function part({ names, rows, labels }: Classes, takes: (label: number) => boolean): Classes {
  const kept = [...names.keys()].filter(takes);
  const place = new Map(kept.map((label, i) => [label, i]));
  const own = [...rows.keys()].filter((i) => place.has(labels[i]));
  return {
    names: kept.map((label) => names[label]),
    rows: Int32Array.from(own, (i) => rows[i]),
    labels: Int32Array.from(own, (i) => place.get(labels[i]) as number),
    remarks: [],
  };
}
