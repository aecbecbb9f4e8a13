import type { Imbalance } from './grid.ts';

/** One figure of how uneven cohorts are, with what it means. */
export interface Figure {
  name: string;
  value: string;
  definition: string;
}

/** The figures that stand over the grid. @param cohorts of the whole scheme */
export function figuresOf(
  { present, ratio, evenness, topTen }: Imbalance,
  faces: number,
  cohorts: number,
): Figure[] {
  return [
    {
      name: 'faces with a cohort',
      value: faces.toLocaleString('en-US'),
      definition: 'Faces that have all five attributes; only they belong to a cohort.',
    },
    {
      name: 'cohorts with faces',
      value: `${present} of ${cohorts}`,
      definition: 'Combinations of age, gender, race, pitch and yaw that occur at least once.',
    },
    {
      name: 'largest : smallest',
      value: `${Math.round(ratio).toLocaleString('en-US')} : 1`,
      definition: 'Faces of the largest cohort over faces of the smallest that has any. 1 : 1 is balanced.',
    },
    {
      name: 'evenness',
      value: evenness.toFixed(2),
      definition: `Shannon entropy of the shares of the cohorts over log ${cohorts}: 1 when all ${cohorts} are as large, 0 when one holds all faces.`,
    },
    {
      name: 'in the ten largest',
      value: `${(100 * topTen).toFixed(0)} %`,
      definition: `Share of faces in the ten largest cohorts; ${(1000 / cohorts).toFixed(1)} % if all were as large.`,
    },
  ];
}
