import { csvTable } from '../../foundation/tables/written.ts';
import { columnsBeside } from '../tables.ts';
import { type Layout, numbered } from './layout.ts';

const OTHERS = columnsBeside(['file']);

/** Hugging Face `datasets` imagefolder: train/ with metadata.csv whose file_name is relative to that folder. */
export const imagefolder: Layout = {
  name: 'imagefolder',
  summary: "Hugging Face imagefolder: train/*.jpg with train/metadata.csv ('file_name' first)",
  picture: ({ cohort, number, extension }) => `train/${cohort}-${numbered(number)}${extension}`,
  tables: (faces) => [
    {
      path: 'train/metadata.csv',
      text: csvTable(
        ['file_name', ...OTHERS.map(({ name }) => name)],
        faces.map((face) => [
          face.file.replace(/^train\//, ''),
          ...OTHERS.map((column) => column.value(face)),
        ]),
      ),
    },
  ],
};
