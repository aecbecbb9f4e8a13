import { basename, join } from 'node:path';
import { ATTRIBUTE_NAMES, ATTRIBUTES } from '../attributes/attributes.ts';
import { Fault, UsageFault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { isAbsent, isAbsentName } from '../foundation/tables/absent.ts';
import { type DecimalMark, readNumber, twoReadings } from '../foundation/tables/numbers.ts';
import type { Box, NewFace } from '../project/types.ts';
import { CODINGS, IGNORE, unitOf, type ValueMapping } from './coding.ts';
import { type FaceTable, LabelColumns, meantBy } from './label-columns.ts';
import { folderOf, type SourceListing } from './listing.ts';
import { RowPaths } from './paths.ts';
import { type ColumnMapping, type OpenOptions, type OpenSource, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { CsvTable, tablesOf } from './table.ts';

/** Column names that say a field without being asked, in lower case. */
const OBVIOUS: Readonly<Record<string, readonly string[]>> = {
  file: ['file', 'path', 'image', 'filename', 'file_name', 'img', 'image_path', 'image_id', 'filepath'],
  identity: ['identity', 'person', 'subject', 'subject_id', 'identity_id'],
  key: ['key', 'source_key'],
  split: ['split', 'partition'],
  score: ['score'],
  age: ['age'],
  gender: ['gender', 'sex'],
  race: ['race', 'ethnicity'],
  pitch: ['pitch'],
  yaw: ['yaw'],
  cohort: ['cohort'],
  x: ['x', 'left', 'face_x', 'box_x'],
  y: ['y', 'top', 'face_y', 'box_y'],
  width: ['width', 'w', 'face_width', 'box_width'],
  height: ['height', 'h', 'face_height', 'box_height'],
  sha256: ['sha256'],
  bytes: ['bytes'],
  ...Object.fromEntries(
    ATTRIBUTE_NAMES.flatMap((name) => [`${name}_origin`, `${name}_confidence`]).map((field) => [
      field,
      [field],
    ]),
  ),
};

const POINT = /^p[1-5][xy]$/;
const LANDMARK = /^l([1-9]|[1-5]\d|6[0-8])[xy]$/;

const FIELDS = [
  ...Object.keys(OBVIOUS).filter((field) => !/_(origin|confidence)$/.test(field)),
  'age_origin … yaw_origin',
  'age_confidence … yaw_confidence',
  'p1x … p5y',
  'l1x … l68y',
].join(', ');

const isField = (field: string): boolean => field in OBVIOUS || POINT.test(field) || LANDMARK.test(field);

/**
 * Reads '--columns file=path,age=Age'. A comma or '=' inside a column's name cannot be written this way.
 * @throws UsageFault naming the fields there are
 */
export function parseColumns(text: string): Record<string, string> {
  const columns: Record<string, string> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const field = part.slice(0, Math.max(at, 0)).trim();
    const column = part.slice(at + 1).trim();
    if (at < 0 || column === '') {
      throw new UsageFault(`--columns '${part}' is not allowed; allowed: FIELD=COLUMN, separated by commas.`);
    }
    if (!isField(field)) {
      throw new UsageFault(`--columns names the field '${field}', which is none; the fields are: ${FIELDS}.`);
    }
    columns[field] = column;
  }
  return columns;
}

/**
 * Reads one '--values race:1=Black,2=White,9=' (an empty right side: no label), '--values age:codes' (the column holds
 * the digits of the cohort code) or the name of another coding or scale, as '--values yaw:degrees'.
 * @throws UsageFault naming what is allowed
 */
export function parseValues(text: string): [attribute: string, values: ValueMapping] {
  const [name, rest] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  const a = ATTRIBUTES.findIndex((attribute) => attribute.name === name);
  if (a < 0) {
    throw new UsageFault(
      `--values '${text}' is not allowed; allowed: ATTRIBUTE:RAW=VALUE,… or ATTRIBUTE:NAME, as 'age:codes', with one of ${ATTRIBUTES.map((attribute) => attribute.name).join(', ')}.`,
    );
  }
  const named = CODINGS[a].find((coding) => coding.name === rest);
  if (named) return [name, named.values];
  if (rest === IGNORE) return [name, IGNORE];
  if (!rest.includes('=')) {
    throw new UsageFault(
      `--values '${text}' is not allowed; allowed after '${name}:' are ${[...CODINGS[a].map((coding) => coding.name), IGNORE].join(', ')}, or RAW=VALUE,… value by value.`,
    );
  }
  const values: Record<string, string> = {};
  for (const part of rest.split(',')) {
    const at = part.lastIndexOf('=');
    const word = part.slice(at + 1).trim();
    if (at <= 0 || (word !== '' && meantBy(a, word) === undefined)) {
      throw new UsageFault(
        `--values '${name}:${part}' is not allowed; allowed on the right of '=': ${ATTRIBUTES[a].values.map((value) => `'${value}'`).join(', ')}, or nothing for no label.`,
      );
    }
    values[part.slice(0, at).trim()] = word;
  }
  return [name, values];
}

/** The mapping that a header suggests; without a 'file' column there is none. */
export function obviousMapping(header: readonly string[]): ColumnMapping | undefined {
  const columns: Record<string, string> = {};
  for (const [field, names] of Object.entries(OBVIOUS)) {
    const column = names
      .map((name) => header.find((candidate) => candidate.toLowerCase() === name))
      .find((candidate) => candidate !== undefined);
    if (column !== undefined) columns[field] = column;
  }
  for (const column of header) {
    // 'age_years' says more than 'age' does, so it is the one that is read where both are there.
    const attribute = unitOf(column)?.name.toLowerCase();
    if (attribute !== undefined && (ATTRIBUTE_NAMES as readonly string[]).includes(attribute)) {
      columns[attribute] = column;
    }
    const field = column.toLowerCase();
    if (POINT.test(field) || LANDMARK.test(field)) columns[field] = column;
  }
  return columns.file === undefined ? undefined : { columns };
}

/** A single text file is taken for a table where it has columns; among other files, where one names the image. */
const csvsOf = (listing: SourceListing): string[] =>
  tablesOf(listing, (header) => listing.single || obviousMapping(header) !== undefined);

/** Numbers of `fields`, all of them or none. @throws never; a sentence when some are missing or no number */
function numbers(
  cells: readonly string[],
  at: readonly number[],
  what: string,
  mark: DecimalMark,
): number[] | string | undefined {
  const words = at.map((c) => cells[c].trim());
  if (words.every(isAbsent)) return undefined;
  const values = words.map((word) => readNumber(word, mark));
  return values.some((value) => value === undefined)
    ? (twoReadings(mark === undefined ? words : []) ??
        `${what} '${words.join(' ').slice(0, 80)}' is not allowed; allowed: numbers in pixels.`)
    : (values as number[]);
}

/** A table whose rows are faces, and how it is to be read. */
export interface FaceRows {
  table: FaceTable;
  /** Index of each mapped field's column. */
  at: ReadonlyMap<string, number>;
  labels: LabelColumns;
  /** The image path that a cell says, where the table writes it in a way of its own. */
  place?(cell: string): string;
  /** The name of the person whom a row names, where the table's other columns matter. */
  person?(name: string, cells: readonly string[]): string;
  /** Columns that are kept raw; all that say no path or position when absent. */
  raw?: readonly string[];
  /** Names are taken as they stand: a person may be called 'None'. */
  verbatim?: boolean;
  /** Where its images may lie. */
  folders: readonly string[];
}

/** The faces of a table, in portions. */
export async function* mappedFaces(
  { table, labels: labelColumns, at, place, person, raw, verbatim, folders }: FaceRows,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const { name } = table;
  const group = (fields: readonly string[], what: string): number[] => {
    const found = fields.filter((field) => at.has(field));
    if (found.length > 0 && found.length < fields.length) {
      throw new Fault(
        `${name}: ${what} needs all of ${fields.join(', ')}; mapped are only ${found.join(', ')}.`,
      );
    }
    return found.map((field) => at.get(field) as number);
  };
  const xy = (prefix: string, count: number): string[] =>
    Array.from({ length: 2 * count }, (_, i) => `${prefix}${(i >> 1) + 1}${i % 2 === 0 ? 'x' : 'y'}`);
  const boxAt = group(['x', 'y', 'width', 'height'], 'a box');
  const pointsAt = group(xy('p', 5), 'five points');
  const landmarksAt = group(xy('l', 68), '68 landmarks');
  const fileAt = at.get('file') as number;
  const positions = new Set([...boxAt, ...pointsAt, ...landmarksAt, fileAt]);
  const rawAt = table.header.flatMap((column, c) =>
    positions.has(c) || column === '' || raw?.includes(column) === false ? [] : [[column, c] as const],
  );
  const portions = new Portions();
  const paths = new RowPaths(report, options.images, folders);
  for await (const { cells, line } of table.rows(report)) {
    const text = (field: string): string | undefined => {
      const c = at.get(field);
      if (c === undefined) return undefined;
      if (verbatim) return cells[c] === '' ? undefined : cells[c];
      return isAbsentName(cells[c]) ? undefined : cells[c].trim();
    };
    const key = text('key') ?? '';
    const path = paths.take(name, line, place?.(cells[fileAt]) ?? cells[fileAt], key, table.header[fileAt]);
    if (path === undefined) continue;
    const reject = (value: string, sentence: string): void => report.reject(name, line, value, sentence);
    const labels = labelColumns.read(cells);
    if (Array.isArray(labels)) {
      reject(...labels);
      continue;
    }
    let problem: [string, string] | undefined;
    const box = numbers(cells, boxAt, 'the box', table.decimalMark);
    const points = numbers(cells, pointsAt, 'the five points', table.decimalMark);
    const landmarks = numbers(cells, landmarksAt, 'the landmarks', table.decimalMark);
    for (const part of [box, points, landmarks]) if (typeof part === 'string') problem ??= [part, part];
    const measure = (field: string): string | undefined => {
      const c = at.get(field);
      return c === undefined || isAbsent(cells[c]) ? undefined : cells[c].trim();
    };
    const scored = measure('score');
    // A score has no thousands: a comma stands before decimals.
    const score = scored === undefined ? undefined : readNumber(scored, scored.includes(',') ? ',' : '.');
    if (scored !== undefined && !(score !== undefined && score >= 0 && score <= 1)) {
      problem ??= [scored, `score '${scored}' is not allowed; allowed: 0…1.`];
    }
    const sha256 = measure('sha256')?.toLowerCase();
    if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
      problem ??= [sha256, `'${sha256}' is no SHA-256 hash; allowed: 64 hexadecimal digits.`];
    }
    if (problem) {
      reject(...problem);
      continue;
    }
    const { repairs, ...said } = labels;
    for (const [value, read] of repairs) report.repair(name, line, value, read, 'spreadsheet');
    const who = text('identity');
    const bytes = readNumber(measure('bytes') ?? '', table.decimalMark ?? '.');
    portions.add({
      path,
      ...said,
      identity: who !== undefined && person ? person(who, cells) : who,
      ...(key !== '' && { key }),
      split: text('split'),
      score,
      box: Array.isArray(box) && box.length === 4 ? (box as unknown as Box) : undefined,
      points: Array.isArray(points) && points.length > 0 ? Float32Array.from(points) : undefined,
      landmarks: Array.isArray(landmarks) && landmarks.length > 0 ? Float32Array.from(landmarks) : undefined,
      ...(sha256 !== undefined && { content: { sha256, ...(bytes !== undefined && { bytes }) } }),
      raw: Object.fromEntries(rawAt.map(([column, c]) => [column, cells[c]])),
    });
    if (portions.full) {
      throwIfCancelled(options.signal);
      yield portions.take();
    }
  }
  yield portions.take();
}

/** Questions and faces of a table, which is looked through before its first face is read. */
export function surveyed(
  make: () => FaceRows | Promise<FaceRows>,
  options: OpenOptions,
): Pick<OpenSource, 'questions' | 'faces'> {
  let made: Promise<FaceRows> | undefined;
  const rows = (): Promise<FaceRows> => {
    made ??= (async () => {
      const whole = await make();
      await whole.labels.survey();
      return whole;
    })();
    return made;
  };
  return {
    questions: async () => (await rows()).labels.questions,
    async *faces(report) {
      yield* mappedFaces(await rows(), report, options);
    },
  };
}

/** Any csv, by a mapping of fields to columns. */
export const columns: Reader = {
  format: 'csv',
  title: 'csv with mapped columns',
  heeds: ['columns', 'values'],
  looksFor: 'one csv with a column file, path, image or filename (or --columns)',
  match(listing) {
    const csvs = csvsOf(listing);
    if (csvs.length !== 1) return null;
    const mapping = obviousMapping(listing.header(csvs[0]));
    if (!mapping) return null;
    const said = Object.entries(mapping.columns)
      .slice(0, 8)
      .map(([field, column]) => `${field} = '${column}'`);
    return { score: 0.4, why: `${csvs[0]} whose columns can be read as ${said.join(', ')}` };
  },
  open(listing, options): OpenSource {
    const csvs = csvsOf(listing);
    if (csvs.length !== 1) {
      throw new Fault(
        `'${listing.path}' holds ${csvs.length === 0 ? 'no csv' : `${csvs.length} csvs (${csvs.slice(0, 5).join(', ')}…)`}; name the one to read.`,
      );
    }
    const [name] = csvs;
    const header = listing.header(name);
    const given =
      options.mapping && Object.keys(options.mapping.columns).length > 0 ? options.mapping : undefined;
    const obvious = obviousMapping(header);
    const mapping = given ?? (obvious && { ...obvious, values: options.mapping?.values });
    if (mapping?.columns.file === undefined) {
      throw new Fault(
        `${name} needs a column that names the image; say it with --columns file=COLUMN. Its columns are: ${header.map((column) => `'${column}'`).join(', ')}.`,
      );
    }
    return {
      name: basename(name).replace(/\.[^.]+$/, ''),
      // Paths are relative to the folder that is read, or to that of the table ('train/metadata.csv').
      roots: [...new Set([listing.folder, join(listing.folder, folderOf(name))])],
      fromImages: false,
      ...surveyed(async () => {
        const table = await CsvTable.open(listing, name);
        const at = new Map(
          Object.entries(mapping.columns).map(([field, column]) => [field, table.required(column)] as const),
        );
        const { values } = mapping;
        return {
          table,
          at,
          folders: [listing.folder],
          labels: new LabelColumns(table, at, { values, cohortGiven: given?.columns.cohort !== undefined }),
        };
      }, options),
    };
  },
};
