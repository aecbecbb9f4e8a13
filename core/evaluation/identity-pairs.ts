import { Fault } from '../foundation/fault.ts';
import { Random } from '../foundation/random.ts';

/** LFW's and the other sets' number of pairs of each kind. */
const USUAL_COUNT = 3000;
const USUAL_FOLDS = 10;

export interface DrawSettings {
  /** Pairs of one person, and as many of two; by default 3,000, or as many as there are. Cut to a multiple of the folds. */
  count?: number;
  /** By default 10, or as many as the people suffice for. */
  folds?: number;
  /** Default 0. */
  seed?: number;
}

/** Pairs fold by fold, in each first those of one person, then those of two. */
export interface DrawnPairs {
  /** Positions of the faces. */
  pairs: { first: number; second: number; same: boolean }[];
  folds: number;
  /** Pairs of each kind. */
  count: number;
  /** Identities that a pair could be drawn from. */
  identities: number;
}

/** People of one fold: every identity is a list of faces. Identities of one unit may be one person. */
type Unit = number[][];

const pairsOf = (faces: number): number => (faces * (faces - 1)) / 2;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const sizeOf = (unit: Unit): number => sum(unit.map(({ length }) => length));
const sameIn = (unit: Unit): number => sum(unit.map(({ length }) => pairsOf(length)));
const differentIn = (units: readonly Unit[]): number =>
  pairsOf(sum(units.map(sizeOf))) - sum(units.map((unit) => pairsOf(sizeOf(unit))));

/**
 * Draws pairs from faces whose identities are known. A person is in one fold only, so that no threshold is chosen on the
 * people that it judges. Pairs of one person are spread evenly over the people of a fold; pairs of two take two people at
 * random, then a face of each. No pair is drawn twice. The same faces, settings and seed give the same pairs.
 * @param identities of every face
 * @param names of every face: identities of one name that stand in two sources may be one person or two, and are never a pair
 * @throws Fault where there are too few people or pairs
 */
export function drawPairs(
  identities: readonly (string | number)[],
  names: readonly (string | number)[] = identities,
  settings: DrawSettings = {},
): DrawnPairs {
  const { seed = 0 } = settings;
  const units = unitsOf(identities, names);
  const able = units.filter((unit) => sameIn(unit) > 0).length;
  const most = Math.min(able, Math.floor(units.length / 2));
  const folds = settings.folds ?? Math.min(USUAL_FOLDS, most);
  if (folds < 2 || folds > most) {
    throw new Fault(
      `Pairs need people with two or more faces, at least one of them and one other person in every fold; there are ${units.length} people, ${able} with two faces or more, enough for ${most < 2 ? 'none' : `${most} folds`}${settings.folds === undefined ? '' : `, and ${settings.folds} folds were asked for`}.`,
    );
  }
  const random = new Random(seed);
  const people = dealt(random.shuffle(units), folds);
  const possible =
    folds * Math.min(...people.map((fold) => Math.min(sum(fold.map(sameIn)), differentIn(fold))));
  if (settings.count !== undefined && (settings.count < folds || settings.count > possible)) {
    throw new Fault(
      `${settings.count} pairs of each kind cannot be drawn; allowed: ${folds} to ${possible}, as ${identities.length} faces of ${units.length} people in ${folds} folds have.`,
    );
  }
  const each = Math.floor((settings.count ?? Math.min(USUAL_COUNT, possible)) / folds);
  const pairs = people.flatMap((fold) => [
    ...samePairs(fold, each, random).map(([first, second]) => ({ first, second, same: true })),
    ...differentPairs(fold, each, random).map(([first, second]) => ({ first, second, same: false })),
  ]);
  return { pairs, folds, count: each * folds, identities: sum(units.map(({ length }) => length)) };
}

function unitsOf(identities: readonly (string | number)[], names: readonly (string | number)[]): Unit[] {
  const byName = Map.groupBy(identities.keys(), (face) => names[face]);
  return [...byName.values()].map((faces) => [...Map.groupBy(faces, (face) => identities[face]).values()]);
}

/** Deals people to folds by turns, to and fro, those with most pairs first: folds alike in people and in pairs. */
function dealt(units: Unit[], folds: number): Unit[][] {
  units.sort((a, b) => sameIn(b) - sameIn(a));
  const people: Unit[][] = Array.from({ length: folds }, () => []);
  for (const [i, unit] of units.entries()) {
    const at = i % (2 * folds);
    people[at < folds ? at : 2 * folds - 1 - at].push(unit);
  }
  return people;
}

/** Distinct whole numbers in [0, total). */
function distinct(total: number, wanted: number, random: Random): number[] {
  if (2 * wanted > total) {
    return Array.from(random.shuffle(Array.from({ length: total }, (_, i) => i))).slice(0, wanted);
  }
  const found = new Set<number>();
  while (found.size < wanted) found.add(random.below(total));
  return [...found];
}

/** Pair number `index` of n things, (1, 0), (2, 0), (2, 1), (3, 0), …: the larger place first. */
function pairAt(index: number): [number, number] {
  let high = Math.floor((1 + Math.sqrt(1 + 8 * index)) / 2);
  // The root of a large number may be off by one.
  while (pairsOf(high) > index) high--;
  while (pairsOf(high + 1) <= index) high++;
  return [high, index - pairsOf(high)];
}

function samePairs(fold: readonly Unit[], wanted: number, random: Random): [number, number][] {
  const people = random.shuffle(fold.flat().filter(({ length }) => length > 1));
  const quotas = evenly(
    people.map(({ length }) => pairsOf(length)),
    wanted,
  );
  return people.flatMap((faces, i) =>
    distinct(pairsOf(faces.length), quotas[i], random).map((index): [number, number] => {
      const [a, b] = pairAt(index);
      return [faces[b], faces[a]];
    }),
  );
}

/** Shares out `wanted` things among takers of limited capacity, as evenly as it goes; the first ones get what is left over. */
export function evenly(capacities: readonly number[], wanted: number): number[] {
  const given = capacities.map(() => 0);
  let left = wanted;
  while (left > 0) {
    const open = [...capacities.keys()].filter((i) => given[i] < capacities[i]);
    if (open.length === 0) throw new Error(`${left} of ${wanted} are left over.`);
    const share = Math.max(1, Math.floor(left / open.length));
    for (const i of open) {
      const more = Math.min(share, capacities[i] - given[i], left);
      given[i] += more;
      left -= more;
    }
  }
  return given;
}

/** After this many tries per pair, people with many faces are taken more often: those with few have no new pairs left. */
const PATIENCE = 20;

function differentPairs(fold: readonly Unit[], wanted: number, random: Random): [number, number][] {
  const faces = fold.flatMap((unit, u) => unit.flat().map((face) => ({ face, unit: u })));
  const key = (a: number, b: number): number => Math.max(a, b) * 2 ** 26 + Math.min(a, b);
  const found = new Map<number, [number, number]>();
  if (4 * wanted > differentIn(fold)) {
    const all = faces.flatMap((a, i) =>
      faces.slice(0, i).flatMap((b): [number, number][] => (a.unit === b.unit ? [] : [[b.face, a.face]])),
    );
    return random.shuffle(all).slice(0, wanted);
  }
  for (let tries = 0; found.size < wanted; tries++) {
    const pick = (): { face: number; unit: number } => {
      if (tries > PATIENCE * wanted) return faces[random.below(faces.length)];
      const unit = random.below(fold.length);
      const person = fold[unit][random.below(fold[unit].length)];
      return { face: person[random.below(person.length)], unit };
    };
    const [a, b] = [pick(), pick()];
    if (a.unit !== b.unit) found.set(key(a.face, b.face), [a.face, b.face]);
  }
  return [...found.values()];
}
