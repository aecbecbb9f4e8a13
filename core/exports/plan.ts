import { cohortCode, cohortIndex } from '../attributes/cohort.ts';
import { Fault } from '../foundation/fault.ts';
import { Random } from '../foundation/random.ts';
import type { Candidate, Plan, PlanSettings, Shortfall } from './types.ts';

const byPlace = (a: Candidate, b: Candidate): number =>
  compare(a.source, b.source) || compare(a.path, b.path) || compare(a.key, b.key);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Sub-N (thesis §5.4.1): every cohort with at least N candidates gives N of them. The same candidates, settings and
 * seed give the same faces on every machine, whatever ids the database gave them: candidates are put in the order
 * of source, path and key before chance is asked. Faces whose pictures cannot be read are drawn around.
 * @throws Fault when N is not a positive whole number.
 */
export function planSubset(candidates: readonly Candidate[], settings: PlanSettings): Plan {
  const { perCohort, seed, short: shortRule } = settings;
  if (!Number.isInteger(perCohort) || perCohort < 1) {
    throw new Fault(
      `'${perCohort}' images per cohort are not possible: a whole number of at least 1 is expected.`,
    );
  }
  const members = new Map<number, Candidate[]>();
  const unreadable: Candidate[] = [];
  for (const candidate of candidates) {
    if (typeof candidate.problem === 'string') {
      unreadable.push(candidate);
      continue;
    }
    const list = members.get(candidate.cohort);
    if (list) list.push(candidate);
    else members.set(candidate.cohort, [candidate]);
  }
  const chosen: Candidate[] = [];
  const cohorts: Plan['cohorts'] = [];
  const short: Shortfall[] = [];
  for (const cohort of [...members.keys()].sort((a, b) => a - b)) {
    const available = members.get(cohort) as Candidate[];
    const code = cohortCode(cohort);
    const enough = available.length >= perCohort;
    if (!enough) short.push({ code, count: available.length, missing: perCohort - available.length });
    if (!enough && shortRule === 'leave-out') continue;
    available.sort(byPlace);
    const wanted = Math.min(perCohort, available.length);
    // Each cohort has its own stream, so that adding faces to one cohort leaves the others' choice as it was.
    const picked = pick(available, wanted, settings.balance, new Random(seed, cohort));
    chosen.push(...picked.sort(byPlace));
    cohorts.push({ code, available: available.length, taken: wanted });
  }
  short.sort((a, b) => a.missing - b.missing || compare(a.code, b.code));
  const passedOver = unreadable
    .sort((a, b) => a.cohort - b.cohort || byPlace(a, b))
    .map(({ source, path, key, cohort, problem }) => ({
      ...{ source, path, key },
      ...{ cohort: cohortCode(cohort), reason: problem as string },
    }));
  return { chosen, cohorts, short, passedOver };
}

/** For every N, how many cohorts have at least N faces and how many images Sub-N would give. */
export function subsetSizes(
  counts: ArrayLike<number>,
  sizes: readonly number[],
): { perCohort: number; cohorts: number; images: number }[] {
  return sizes.map((perCohort) => {
    const cohorts = Array.from(counts).filter((count) => count >= perCohort).length;
    return { perCohort, cohorts, images: cohorts * perCohort };
  });
}

function pick(
  available: Candidate[],
  wanted: number,
  balance: PlanSettings['balance'],
  random: Random,
): Candidate[] {
  const groups = balance.sources ? groupBy(available, (candidate) => candidate.source) : [available];
  const quotas = evenQuotas(
    groups.map((group) => group.length),
    wanted,
    random,
  );
  return groups.flatMap((group, g) => pickFromSource(group, quotas[g], balance.identities, random));
}

/** Takes `wanted` of a group; with `identities`, one of each person before a second of anyone. */
function pickFromSource(
  group: Candidate[],
  wanted: number,
  identities: boolean,
  random: Random,
): Candidate[] {
  if (!identities) return random.shuffle([...group]).slice(0, wanted);
  // Without a name every face counts as a person of its own.
  const people = groupBy(group, (candidate) =>
    candidate.identity === null ? `?${candidate.path}\0${candidate.key}` : `=${candidate.identity}`,
  ).map((person) => random.shuffle(person));
  const picked: Candidate[] = [];
  for (let round = 0; picked.length < wanted; round++) {
    const left = random.shuffle(people.filter((person) => person.length > round));
    for (const person of left.slice(0, wanted - picked.length)) picked.push(person[round]);
  }
  return picked;
}

function groupBy(candidates: readonly Candidate[], keyOf: (candidate: Candidate) => string): Candidate[][] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    const group = groups.get(key);
    if (group) group.push(candidate);
    else groups.set(key, [candidate]);
  }
  return [...groups.values()];
}

/** Shares of `total` over groups: as even as their sizes allow; chance decides who gets the remainder. */
export function evenQuotas(sizes: readonly number[], total: number, random: Random): number[] {
  const quotas = sizes.map(() => 0);
  let left = Math.min(
    total,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  while (left > 0) {
    const open = sizes.map((_, g) => g).filter((g) => quotas[g] < sizes[g]);
    const share = Math.floor(left / open.length);
    if (share === 0) {
      for (const g of random.shuffle(open).slice(0, left)) quotas[g]++;
      break;
    }
    for (const g of open) {
      const given = Math.min(share, sizes[g] - quotas[g]);
      quotas[g] += given;
      left -= given;
    }
  }
  return quotas;
}

/** The cohort index of five current values, or undefined when one of them is missing. */
export function cohortOf(values: readonly number[]): number | undefined {
  return values.every((value) => value >= 0) ? cohortIndex(values) : undefined;
}
