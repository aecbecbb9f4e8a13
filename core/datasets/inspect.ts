import { UsageFault } from '../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import { encodingNamed } from '../foundation/tables/encoding.ts';
import type { NewFace } from '../project/types.ts';
import type { ColumnQuestion } from './census.ts';
import { matchesOf, readerOf, recognise } from './formats.ts';
import { listSource, type SourceListing } from './listing.ts';
import type { ColumnMapping, OpenSource, Reader } from './reader.ts';
import { ReadReport, type Reject, type Repair } from './report.ts';
import { chooseRoot, countByStems, rootByStems } from './roots.ts';
import { soundFaces } from './sound.ts';

/** How a source is to be read. */
export interface SourceChoice {
  /** Format by name; recognised when absent. */
  format?: string;
  mapping?: ColumnMapping;
  /** Folder of the images. */
  images?: string;
  /** Encoding of its tables; recognised when absent. */
  encoding?: string;
}

export interface ChosenSource {
  listing: SourceListing;
  reader: Reader;
  /** Why this format. */
  why: string;
  open: OpenSource;
}

/** Lists a source, recognises it and opens its reader. @throws Fault when it cannot be recognised or opened */
export function chooseSource(path: string, choice: SourceChoice, options: WorkOptions): ChosenSource {
  const listing = listSource(
    path,
    choice.encoding === undefined ? undefined : encodingNamed(choice.encoding),
  );
  // Columns that the user maps are of a csv, whatever else the file may look like.
  const format =
    choice.format ?? (choice.mapping && Object.keys(choice.mapping.columns).length > 0 ? 'csv' : undefined);
  const { reader, why } =
    format === undefined
      ? (({ reader, match }) => ({ reader, why: `it holds ${match.why}` }))(recognise(listing))
      : { reader: readerOf(format), why: 'it was asked for' };
  const asked = Object.entries(choice.mapping ?? {}).filter(
    ([, said]) => said && Object.keys(said).length > 0,
  );
  const unheard = asked.find(([part]) => !reader.heeds?.includes(part as 'columns' | 'values'));
  if (unheard) {
    throw new UsageFault(
      `--${unheard[0]} says nothing to the format '${reader.format}' (${reader.title}), as which '${path}' is read; to read it by its columns, add --format csv.`,
    );
  }
  const open = reader.open(listing, { ...options, mapping: choice.mapping, images: choice.images });
  return { listing, reader, why, open };
}

/** What an import would read, for a preview; nothing is written and no image is opened. */
export interface SourcePreview {
  path: string;
  format: string;
  title: string;
  why: string;
  /** Other formats that would fit, with what they found. */
  others: { format: string; title: string; why: string }[];
  name: string;
  /** Where the images lie, null when only labels are there. */
  root: string | null;
  rows: number;
  imported: number;
  rejected: number;
  repaired: number;
  rejects: Reject[];
  repairs: Repair[];
  notes: string[];
  /** Columns whose numbers can mean several things: the import waits for an answer, and their labels are not counted. */
  questions: ColumnQuestion[];
  /** A table's encoding was guessed, and may have to be said. */
  guessed: boolean;
  /** How many faces say each of: identity, age, gender, race, pitch, yaw, box, points, landmarks. */
  says: Record<string, number>;
  sample: NewFace[];
  seconds: number;
}

export interface InspectOptions extends WorkOptions {
  /** Is shown the first faces, where their images lie and what the source would be called. */
  first?(faces: readonly NewFace[], root: string | null, name: string): Promise<void>;
}

const SAMPLE = 8;

function count(says: Record<string, number>, face: NewFace): void {
  for (const part of ['identity', 'box', 'points', 'landmarks'] as const) {
    if (face[part] !== undefined) says[part]++;
  }
  for (const [a, name] of ['age', 'gender', 'race', 'pitch', 'yaw'].entries()) {
    if (face.labels?.[a] !== undefined) says[name]++;
  }
}

/** Reads a source without writing: format and why, counts, rejects, and a sample of faces. */
export async function inspectSource(
  path: string,
  choice: SourceChoice = {},
  options: InspectOptions = {},
): Promise<SourcePreview> {
  const started = performance.now();
  const { listing, reader, why, open } = chooseSource(path, choice, options);
  const report = new ReadReport();
  const says: Record<string, number> = Object.fromEntries(
    ['identity', 'age', 'gender', 'race', 'pitch', 'yaw', 'box', 'points', 'landmarks'].map((part) => [
      part,
      0,
    ]),
  );
  const questions = (await open.questions?.()) ?? [];
  const sample: NewFace[] = [];
  let imported = 0;
  let root: string | null = open.fromImages ? open.roots[0] : null;
  for await (const faces of soundFaces(open, report)) {
    throwIfCancelled(options.signal);
    if (imported === 0 && faces.length > 0) {
      root = chooseRoot(open, faces, choice.images) ?? rootByStems(open, faces);
      const others = root === null || open.fromImages ? 0 : countByStems(root, faces);
      if (others > 0) {
        report.note(
          `${others} of the first rows name pictures that stand there under another ending or in other case; --match-stem takes those where one file fits.`,
        );
      }
      await options.first?.(faces, root, open.name);
    }
    for (const face of faces) count(says, face);
    if (sample.length < SAMPLE) sample.push(...faces.slice(0, SAMPLE - sample.length));
    imported += faces.length;
    options.onProgress?.({ stage: 'Reading', done: report.rows, unit: 'rows' });
  }
  return {
    path: listing.path,
    format: reader.format,
    title: reader.title,
    why,
    others: matchesOf(listing)
      .filter((other) => other.reader !== reader)
      .map(({ reader: { format, title }, match }) => ({ format, title, why: match.why })),
    name: open.name,
    root,
    rows: report.rows,
    imported,
    rejected: report.rejects.length,
    repaired: report.repaired,
    rejects: report.rejects,
    repairs: report.repairs,
    notes: report.notes,
    questions,
    guessed: report.guessed,
    says,
    sample,
    seconds: (performance.now() - started) / 1000,
  };
}
