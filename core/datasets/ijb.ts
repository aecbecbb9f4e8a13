import { join } from 'node:path';
import { foldDegrees, IJB_AGES } from '../attributes/folding.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { isAbsent, isAbsentName } from '../foundation/tables/absent.ts';
import { type DecimalMark, readNumber, twoReadings } from '../foundation/tables/numbers.ts';
import type { Box, NewFace } from '../project/types.ts';
import { ijbMetaFaces, metaFilesOf } from './ijb-meta.ts';
import { nameOf, type SourceListing } from './listing.ts';
import { RowPaths } from './paths.ts';
import { type OpenOptions, type OpenSource, PORTION, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { CsvTable, tablesOf } from './table.ts';

const NEEDED = ['SUBJECT_ID', 'FILENAME', 'FACE_X', 'FACE_Y', 'FACE_WIDTH', 'FACE_HEIGHT'];

function csvsOf(listing: SourceListing): string[] {
  const holdsNeeded = (header: readonly string[]): boolean => {
    const columns = new Set(header.map((column) => column.toUpperCase()));
    return NEEDED.every((column) => columns.has(column));
  };
  const csvs = tablesOf(listing, holdsNeeded).filter((file) => holdsNeeded(listing.header(file)));
  // The metadata first: protocol csvs then only add templates to faces that are known.
  const rank = (file: string): number => (/metadata/i.test(nameOf(file)) ? 0 : 1);
  return csvs.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** A number; undefined for a cell that says nothing; null when it is neither. */
const number = (text: string, mark: DecimalMark): number | undefined | null =>
  isAbsent(text) ? undefined : (readNumber(text, mark) ?? null);

/** Codes are whole numbers, but files that went through a data frame write '1.0', or '1,0' in other countries. */
const code = (text: string): string => text.trim().replace(/[.,]0+$/, '');

interface Draft extends NewFace {
  raw: Record<string, string>;
}

/** Age, gender and yaw of one row; a reject's value and sentence otherwise. */
function fold(
  cell: (name: string) => string | undefined,
): (number | undefined)[] | { value: string; sentence: string } {
  const labels: (number | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
  const age = cell('AGE');
  if (age !== undefined && !isAbsent(age)) {
    if (!/^[0-5]$/.test(code(age))) {
      return {
        value: age,
        sentence: `AGE '${age}' is not allowed; allowed: 0 (unknown), 1 (0–19), 2 (20–34), 3 (35–49), 4 (50–64), 5 (65 and more), NaN.`,
      };
    }
    labels[0] = IJB_AGES[code(age)];
  }
  const gender = cell('GENDER');
  if (gender !== undefined && !isAbsent(gender)) {
    if (!/^[01]$/.test(code(gender))) {
      return {
        value: gender,
        sentence: `GENDER '${gender}' is not allowed; allowed: 0 (female), 1 (male), NaN.`,
      };
    }
    labels[1] = Number(code(gender));
  }
  const yaw = cell('YAW');
  if (yaw !== undefined && !isAbsent(yaw)) {
    const degrees = number(yaw, yaw.includes(',') ? ',' : '.');
    if (degrees === null || degrees === undefined || Math.abs(degrees) > 180) {
      return { value: yaw, sentence: `YAW '${yaw}' is not allowed; allowed: degrees −180…180, NaN.` };
    }
    labels[4] = foldDegrees(degrees);
  }
  return labels;
}

async function readCsv(
  listing: SourceListing,
  name: string,
  drafts: Map<string, Draft>,
  report: ReadReport,
  options: OpenOptions,
): Promise<void> {
  const table = await CsvTable.open(listing, name);
  const [subjectAt, fileAt, ...boxAt] = NEEDED.map((column) => table.required(column));
  const templateAt = table.column('TEMPLATE_ID');
  const rawAt = table.header.flatMap((column, c) =>
    boxAt.includes(c) || c === fileAt || c === templateAt || /^OCC\d+$/i.test(column) || column === ''
      ? []
      : [[column.toLowerCase(), c] as const],
  );
  const occlusionsAt = table.header.flatMap((column, c) => (/^OCC\d+$/i.test(column) ? [c] : []));
  const columnOf = new Map(['AGE', 'GENDER', 'YAW'].map((column) => [column, table.column(column)]));
  const sightingAt = table.column('SIGHTING_ID');
  const paths = new RowPaths(report, options.images, [listing.folder]);
  let count = 0;
  for await (const { cells, line } of table.rows(report)) {
    if (++count % 5000 === 0) throwIfCancelled(options.signal);
    const subject = isAbsentName(cells[subjectAt]) ? '' : code(cells[subjectAt]);
    if (isAbsentName(cells[fileAt]) || subject === '') {
      report.reject(
        name,
        line,
        cells.slice(0, 3).join(','),
        'SUBJECT_ID or FILENAME is empty; both are needed.',
      );
      continue;
    }
    const read = paths.read(cells[fileAt], 'FILENAME');
    if ('sentence' in read) {
      report.reject(name, line, cells[fileAt], read.sentence);
      continue;
    }
    const { path } = read;
    const box = boxAt.map((c) => number(cells[c], table.decimalMark));
    if (box.includes(null) || (box[2] ?? 1) <= 0 || (box[3] ?? 1) <= 0) {
      const words = boxAt.map((c) => cells[c]).join(' ');
      report.reject(
        name,
        line,
        words,
        twoReadings(boxAt.map((c) => cells[c])) ??
          `the box '${words}' is not allowed; allowed: four numbers in pixels, width and height above 0, or NaN.`,
      );
      continue;
    }
    // One file holds several sightings, and a sighting id is not in every csv: the box tells faces apart.
    const which = `${subject}|${path}|${box.map((value) => value ?? '').join(' ')}`;
    const template = templateAt >= 0 && !isAbsentName(cells[templateAt]) ? code(cells[templateAt]) : '';
    const known = drafts.get(which);
    if (known) {
      if (template !== '') {
        const templates = known.raw.templates === undefined ? [] : known.raw.templates.split(' ');
        if (!templates.includes(template)) known.raw.templates = [...templates, template].join(' ');
      } else {
        report.reject(
          name,
          line,
          which,
          `subject ${subject} stands a second time in '${path}' with the same box; the first row counts.`,
        );
      }
      continue;
    }
    const labels = fold((column) => {
      const at = columnOf.get(column) ?? -1;
      return at < 0 ? undefined : cells[at];
    });
    if (!Array.isArray(labels)) {
      report.reject(name, line, labels.value, labels.sentence);
      continue;
    }
    const raw: Record<string, string> = {};
    for (const [column, at] of rawAt) if (!isAbsent(cells[at])) raw[column] = cells[at];
    if (occlusionsAt.some((at) => !isAbsent(cells[at]))) {
      raw.occlusions = occlusionsAt.map((at) => code(cells[at])).join(' ');
    }
    if (template !== '') raw.templates = template;
    const sighting = sightingAt >= 0 && !isAbsent(cells[sightingAt]) ? code(cells[sightingAt]) : '';
    drafts.set(which, {
      path,
      key: `${subject}:${box.map((value) => value ?? '').join(',')}${sighting && `:${sighting}`}`,
      identity: subject,
      ...(box.every((value) => value !== undefined) && { box: box as unknown as Box }),
      raw,
      labels,
    });
  }
}

/** IJB-B and IJB-C: the official csvs (metadata and protocols), or the layout that most evaluation code uses. */
export const ijb: Reader = {
  format: 'ijbc',
  title: 'IJB-C / IJB-B',
  looksFor:
    'a csv with SUBJECT_ID, FILENAME and FACE_X … FACE_HEIGHT, or ijbc_face_tid_mid.txt (ijbb_…) beside loose_crop/',
  match(listing) {
    const meta = metaFilesOf(listing);
    if (meta.media !== undefined) {
      return { score: 0.95, why: [meta.media, meta.points].filter(Boolean).join(', ') };
    }
    const csvs = csvsOf(listing);
    if (csvs.length === 0) return null;
    return { score: 0.95, why: `${csvs.slice(0, 3).join(', ')} with SUBJECT_ID, FILENAME and FACE_X` };
  },
  open(listing, options): OpenSource {
    const meta = metaFilesOf(listing);
    const csvs = csvsOf(listing);
    if (meta.media === undefined && csvs.length === 0) {
      throw new Fault(`'${listing.path}' holds no IJB file: looked for ${ijb.looksFor}.`);
    }
    const generation = /ijb-?b/i.test(meta.media ?? csvs[0] ?? '') ? 'IJB-B' : 'IJB-C';
    if (meta.media !== undefined) {
      const folders = [listing.folder, join(listing.folder, '..')];
      return {
        name: generation,
        roots: folders.flatMap((folder) => [join(folder, 'loose_crop'), folder]),
        fromImages: false,
        faces: (report) => ijbMetaFaces(listing, meta, report, options),
      };
    }
    const up = join(listing.folder, '..');
    return {
      name: generation,
      roots: [listing.folder, join(listing.folder, 'images'), up, join(up, 'images')],
      fromImages: false,
      async *faces(report) {
        const drafts = new Map<string, Draft>();
        for (const name of csvs) await readCsv(listing, name, drafts, report, options);
        let portion: NewFace[] = [];
        for (const draft of drafts.values()) {
          portion.push(draft);
          if (portion.length === PORTION) {
            yield portion;
            portion = [];
          }
        }
        yield portion;
      },
    };
  },
};
