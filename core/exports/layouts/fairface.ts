import { csvTable } from '../tables.ts';
import { type Layout, numbered } from './layout.ts';

/**
 * FairFace's file,age,gender,race with the group names of thesis §5.4.1. FairFace's finer bins cannot be had back from
 * the groups, so the words here are the groups' own.
 */
const AGES = ['0-19', '20-49', 'more than 50'];
const GENDERS = ['Female', 'Male'];
const RACES = ['Black', 'Asian', 'Indian', 'Latino_Hispanic', 'White_Middle Eastern'];

export const fairface: Layout = {
  name: 'fairface',
  summary: 'FairFace-style csv (file,age,gender,race,pitch,yaw) beside images/',
  picture: ({ cohort, number, extension }) => `images/${cohort}-${numbered(number)}${extension}`,
  tables: (faces) => [
    {
      path: 'fairface_label.csv',
      text: csvTable(
        ['file', 'age', 'gender', 'race', 'pitch', 'yaw'],
        faces.map(({ file, values }) => [
          file,
          AGES[values[0]],
          GENDERS[values[1]],
          RACES[values[2]],
          values[3],
          values[4],
        ]),
      ),
    },
  ],
};
