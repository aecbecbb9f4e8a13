import { opendirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { kindInWords } from '../foundation/file-kind.ts';
import { isPictureName as isImageName } from '../foundation/pictures/kinds.ts';
import type { Encoding } from '../foundation/tables/encoding.ts';
import { headOf } from '../foundation/tables/head.ts';
import { below, causeOf, entryKind, FolderNames } from './entries.ts';
import { csvHeader } from './table.ts';

export { isPictureName as isImageName } from '../foundation/pictures/kinds.ts';

/** Hidden files and what other systems leave behind ('.DS_Store', '__MACOSX', '._photo.jpg'); '..photo.jpg' is a name. */
export const isHidden = (name: string): boolean =>
  (name.startsWith('.') && !name.startsWith('..')) || name === '__MACOSX';

/** A first look at a source: enough to recognise it, bounded however large it is. */
export interface SourceListing {
  /** Absolute path that was given. */
  path: string;
  /** The folder itself, or the folder of the single file. */
  folder: string;
  /** True when one file was given: then only it is looked at. */
  single: boolean;
  /** Relative paths of files that are no images (labels, metadata). */
  files: readonly string[];
  /** Relative paths of the first images that were met. */
  images: readonly string[];
  /** False when the look stopped before everything was seen. */
  complete: boolean;
  /** Encoding of its tables, where the user says one. */
  encoding?: Encoding;
  /** The beginning of a file as text, its first lines whole, without a byte order mark. */
  head(file: string): string;
  /** The first row of a table, its cells trimmed; empty when the file is none. */
  header(file: string): readonly string[];
}

/** Bound on entries that a first look sees, and on folders of one level that it opens. */
const ENTRY_LIMIT = 30_000;
const FOLDER_LIMIT = 200;
const DEPTH = 3;

/**
 * Entries of one folder that are files or folders, at most `limit`, in the order of their names. What else lies there, and
 * what cannot be looked at, is left to the walk that reads the images, which says so.
 */
function entriesOf(path: string, limit: number): { name: string; folder: boolean }[] {
  const entries: { name: string; folder: boolean }[] = [];
  const names = new FolderNames(path);
  const directory = opendirSync(path, { bufferSize: 256 });
  try {
    for (
      let entry = directory.readSync();
      entry !== null && entries.length < limit;
      entry = directory.readSync()
    ) {
      if (isHidden(entry.name) || !names.take(entry.name)) continue;
      const kind = entryKind(entry, entry.isSymbolicLink() ? behind(join(path, entry.name)) : undefined);
      if (typeof kind === 'string') entries.push({ name: entry.name, folder: kind === 'folder' });
    }
  } finally {
    directory.closeSync();
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function behind(link: string): Stats | { failed: unknown } {
  try {
    return statSync(link);
  } catch (failed) {
    return { failed };
  }
}

/**
 * What `look` gives. Where the file system refuses: a Fault for the source itself, nothing for a folder deep in it.
 */
function entriesOrNone(given: string, look: () => { name: string; folder: boolean }[], top: boolean) {
  try {
    return look();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
    if (top) throw new Fault(`'${given}' cannot be read: ${causeOf(thrown)}.`);
    return [];
  }
}

/**
 * Looks at a source.
 * @param encoding of its tables, where the user says one
 * @throws Fault when there is nothing at the path
 */
export function listSource(given: string, encoding?: Encoding): SourceListing {
  const path = resolve(given);
  const found = behind(path);
  const stat = 'failed' in found ? undefined : found;
  if (
    'failed' in found &&
    !['ENOENT', 'ENOTDIR'].includes((found.failed as NodeJS.ErrnoException).code ?? '')
  ) {
    throw new Fault(`'${given}' cannot be read: ${causeOf(found.failed)}.`);
  }
  if (!stat) throw new Fault(`There is nothing at '${given}': a folder or a label file is expected.`);
  const home = stat.isDirectory() ? path : dirname(path);
  const files: string[] = [];
  const images: string[] = [];
  let complete = true;
  if (stat.isFile()) {
    (isImageName(path) ? images : files).push(basename(path));
  } else if (stat.isDirectory()) {
    let left = ENTRY_LIMIT;
    let level = [''];
    // Level by level, so that the label files near the top are seen whatever lies below.
    for (let depth = 0; depth < DEPTH && level.length > 0; depth++) {
      const next: string[] = [];
      for (const folder of level.slice(0, FOLDER_LIMIT)) {
        if (left <= 0) break;
        const entries = entriesOrNone(given, () => entriesOf(join(path, folder), left), folder === '');
        left -= entries.length;
        for (const { name, folder: isFolder } of entries) {
          const relative = below(folder, name);
          if (isFolder) next.push(relative);
          else (isImageName(name) ? images : files).push(relative);
        }
      }
      if (level.length > FOLDER_LIMIT || left <= 0) complete = false;
      level = next;
    }
    if (level.length > 0) complete = false;
  } else {
    throw new Fault(`'${given}' is ${kindInWords(stat)}; a folder or a label file is expected.`);
  }
  const cached = <T>(make: (file: string) => T): ((file: string) => T) => {
    const known = new Map<string, T>();
    return (file) => {
      const value = known.get(file) ?? make(file);
      known.set(file, value);
      return value;
    };
  };
  const head = cached((file) => headOf(join(home, file), encoding));
  return {
    path,
    folder: home,
    single: !stat.isDirectory(),
    files,
    images,
    complete,
    encoding,
    head,
    header: cached((file) => csvHeader(head(file))),
  };
}

/** Last part of a relative path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Folder of a relative path, '' at the top. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The first line of a text, without its end. */
export const firstLine = (text: string): string => text.slice(0, text.search(/\r?\n|$/));
