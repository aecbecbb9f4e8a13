import { opendirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import type { Encoding } from '../foundation/tables/encoding.ts';
import { headOf } from '../foundation/tables/head.ts';
import { csvHeader } from './table.ts';

/** Extensions that are taken for images. Whether a file is one is decided when it is opened. */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set([
  '.jpg',
  '.jpeg',
  '.jpe',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
  '.bmp',
]);

export const isImageName = (name: string): boolean => IMAGE_EXTENSIONS.has(extname(name).toLowerCase());

/** Hidden files and what other systems leave behind ('.DS_Store', '__MACOSX', '._photo.jpg'). */
export const isHidden = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

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

/** Entries of one folder, at most `limit`, in the order of their names. */
function entriesOf(path: string, limit: number): { name: string; folder: boolean }[] {
  const entries: { name: string; folder: boolean }[] = [];
  const directory = opendirSync(path, { bufferSize: 256 });
  try {
    for (
      let entry = directory.readSync();
      entry !== null && entries.length < limit;
      entry = directory.readSync()
    ) {
      if (isHidden(entry.name)) continue;
      let folder = entry.isDirectory();
      if (entry.isSymbolicLink()) {
        const target = statSync(join(path, entry.name), { throwIfNoEntry: false });
        if (!target) continue;
        folder = target.isDirectory();
      }
      entries.push({ name: entry.name, folder });
    }
  } finally {
    directory.closeSync();
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Looks at a source.
 * @param encoding of its tables, where the user says one
 * @throws Fault when there is nothing at the path
 */
export function listSource(given: string, encoding?: Encoding): SourceListing {
  const path = resolve(given);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new Fault(`There is nothing at '${given}': a folder or a label file is expected.`);
  const folder = stat.isDirectory() ? path : dirname(path);
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
      for (const below of level.slice(0, FOLDER_LIMIT)) {
        if (left <= 0) break;
        const entries = entriesOf(join(path, below), left);
        left -= entries.length;
        for (const { name, folder: isFolder } of entries) {
          const relative = below === '' ? name : `${below}/${name}`;
          if (isFolder) next.push(relative);
          else (isImageName(name) ? images : files).push(relative);
        }
      }
      if (level.length > FOLDER_LIMIT || left <= 0) complete = false;
      level = next;
    }
    if (level.length > 0) complete = false;
  } else {
    throw new Fault(`'${given}' is neither a folder nor a file.`);
  }
  const cached = <T>(make: (file: string) => T): ((file: string) => T) => {
    const known = new Map<string, T>();
    return (file) => {
      const value = known.get(file) ?? make(file);
      known.set(file, value);
      return value;
    };
  };
  const head = cached((file) => headOf(join(folder, file), encoding));
  return {
    path,
    folder,
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
