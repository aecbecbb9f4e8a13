import { ATTRIBUTES } from '../attributes/attributes.ts';
import type { ExportedFace } from './types.ts';

/** A csv cell: quoted only where RFC 4180 asks for it. */
export function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A csv table with a header and '\n' line ends. */
export function csvTable(header: readonly string[], rows: Iterable<readonly unknown[]>): string {
  const lines = [header.map(csvCell).join(',')];
  for (const row of rows) lines.push(row.map(csvCell).join(','));
  return `${lines.join('\n')}\n`;
}

/** One column of the export's tables. */
export interface Column {
  name: string;
  /** Croissant data type. */
  type: 'sc:Text' | 'sc:Integer' | 'sc:Float';
  description: string;
  value(face: ExportedFace): string | number | null;
}

const six = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(6)));

/**
 * The columns of faces.csv. Every label says beside it who said it (origin) and how surely, so that a model's guess
 * can never pass for a person's word.
 */
export const COLUMNS: readonly Column[] = [
  { name: 'file', type: 'sc:Text', description: 'Picture of the face', value: (face) => face.file },
  {
    name: 'cohort',
    type: 'sc:Text',
    description: 'Five digits: age, gender, race, pitch, yaw',
    value: (face) => face.cohort,
  },
  ...ATTRIBUTES.flatMap((attribute, a): Column[] => [
    {
      name: attribute.name,
      type: 'sc:Integer',
      description: attribute.values.map((words, value) => `${value} = ${words}`).join(', '),
      value: (face) => face.values[a],
    },
    {
      name: `${attribute.name}_origin`,
      type: 'sc:Text',
      description: `Who said the ${attribute.name}: human, rule, dataset or model`,
      value: (face) => face.origins[a],
    },
    {
      name: `${attribute.name}_confidence`,
      type: 'sc:Float',
      description: `Confidence of the ${attribute.name}, 0 to 1, where one is known`,
      value: (face) => six(face.confidences[a]),
    },
  ]),
  {
    name: 'source',
    type: 'sc:Text',
    description: 'Data set that the face comes from',
    value: (face) => face.source,
  },
  {
    name: 'source_path',
    type: 'sc:Text',
    description: 'Path of the picture inside that data set',
    value: (face) => face.path,
  },
  {
    name: 'source_key',
    type: 'sc:Text',
    description: 'Which face of that picture, where it holds several',
    value: (face) => face.key,
  },
  {
    name: 'identity',
    type: 'sc:Text',
    description: 'Person, as the data set names them',
    value: (face) => face.identity,
  },
  ...(['x', 'y', 'width', 'height'] as const).map(
    (side, i): Column => ({
      name: `box_${side}`,
      type: 'sc:Float',
      description: `Face box, ${side}, pixels`,
      value: (face) => (face.box ? six(face.box[i]) : null),
    }),
  ),
  {
    name: 'sha256',
    type: 'sc:Text',
    description: 'SHA-256 of the picture file',
    value: (face) => face.sha256,
  },
];

export function facesCsv(faces: readonly ExportedFace[]): string {
  return csvTable(
    COLUMNS.map((column) => column.name),
    faces.map((face) => COLUMNS.map((column) => column.value(face))),
  );
}

export function facesJson(faces: readonly ExportedFace[]): string {
  const rows = faces.map((face) =>
    Object.fromEntries(COLUMNS.map((column) => [column.name, column.value(face)])),
  );
  return `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
}
