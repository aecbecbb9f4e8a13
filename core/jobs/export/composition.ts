import { cohortCode } from '../../attributes/cohort.ts';
import type { Plan } from '../../exports/types.ts';

/** What a planned set is made of. */
export interface Composition {
  /** Pictures per source, and of each source per cohort, in the order of the plan's cohorts. */
  sources: { name: string; images: number; perCohort: number[] }[];
  /** People by name within their source. */
  identities: number;
  /** Faces whose person is not known. */
  unnamed: number;
}

export function compositionOf({ chosen, cohorts }: Pick<Plan, 'chosen' | 'cohorts'>): Composition {
  const at = new Map(cohorts.map(({ code }, i) => [code, i]));
  const sources = new Map<string, { name: string; images: number; perCohort: number[] }>();
  const people = new Set<string>();
  let unnamed = 0;
  for (const { source: name, cohort, identity } of chosen) {
    let source = sources.get(name);
    if (!source) {
      source = { name, images: 0, perCohort: cohorts.map(() => 0) };
      sources.set(name, source);
    }
    source.images++;
    source.perCohort[at.get(cohortCode(cohort)) as number]++;
    if (identity === null) unnamed++;
    else people.add(`${name}\0${identity}`);
  }
  return {
    sources: [...sources.values()].sort((a, b) => b.images - a.images || (a.name < b.name ? -1 : 1)),
    identities: people.size,
    unnamed,
  };
}
