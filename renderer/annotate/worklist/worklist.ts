import { ATTRIBUTES } from '../../../core/contract/attributes.ts';

/** The lists that can be worked through. The first five are taken from the faces as shown, the others are queues. */
export const LISTS = [
  { id: 'filter', title: 'Current filter', queue: false },
  { id: 'selection', title: 'Selected faces', queue: false },
  { id: 'unlabelled', title: 'Unlabelled', queue: false },
  { id: 'unseen', title: 'Not yet seen by a person', queue: false },
  { id: 'cluster', title: 'A cluster', queue: false },
  { id: 'uncertainty', title: 'Least certain first', queue: true },
  { id: 'disagreement', title: 'Disagreement first', queue: true },
  { id: 'errors', title: 'Suspected errors first', queue: true },
  { id: 'rarity', title: 'Rarest cohort first', queue: true },
  { id: 'reconcile', title: 'Where annotators differ', queue: true },
] as const;
export type ListKind = (typeof LISTS)[number]['id'];

export const isQueue = (kind: ListKind): boolean => LISTS.some(({ id, queue }) => id === kind && queue);

/** Why a face is in a queue. */
export interface Flag {
  attribute: number;
  /** Value that the queue suggests, −1 for none. */
  suggested: number;
  why: string;
  /** For differences: who said what. */
  said?: readonly { name: string; value: number }[];
}

/** Faces in the order in which they are worked through. It stays as it is while labels change. */
export interface Worklist {
  kind: ListKind;
  /** Rows of the columns, each once. */
  rows: Int32Array;
  /** Place in `rows` by row, −1 where it is not in the list. */
  places: Int32Array;
  /** For queues: per place, what needs a look. */
  flags: readonly (readonly Flag[])[] | null;
  /** Entries of the queue, listed or not; rows otherwise. */
  total: number;
  notes: readonly string[];
}

/** @param faces number of rows in the columns */
export function worklistOf(
  kind: ListKind,
  rows: Int32Array,
  faces: number,
  more: Partial<Pick<Worklist, 'flags' | 'total' | 'notes'>> = {},
): Worklist {
  const places = new Int32Array(faces).fill(-1);
  for (let place = 0; place < rows.length; place++) places[rows[place]] = place;
  return { kind, rows, places, flags: null, total: rows.length, notes: [], ...more };
}

/**
 * A queue's entries (a face may be in it for several attributes) as faces: each at the place of its most pressing entry.
 * Entries whose row is −1 or that `keep` refuses are left out.
 */
export function facesOfQueue(
  entries: readonly { row: number; flag: Flag }[],
  keep: (row: number) => boolean,
): { rows: Int32Array; flags: Flag[][] } {
  const flagsOf = new Map<number, Flag[]>();
  for (const { row, flag } of entries) {
    if (row < 0 || !keep(row)) continue;
    const flags = flagsOf.get(row);
    if (flags) flags.push(flag);
    else flagsOf.set(row, [flag]);
  }
  return { rows: Int32Array.from(flagsOf.keys()), flags: [...flagsOf.values()] };
}

/** 'ana says ‘male’, ben says ‘female’' */
export const differenceWords = (attribute: number, said: NonNullable<Flag['said']>): string =>
  said.map(({ name, value }) => `${name} says ‘${ATTRIBUTES[attribute].values[value]}’`).join(', ');

/** The attributes that a face is to be looked at for, in their order. */
export function wantedAttributes(flags: readonly Flag[] | undefined, attribute: number | null): number[] {
  if (flags !== undefined) return [...new Set(flags.map((flag) => flag.attribute))].sort((a, b) => a - b);
  return attribute === null ? [0, 1, 2, 3, 4] : [attribute];
}

/**
 * Where auto-advance goes after `current`: the next wanted attribute that is not done, or undefined for the next face.
 * @param isDone whether a person has said it (in a queue: has answered it)
 */
export const attributeAfter = (
  wanted: readonly number[],
  isDone: (attribute: number) => boolean,
  current: number,
): number | undefined => wanted.find((attribute) => attribute > current && !isDone(attribute));

/** Where a face begins: its first wanted attribute that is not done, else the first wanted. */
export const firstAttribute = (wanted: readonly number[], isDone: (attribute: number) => boolean): number =>
  wanted.find((attribute) => !isDone(attribute)) ?? wanted[0] ?? 0;

/**
 * Opens what a queue holds as answered where it was taken back, and closes it where it came back.
 * @param answered per place of the queue, bits of the attributes that were answered; changed in place
 * @param places of the faces that a step changed; −1 where a face is not in the queue
 * @param attributes that the step says something of
 */
export function stepAnswers(
  answered: Uint8Array,
  places: Int32Array,
  attributes: Uint8Array,
  how: 'undo' | 'redo',
): void {
  const bits = attributes.reduce((all, attribute) => all | (1 << attribute), 0);
  for (const place of places) {
    if (place < 0) continue;
    if (how === 'undo') answered[place] &= ~bits;
    else answered[place] |= bits;
  }
}
