import { Fault } from '../../foundation/fault.ts';
import { counted } from './candidates.ts';

/** The classes that a network is trained to tell apart. */
export interface Classes {
  /** Name of each class, by label. */
  names: string[];
  /** Positions of the pictures that are trained on, ascending. */
  rows: Int32Array;
  /** Label of each of them, 0 … names.length − 1. */
  labels: Int32Array;
  remarks: string[];
}

/** Names that a sentence lists. */
const LISTED = 3;
const listed = (names: readonly string[]): string =>
  `${names
    .slice(0, LISTED)
    .map((name) => `'${name}'`)
    .join(', ')}${names.length > LISTED ? ', …' : ''}`;

/**
 * Makes classes of the pictures that can be read. Labels are dense: every class has pictures. A person of fewer than
 * `least` pictures is left out; from a single picture no network learns that two pictures are alike.
 * @param identities of all pictures, in their order
 * @param readable 0 where a picture cannot be used
 * @param empty people whom the source names without a picture
 * @throws Fault where fewer than two classes are left
 */
export function classesOf(
  identities: readonly string[],
  readable: Uint8Array,
  empty: readonly string[],
  least: number,
): Classes {
  if (!Number.isInteger(least) || least < 1) {
    throw new Fault(
      `At least '${least}' pictures per identity is not possible; allowed: whole numbers from 1.`,
    );
  }
  const counts = new Map<string, number>(empty.map((name) => [name, 0]));
  for (const [i, name] of identities.entries()) {
    counts.set(name, (counts.get(name) ?? 0) + (readable[i] ? 1 : 0));
  }
  const without = [...counts].filter(([, count]) => count === 0).map(([name]) => name);
  const few = [...counts].filter(([, count]) => count > 0 && count < least).map(([name]) => name);
  const names = [...counts].filter(([, count]) => count >= least).map(([name]) => name);
  const remarks: string[] = [];
  if (without.length > 0) {
    remarks.push(
      `${counted(without.length, 'identity has', 'identities have')} no picture that can be read and ${without.length === 1 ? 'is' : 'are'} no class: ${listed(without)}.`,
    );
  }
  if (few.length > 0) {
    remarks.push(
      `${counted(few.length, 'identity', 'identities')} with fewer than ${counted(least, 'picture')} left out: ${listed(few)}.`,
    );
  }
  if (names.length < 2) {
    throw new Fault(
      [
        `Training needs at least two identities of ${least} or more pictures, and there ${names.length === 1 ? 'is one' : 'is none'}.`,
        ...remarks,
        ...(few.length > 0 && least > 1 ? ['With --least 1 identities of a single picture are kept.'] : []),
      ].join(' '),
    );
  }
  const labelOf = new Map(names.map((name, label) => [name, label]));
  const rows: number[] = [];
  const labels: number[] = [];
  for (const [i, name] of identities.entries()) {
    const label = labelOf.get(name);
    if (label === undefined || !readable[i]) continue;
    rows.push(i);
    labels.push(label);
  }
  return { names, rows: Int32Array.from(rows), labels: Int32Array.from(labels), remarks };
}
