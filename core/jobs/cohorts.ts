import { ATTRIBUTE_NAMES, type AttributeName } from '../attributes/attributes.ts';
import { cohortCode, cohortWords } from '../attributes/cohort.ts';
import type { ProjectStore } from '../project/store.ts';

export interface CohortsInput {
  /** Name of the source to count; default: all. */
  source?: string;
  /** Only cohorts with at least this many faces. */
  min?: number;
  /** Also cohorts without a face. */
  all?: boolean;
}

export interface CohortsResult {
  faces: number;
  /** Faces with all five labels. */
  labelled: number;
  /** Cohorts that have a face (of 270). */
  present: number;
  cohorts: { code: string; count: number; words: string }[];
  /** Faces that lack each attribute. */
  unlabelled: Record<AttributeName, number>;
  source: string | null;
}

/** Counts faces per cohort, the largest first. */
export async function countCohorts(
  project: ProjectStore,
  { source: name, min = 0, all = false }: CohortsInput,
): Promise<CohortsResult> {
  const source = name === undefined ? undefined : project.source(name);
  const counts = project.cohortCounts(source?.id);
  const table = project.labelTable(source && project.select({ sources: [source.id] }));
  const unlabelled = Object.fromEntries(
    ATTRIBUTE_NAMES.map((attribute, a) => [
      attribute,
      table.values[a].reduce((n, value) => n + (value < 0 ? 1 : 0), 0),
    ]),
  ) as Record<AttributeName, number>;
  const cohorts = [...counts]
    .map((count, index) => ({ code: cohortCode(index), count, words: cohortWords(index) }))
    .filter(({ count }) => (all || count > 0) && count >= min)
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  return {
    faces: table.faces.length,
    labelled: counts.reduce((sum, count) => sum + count, 0),
    present: counts.reduce((n, count) => n + (count > 0 ? 1 : 0), 0),
    cohorts,
    unlabelled,
    source: source?.name ?? null,
  };
}
