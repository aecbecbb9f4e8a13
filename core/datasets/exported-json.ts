import { readFileSync } from 'node:fs';
import { ATTRIBUTE_NAMES } from '../attributes/attributes.ts';
import { Fault } from '../foundation/fault.ts';
import type { Row } from '../foundation/tables/rows.ts';
import type { FaceTable } from './label-columns.ts';

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A face of manifest.json with the names of faces.csv's columns. */
function asColumns(face: Entry): Entry {
  const lists = (field: string, columns: readonly string[]): [string, unknown][] =>
    columns.map((column, i) => [column, listOf(face[field])[i]]);
  return Object.fromEntries([
    ...['file', 'cohort', 'source', 'identity', 'sha256', 'bytes'].map((column) => [column, face[column]]),
    ['source_path', face.path],
    ['source_key', face.key],
    ...lists('values', ATTRIBUTE_NAMES),
    ...lists(
      'origins',
      ATTRIBUTE_NAMES.map((name) => `${name}_origin`),
    ),
    ...lists(
      'confidences',
      ATTRIBUTE_NAMES.map((name) => `${name}_confidence`),
    ),
    ...lists('box', ['box_x', 'box_y', 'box_width', 'box_height']),
    ...lists(
      'points',
      [1, 2, 3, 4, 5].flatMap((p) => [`p${p}x`, `p${p}y`]),
    ),
  ]);
}

/**
 * faces.json, or the faces of a manifest.json, as a table with the columns of faces.csv.
 * @throws Fault when it is neither
 */
export function jsonTable(path: string, name: string): FaceTable {
  const text = readFileSync(path, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new Fault(`${name} is not JSON: ${(thrown as Error).message}.`);
  }
  const faces = Array.isArray(json)
    ? json
    : isEntry(json)
      ? listOf(json.faces).map((face) => (isEntry(face) ? asColumns(face) : face))
      : [];
  const entries = faces.filter(isEntry);
  if (entries.length === 0 || entries.length !== faces.length) {
    throw new Fault(
      `${name} holds no list of faces as \`visage export\` writes it: objects with 'file', 'cohort' and the rest.`,
    );
  }
  const header = [...new Set(entries.flatMap((entry) => Object.keys(entry)))];
  // Visage writes a face per line.
  const begin = text.search(/\{\s*"file"/);
  const first = text.slice(0, Math.max(0, begin)).split('\n').length;
  return {
    name,
    header,
    decimalMark: '.',
    async *rows(report): AsyncGenerator<Row> {
      for (const [i, entry] of entries.entries()) {
        report.rows++;
        yield {
          cells: header.map((column) =>
            entry[column] === null || entry[column] === undefined ? '' : String(entry[column]),
          ),
          line: first + i,
        };
      }
    },
  };
}
