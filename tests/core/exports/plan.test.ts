import { describe, expect, test } from 'vitest';
import { parseCohortCode } from '../../../core/attributes/cohort.ts';
import { evenQuotas, planSubset, subsetSizes } from '../../../core/exports/plan.ts';
import type { Candidate, PlanSettings } from '../../../core/exports/types.ts';
import { Random } from '../../../core/foundation/random.ts';

const settings: PlanSettings = {
  perCohort: 10,
  seed: 7,
  balance: { sources: true, identities: true },
  short: 'leave-out',
};

let nextFace = 1;
function candidates(
  code: string,
  source: string,
  count: number,
  identityOf: (i: number) => string | null = () => null,
): Candidate[] {
  return Array.from({ length: count }, (_, i) => ({
    face: nextFace++,
    cohort: parseCohortCode(code),
    source,
    identity: identityOf(i),
    path: `${code}/${String(i).padStart(4, '0')}.jpg`,
    key: '',
  }));
}

const tally = <T>(items: readonly T[], keyOf: (item: T) => unknown): Map<unknown, number> => {
  const counts = new Map<unknown, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

describe('planSubset', () => {
  test('a cohort of exactly N gives N, one face fewer gives none and is listed with what it lacks', () => {
    const plan = planSubset(
      [...candidates('11422', 'A', 10), ...candidates('01022', 'A', 9), ...candidates('21322', 'A', 1)],
      settings,
    );
    expect(plan.cohorts).toEqual([{ code: '11422', available: 10, taken: 10 }]);
    expect(plan.short).toEqual([
      { code: '01022', count: 9, missing: 1 },
      { code: '21322', count: 1, missing: 9 },
    ]);
  });

  test('take-all lets a short cohort give what it has', () => {
    const plan = planSubset(candidates('01022', 'A', 4), { ...settings, short: 'take-all' });
    expect(plan.chosen).toHaveLength(4);
    expect(plan.short).toEqual([{ code: '01022', count: 4, missing: 6 }]);
  });

  test('the choice depends on the seed and not on ids or the order of the candidates', () => {
    const faces = candidates('11422', 'A', 100);
    const paths = (list: readonly Candidate[], seed: number): string[] =>
      planSubset(list, { ...settings, seed }).chosen.map((face) => face.path);
    const renumbered = new Random(3).shuffle(faces.map((face) => ({ ...face, face: face.face + 5000 })));
    expect(paths(renumbered, 7)).toEqual(paths(faces, 7));
    expect(paths(faces, 8)).not.toEqual(paths(faces, 7));
  });

  test('more faces in one cohort leave the choice in another as it was', () => {
    const first = candidates('11422', 'A', 40);
    const alone = planSubset(first, settings).chosen;
    const beside = planSubset([...first, ...candidates('01022', 'A', 33)], settings).chosen;
    expect(beside.filter((face) => face.cohort === first[0].cohort)).toEqual(alone);
  });

  test('sources share evenly, as far as they reach', () => {
    const plan = planSubset(
      [...candidates('11422', 'A', 500), ...candidates('11422', 'B', 2), ...candidates('11422', 'C', 50)],
      settings,
    );
    expect(tally(plan.chosen, (face) => face.source)).toEqual(
      new Map([
        ['A', 4],
        ['B', 2],
        ['C', 4],
      ]),
    );
  });

  test('nobody comes twice while somebody has not come once', () => {
    const faces = candidates('11422', 'A', 60, (i) => (i < 54 ? 'often' : `rare${i}`));
    const people = tally(planSubset(faces, settings).chosen, (face) => face.identity);
    expect(people.size).toBe(7);
    expect(people.get('often')).toBe(4);
    const careless = planSubset(faces, { ...settings, balance: { sources: false, identities: false } });
    expect(tally(careless.chosen, (face) => face.identity).get('often')).toBeGreaterThan(4);
  });

  test('refuses a number that is none', () => {
    expect(() => planSubset([], { ...settings, perCohort: 0 })).toThrow(
      "'0' images per cohort are not possible",
    );
    expect(() => planSubset([], { ...settings, perCohort: 2.5 })).toThrow('whole number');
  });
});

test('even quotas add up, never exceed a size, and differ by at most one among those with room', () => {
  const random = new Random(11);
  for (let round = 0; round < 300; round++) {
    const sizes = Array.from({ length: 1 + random.below(6) }, () => random.below(40));
    const total = random.below(150);
    const quotas = evenQuotas(sizes, total, random);
    expect(quotas.reduce((sum, quota) => sum + quota, 0)).toBe(
      Math.min(
        total,
        sizes.reduce((sum, size) => sum + size, 0),
      ),
    );
    const open = quotas.filter((quota, g) => quota < sizes[g]);
    quotas.forEach((quota, g) => {
      expect(quota).toBeLessThanOrEqual(sizes[g]);
      for (const other of open) expect(quota - other).toBeLessThanOrEqual(1);
    });
  }
});

test('what each N would give', () => {
  expect(subsetSizes([0, 5, 200, 250, 199], [1, 200, 251])).toEqual([
    { perCohort: 1, cohorts: 4, images: 4 },
    { perCohort: 200, cohorts: 2, images: 400 },
    { perCohort: 251, cohorts: 0, images: 0 },
  ]);
});
