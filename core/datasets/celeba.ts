import { join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { isAbsent } from '../foundation/tables/absent.ts';
import { decimalMarkOf, readNumber } from '../foundation/tables/numbers.ts';
import type { NewFace } from '../project/types.ts';
import { isImageName, nameOf, type SourceListing } from './listing.ts';
import { type OpenOptions, type OpenSource, PORTION, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { anyRows } from './table.ts';

/** A face while the files are joined. */
interface Draft {
  identity?: string;
  split?: string;
  points?: Float32Array;
  raw: Record<string, string>;
  gender?: number;
}

/** One of CelebA's files: how many values a row has after the file's name, and what they say. */
interface Part {
  stem: string;
  values: number;
  allowed: string;
  /** Takes one row into the draft; a sentence when a value is not allowed. */
  take(draft: Draft, values: readonly string[], columns: readonly string[]): string | undefined;
}

const SPLITS: Readonly<Record<string, string>> = { '0': 'train', '1': 'val', '2': 'test' };

const numbers = (values: readonly string[]): number[] | undefined => {
  const mark = values.map(decimalMarkOf).find((found) => found !== undefined);
  const read = values.map((value) => readNumber(value, mark));
  return read.some((value) => value === undefined) ? undefined : (read as number[]);
};

const PARTS: readonly Part[] = [
  {
    stem: 'list_attr_celeba',
    values: 40,
    allowed: '1 or -1',
    take(draft, values, columns) {
      const bad = values.findIndex((value) => !/^-?[01](\.0+)?$/.test(value) && !isAbsent(value));
      if (bad >= 0) {
        return `${columns[bad] ?? `attribute ${bad + 1}`} '${values[bad]}' is not allowed; allowed: 1 or -1.`;
      }
      const male = columns.indexOf('Male');
      const young = columns.indexOf('Young');
      if (male >= 0 && !isAbsent(values[male])) {
        draft.raw.Male = values[male];
        draft.gender = Number(values[male]) === 1 ? 1 : 0;
      }
      // 'Young' maps to no age bin: it stays a hint.
      if (young >= 0) draft.raw.Young = values[young];
      draft.raw.attributes = columns.filter((_, a) => Number(values[a]) === 1).join(' ');
      return undefined;
    },
  },
  {
    stem: 'identity_celeba',
    values: 1,
    allowed: 'a whole number',
    take(draft, [identity]) {
      if (isAbsent(identity)) return undefined;
      if (!/^\d+(\.0+)?$/.test(identity)) {
        return `identity '${identity}' is not allowed; allowed: a whole number.`;
      }
      draft.identity = identity.replace(/\.0+$/, '');
      return undefined;
    },
  },
  {
    stem: 'list_eval_partition',
    values: 1,
    allowed: '0, 1 or 2',
    take(draft, [partition]) {
      if (isAbsent(partition)) return undefined;
      if (!(partition in SPLITS)) {
        return `partition '${partition}' is not allowed; allowed: 0 (train), 1 (val), 2 (test).`;
      }
      draft.split = SPLITS[partition];
      return undefined;
    },
  },
  {
    stem: 'list_landmarks_align_celeba',
    values: 10,
    allowed: 'ten numbers',
    take(draft, values) {
      if (values.every(isAbsent)) return undefined;
      const points = numbers(values);
      if (!points) return `landmarks '${values.join(' ')}' are not allowed; allowed: ten numbers in pixels.`;
      draft.points = Float32Array.from(points);
      return undefined;
    },
  },
  {
    stem: 'list_bbox_celeba',
    values: 4,
    allowed: 'four numbers',
    take(draft, values) {
      if (values.every(isAbsent)) return undefined;
      if (!numbers(values)) {
        return `box '${values.join(' ')}' is not allowed; allowed: four numbers in pixels.`;
      }
      // It refers to the picture before alignment, so it is no box of this image.
      draft.raw.original_box = values.join(' ');
      return undefined;
    },
  },
];

function partOf(file: string): Part | undefined {
  const name = nameOf(file).toLowerCase();
  return PARTS.find((part) => /\.(txt|csv|tsv|tab)$/.test(name) && name.slice(0, -4) === part.stem);
}

function partsOf(listing: SourceListing): { part: Part; file: string }[] {
  return PARTS.flatMap((part) => {
    const files = listing.files.filter((file) => partOf(file) === part);
    // The csv variants are copies: where both are there, the original is read.
    const file = files.find((name) => name.toLowerCase().endsWith('.txt')) ?? files[0];
    return file === undefined ? [] : [{ part, file }];
  });
}

/** Reads one file, with or without its count line and header, into the drafts. */
async function readPart(
  listing: SourceListing,
  { part, file }: { part: Part; file: string },
  drafts: Map<string, Draft>,
  report: ReadReport,
  options: OpenOptions,
): Promise<void> {
  let columns: readonly string[] = [];
  let expected: number | undefined;
  let count = 0;
  let begun = false;
  const seen = new Set<string>();
  for await (const { cells: given, line } of anyRows(listing, file, report)) {
    const cells = given.map((cell) => cell.trim());
    // Spreadsheets make all rows as long as the longest.
    while (cells.at(-1) === '' && (!begun || cells.length > part.values + 1)) cells.pop();
    if (!begun && cells.length === 1 && /^\d+$/.test(cells[0])) {
      expected = Number(cells[0]);
      continue;
    }
    if (!begun && !isImageName(cells[0])) {
      // A header names the values, with or without a name for the file's column.
      if (cells.length >= part.values) columns = cells.slice(cells.length - part.values);
      begun = true;
      continue;
    }
    begun = true;
    report.rows++;
    count++;
    if (count % 5000 === 0) throwIfCancelled(options.signal);
    const [image, ...values] = cells;
    if (values.length !== part.values) {
      report.reject(
        file,
        line,
        cells.join(' ').slice(0, 200),
        `the row has ${values.length} ${values.length === 1 ? 'value' : 'values'} after the file's name; ${part.values} ${part.values === 1 ? 'is' : 'are'} needed (${part.allowed}).`,
      );
      continue;
    }
    if (!isImageName(image) || image.includes('/') || image.includes('\\')) {
      report.reject(file, line, image, `'${image}' is no image name; allowed: a name such as 000001.jpg.`);
      continue;
    }
    if (seen.has(image)) {
      report.reject(file, line, image, `'${image}' stands here a second time; the first row counts.`);
      continue;
    }
    const draft: Draft = drafts.get(image) ?? { raw: {} };
    const problem = part.take(draft, values, columns);
    if (problem !== undefined) {
      report.reject(file, line, values.join(' ').slice(0, 200), problem);
      continue;
    }
    seen.add(image);
    drafts.set(image, draft);
  }
  if (expected !== undefined && expected !== count) {
    report.note(`${file} says on line 1 that it has ${expected} rows, but has ${count}.`);
  }
}

/** CelebA: its attribute, identity, partition, landmark and box files, txt or csv, joined by file name. */
export const celeba: Reader = {
  format: 'celeba',
  title: 'CelebA',
  looksFor:
    'list_attr_celeba, identity_CelebA, list_eval_partition, list_landmarks_align_celeba or list_bbox_celeba, as .txt or .csv',
  match(listing) {
    const parts = partsOf(listing);
    if (parts.length === 0) return null;
    return { score: 0.9, why: parts.map(({ file }) => file).join(', ') };
  },
  open(listing, options): OpenSource {
    let parts = partsOf(listing);
    if (parts.length === 0 && listing.single && listing.files.length === 1) {
      // Asked for by name, under another file name: its shape says which part it is.
      const row = listing
        .head(listing.files[0])
        .split(/\r?\n/)
        .at(3)
        ?.trim()
        .split(/[\s,;|]+/);
      const part = PARTS.find(
        ({ values, stem }) => values + 1 === row?.length && stem !== 'list_eval_partition',
      );
      if (part) parts = [{ part, file: listing.files[0] }];
    }
    if (parts.length === 0)
      throw new Fault(`'${listing.path}' holds no CelebA file: looked for ${celeba.looksFor}.`);
    const folders = [listing.folder, join(listing.folder, '..')];
    const below = ['img_align_celeba', 'Img/img_align_celeba', 'img_align_celeba/img_align_celeba', ''];
    return {
      name: 'CelebA',
      roots: folders.flatMap((folder) => below.map((name) => join(folder, name))),
      fromImages: false,
      async *faces(report) {
        const drafts = new Map<string, Draft>();
        for (const part of parts) await readPart(listing, part, drafts, report, options);
        let portion: NewFace[] = [];
        for (const [path, { gender, ...rest }] of drafts) {
          portion.push({ path, ...rest, ...(gender !== undefined && { labels: [undefined, gender] }) });
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
