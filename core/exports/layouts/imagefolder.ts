import { ATTRIBUTE_NAMES } from '../../attributes/attributes.ts';
import { csvTable } from '../tables.ts';
import { type Layout, numbered } from './layout.ts';

/** Hugging Face `datasets` imagefolder: train/ with metadata.csv whose file_name is relative to that folder. */
export const imagefolder: Layout = {
  name: 'imagefolder',
  summary: "Hugging Face imagefolder: train/*.jpg with train/metadata.csv ('file_name' first)",
  picture: ({ cohort, number, extension }) => `train/${cohort}-${numbered(number)}${extension}`,
  tables: (faces) => [
    {
      path: 'train/metadata.csv',
      text: csvTable(
        [
          'file_name',
          'cohort',
          ...ATTRIBUTE_NAMES.flatMap((name) => [name, `${name}_origin`]),
          'source',
          'identity',
        ],
        faces.map((face) => [
          face.file.replace(/^train\//, ''),
          face.cohort,
          ...face.values.flatMap((value, a) => [value, face.origins[a]]),
          face.source,
          face.identity,
        ]),
      ),
    },
  ],
};
