import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AttachedImages, attachImages } from '../datasets/attach.ts';
import { questionText } from '../datasets/census.ts';
import {
  type ChosenSource,
  chooseSource,
  inspectSource,
  type SourceChoice,
  type SourcePreview,
} from '../datasets/inspect.ts';
import { MovedFiles } from '../datasets/places.ts';
import { ReadReport, type Reject, type Repair } from '../datasets/report.ts';
import { chooseRoot, rootByStems } from '../datasets/roots.ts';
import { soundFaces } from '../datasets/sound.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import type { NewFace, Source } from '../project/types.ts';
import { type MovedSource, movedSentence, movedSource } from './import/moved.ts';
import { SaidByOthers } from './import/said.ts';
import { type JobOptions, recorded } from './recorded.ts';

export type { SourcePreview } from '../datasets/inspect.ts';

export interface ImportInput extends SourceChoice {
  /** Folder or label file. */
  source: string;
  /** Name of the source in the project; default: the data set's or the folder's. */
  name?: string;
  /** Labels only: images are neither searched nor opened. */
  noImages?: boolean;
  /** Takes pictures that differ from their rows' paths in ending or case alone. */
  matchStem?: boolean;
  /** Decodes every picture wholly, so that damage in its middle is found now and not by a later job. */
  check?: boolean;
  /** A source of its own, although its images are those of a source that has moved. */
  another?: boolean;
}

/** What `visage import --dry-run --json` prints. */
export interface ImportPreview extends SourcePreview {
  /** The source whose images these are, at a new place: the import asks whether it has moved. */
  moved: MovedSource | null;
}

/** The moved source that an import under a new name would double; null where there is none, or the user knows. */
async function doubled(
  project: ProjectStore,
  input: Omit<ImportInput, 'source'>,
  name: string,
  faces: readonly NewFace[],
  root: string | null,
  options: WorkOptions,
): Promise<MovedSource | null> {
  if (root === null || input.noImages || input.another) return null;
  if (project.sources().some((source) => source.name === name)) return null;
  return movedSource(project, faces, root, options);
}

/** What an import would read, and what it would ask; nothing is written. @param project where it would go, if it is there */
export async function previewImport(
  project: ProjectStore | undefined,
  input: ImportInput,
  options: WorkOptions = {},
): Promise<ImportPreview> {
  let moved: MovedSource | null = null;
  const preview = await inspectSource(input.source, input, {
    ...options,
    async first(faces, root, name) {
      if (project) moved = await doubled(project, input, input.name ?? name, faces, root, options);
    },
  });
  return { ...preview, moved };
}

/** What `visage import --json` prints. */
export interface ImportResult {
  source: string;
  format: string;
  /** Why it was read so. */
  why: string;
  root: string | null;
  /** Rows (or image files) that were read. */
  rows: number;
  /** Faces that the rows gave, new or known. */
  imported: number;
  rejected: number;
  /** Damaged values that could be read. */
  repaired: number;
  seconds: number;
  added: number;
  changed: number;
  unchanged: number;
  /** Label events that were written. */
  events: number;
  /** Faces of the project now. */
  faces: number;
  rejects: Reject[];
  repairs: Repair[];
  notes: string[];
  /** Null when images were not looked at. */
  images: AttachedImages | null;
  /** Groups of equal files that this source has a part in, as 'source: path'. */
  duplicates: string[][];
}

const samePlace = (a: string, b: string): boolean =>
  a === b || (existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b));

/** The project's source for what is read, its root brought up to date. */
function putSource(
  project: ProjectStore,
  chosen: ChosenSource,
  input: ImportInput,
  root: string | null,
): Source {
  const name = input.name ?? chosen.open.name;
  const known = project.sources().find((source) => source.name === name);
  const source = project.addSource({ name, format: chosen.reader.format, root: known?.root ?? root });
  if (root === null || source.root === null || samePlace(source.root, root)) return source;
  // A moved source is one whose old folder is gone, or that the user names: two folders of the same name are not one.
  if (input.images === undefined && input.name === undefined && existsSync(source.root)) {
    throw new Fault(
      `There is a source '${name}' at '${source.root}' already. To read '${root}' as another source, give it a name with --name; if it is the same one at a new place, say --name '${name}'.`,
    );
  }
  project.setSourceRoot(source.id, root);
  return { ...source, root };
}

/** What the set says of its pictures' content, for those that were never seen: a moved one is found by it. */
function recordContents(
  project: ProjectStore,
  source: Source,
  contents: ReadonlyMap<string, NonNullable<NewFace['content']>>,
): void {
  if (contents.size === 0) return;
  project.recordImages(
    project.images({ source: source.id }).flatMap(({ id, path, hash, state }) => {
      const said = contents.get(path);
      return said === undefined || hash !== null
        ? []
        : [{ id, state, hash: said.sha256, ...(said.bytes !== undefined && { bytes: said.bytes }) }];
    }),
  );
}

const SHOWN_GROUPS = 1000;

function duplicatesOf(project: ProjectStore, source: number): string[][] {
  const groups = project.duplicates();
  if (groups.length === 0) return [];
  const names = new Map(project.sources().map(({ id, name }) => [id, name]));
  const records = new Map(project.images().map((record) => [record.id, record]));
  return groups
    .map((group) => group.flatMap((id) => records.get(id) ?? []))
    .filter((group) => group.some((record) => record.sourceId === source))
    .slice(0, SHOWN_GROUPS)
    .map((group) => group.map((record) => `${names.get(record.sourceId)}: ${record.place}`));
}

/** Where missing images are looked for: where the set says its images lay, unless the user named another folder. */
const searchedIn = (
  { searched, roots }: ChosenSource['open'],
  root: string,
): readonly string[] | undefined =>
  searched !== undefined && roots.some((own) => samePlace(resolve(own), root)) ? searched : undefined;

function stemsNote([first, ...others]: AttachedImages['stems']): string {
  const many = others.length + 1;
  return `${many === 1 ? '1 missing picture stands' : `${many} missing pictures stand`} there under another ending or in other case, such as '${first.file}' for '${first.path}'. Nothing was taken for them; import again with --match-stem to do so.`;
}

/** Lets signals and other requests in between two portions. */
const breathe = (): Promise<void> => new Promise((done) => setImmediate(done));

async function work(project: ProjectStore, input: ImportInput, options: WorkOptions): Promise<ImportResult> {
  const started = performance.now();
  const chosen = chooseSource(input.source, input, options);
  const { reader, open, why } = chosen;
  const report = new ReadReport();
  const counts = { imported: 0, added: 0, changed: 0, unchanged: 0, events: 0 };
  const questions = (await open.questions?.()) ?? [];
  if (questions.length > 0) throw new Fault(questions.map(questionText).join('\n'));
  const said = new SaidByOthers();
  const contents = new Map<string, NonNullable<NewFace['content']>>();
  let source: Source | undefined;
  let root: string | null = null;
  let batch: number | null = null;
  let moved: MovedFiles | undefined;
  const name = input.name ?? open.name;
  const description = `import ${name}`;
  for await (let faces of soundFaces(open, report)) {
    throwIfCancelled(options.signal);
    if (faces.length === 0) continue;
    if (source === undefined) {
      const known = project.sources().find((candidate) => candidate.name === name)?.root ?? null;
      root =
        input.noImages && !open.fromImages
          ? known
          : (chooseRoot(open, faces, input.images) ?? known ?? rootByStems(open, faces));
      const elsewhere = await doubled(project, input, name, faces, root, options);
      if (elsewhere) throw new Fault(movedSentence(elsewhere, root ?? '', reader.format));
      source = putSource(project, chosen, input, root);
      if (open.fromImages && root !== null) {
        moved = new MovedFiles(project.images({ source: source.id }), root, options);
      }
    }
    if (moved) faces = await moved.settle(faces);
    faces = faces.map((face) => said.takeFrom(face, open.agent));
    for (const { path, content } of faces) if (content) contents.set(path, content);
    const put = project.putFaces(source.id, faces, description, batch);
    batch = put.batch ?? batch;
    counts.imported += faces.length;
    for (const part of ['added', 'changed', 'unchanged', 'events'] as const) counts[part] += put[part];
    options.onProgress?.({ stage: `Reading ${name}`, done: report.rows, unit: 'rows' });
    await breathe();
  }
  let images: AttachedImages | null = null;
  let duplicates: string[][] = [];
  if (source !== undefined) {
    counts.events += said.write(project, source, open.agent?.name ?? source.name, description);
    recordContents(project, source, contents);
    if (root === null) {
      report.note('Only labels were read; the images can be attached later with --images DIR.');
    } else if (!input.noImages) {
      images = await attachImages(
        project,
        source.id,
        root,
        moved?.found ?? new Map(),
        { ...options, matchStem: input.matchStem, check: input.check },
        searchedIn(open, root),
      );
      if (images.stems.length > 0) report.note(stemsNote(images.stems));
      duplicates = duplicatesOf(project, source.id);
    }
  }
  return {
    source: name,
    format: reader.format,
    why,
    root,
    rows: report.rows,
    imported: counts.imported,
    rejected: report.rejects.length,
    repaired: report.repaired,
    seconds: (performance.now() - started) / 1000,
    added: counts.added,
    changed: counts.changed,
    unchanged: counts.unchanged,
    events: counts.events,
    faces: project.faceCount(),
    rejects: report.rejects,
    repairs: report.repairs,
    notes: report.notes,
    images,
    duplicates,
  };
}

/**
 * Reads a data set, or labels, into a project. Rows are committed in portions (all in one undoable batch) and images in
 * batches, so that a cancelled import keeps what it finished and goes on from there when it is run again; reading the
 * same source twice changes nothing.
 * @throws Fault when the source cannot be recognised or opened
 */
export async function importSource(
  project: ProjectStore,
  input: ImportInput,
  options: JobOptions = {},
): Promise<ImportResult> {
  const located = { ...input, source: resolve(input.source) };
  return recorded(project, 'import', located, options, () => work(project, input, options));
}
