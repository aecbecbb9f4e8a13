import { type Layout, numbered } from './layout.ts';

/** A folder per cohort, as torchvision's ImageFolder and keras's image_dataset_from_directory read it. */
export const cohorts: Layout = {
  name: 'cohorts',
  summary: 'COHORT/NUMBER.jpg, a folder per cohort',
  picture: ({ cohort, number, extension }) => `${cohort}/${numbered(number)}${extension}`,
  tables: () => [],
};
