import { ATTRIBUTES } from '../attributes/attributes.ts';
import { csvTable } from '../foundation/tables/written.ts';
import type { ExportedFace } from './types.ts';

/** One column of the export's tables. */
export interface Column {
  name: string;
  /** Croissant data type. */
  type: 'sc:Text' | 'sc:Integer' | 'sc:Float';
  description: string;
  value(face: ExportedFace): string | number | null;
}

/**
 * A number in the fewest digits that read back as the same: as the same 32-bit float where it is one (confidences and
 * points are stored so: 0.8999999761581421 is written 0.9), otherwise as it is.
 */
export function exact(value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

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
      value: (face) => exact(face.confidences[a]),
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
      value: (face) => exact(face.box?.[i]),
    }),
  ),
  {
    name: 'sha256',
    type: 'sc:Text',
    description: 'SHA-256 of the picture file',
    value: (face) => face.sha256,
  },
  {
    name: 'bytes',
    type: 'sc:Integer',
    description: 'Size of the picture file in bytes',
    value: (face) => face.bytes,
  },
  ...['left eye', 'right eye', 'nose', 'left mouth corner', 'right mouth corner'].flatMap((point, p) =>
    (['x', 'y'] as const).map(
      (side, i): Column => ({
        name: `p${p + 1}${side}`,
        type: 'sc:Float',
        description: `${point}, ${side}, pixels`,
        value: (face) => exact(face.points?.[2 * p + i]),
      }),
    ),
  ),
];

/** The columns of a layout's own table after its first ones: everything else that faces.csv says of a face. */
export const columnsBeside = (names: readonly string[]): readonly Column[] =>
  COLUMNS.filter(({ name }) => !names.includes(name));

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
