import { type Layout, numbered } from './layout.ts';

/** All pictures in one folder, the cohort in the name. */
export const visage: Layout = {
  name: 'visage',
  summary: 'images/COHORT-NUMBER.jpg with faces.csv and faces.json',
  picture: ({ cohort, number, extension }) => `images/${cohort}-${numbered(number)}${extension}`,
  tables: () => [],
};
