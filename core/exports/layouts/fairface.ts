import { csvTable } from '../../foundation/tables/written.ts';
import { columnsBeside } from '../tables.ts';
import { type Layout, numbered } from './layout.ts';

/**
 * FairFace's file,age,gender,race with the group names of thesis §5.4.1. FairFace's finer bins cannot be had back from
 * the groups, so the words here are the groups' own.
 */
const AGES = ['0-19', '20-49', 'more than 50'];
const GENDERS = ['Female', 'Male'];
const RACES = ['Black', 'Asian', 'Indian', 'Latino_Hispanic', 'White_Middle Eastern'];
/** Words, so that no reader takes a code for degrees. */
const POSES = ['below -30', 'above +30', 'within 30'];

const FIRST = ['file', 'age', 'gender', 'race', 'pitch', 'yaw'];
const OTHERS = columnsBeside(FIRST);

export const fairface: Layout = {
  name: 'fairface',
  summary:
    'FairFace-style csv (file,age,gender,race,pitch,yaw in words, then what faces.csv has) beside images/',
  picture: ({ cohort, number, extension }) => `images/${cohort}-${numbered(number)}${extension}`,
  tables: (faces) => [
    {
      path: 'fairface_label.csv',
      text: csvTable(
        [...FIRST, ...OTHERS.map(({ name }) => name)],
        faces.map((face) => [
          face.file,
          AGES[face.values[0]],
          GENDERS[face.values[1]],
          RACES[face.values[2]],
          POSES[face.values[3]],
          POSES[face.values[4]],
          ...OTHERS.map((column) => column.value(face)),
        ]),
      ),
    },
  ],
};
