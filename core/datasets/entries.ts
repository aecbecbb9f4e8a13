import { type Dirent, readdirSync, type Stats } from 'node:fs';
import { diskCause } from '../foundation/disk-words.ts';
import { specialKind } from '../foundation/file-kind.ts';

/** What an entry of a folder is to a data set, or the sentence of why it is passed over. */
export type EntryKind = 'file' | 'folder' | { passed: string };

/** Why a place cannot be read, in words. */
export function causeOf(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException;
  return diskCause(code) ?? `it cannot be read (${code ?? message})`;
}

function kindOf(entry: Dirent | Stats): EntryKind {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  return { passed: `it is ${specialKind(entry) ?? 'no file'}, which is not opened.` };
}

/** Kind of what a directory lists; where it is a link, of what `target` finds behind it. */
export function entryKind(entry: Dirent, target: Stats | { failed: unknown } | undefined): EntryKind {
  if (!entry.isSymbolicLink()) return kindOf(entry);
  if (target === undefined) return { passed: 'the link leads to nothing.' };
  if (!('failed' in target)) return kindOf(target);
  const { code } = target.failed as NodeJS.ErrnoException;
  return {
    passed:
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'the link leads to nothing.'
        : `the link cannot be followed: ${causeOf(target.failed)}.`,
  };
}

/** A name of bytes that are no UTF-8, with those bytes written out: 'caf\xE9.jpg'. */
function spelledOut(name: Buffer): string {
  let text = '';
  for (let at = 0; at < name.length; ) {
    const length = [1, 2, 3, 4].find((n) => {
      const piece = name.subarray(at, at + n);
      return piece.length === n && Buffer.from(piece.toString('utf8')).equals(piece);
    });
    text +=
      length === undefined
        ? `\\x${name[at].toString(16).toUpperCase().padStart(2, '0')}`
        : name.toString('utf8', at, at + length);
    at += length ?? 1;
  }
  return text;
}

export const LOST_NAME =
  'the name holds bytes that are no UTF-8 letters (written here as \\x..), so that it cannot be kept as text; rename it, as convmv -f latin1 -t utf8 does for whole folders.';

/**
 * Tells the names of one folder that are text from those that are not: on Linux a name is bytes, and several of them
 * become one text where bytes are no letters. Such names come back spelled out; the folder is looked at again only where
 * one is met.
 */
export class FolderNames {
  readonly #folder: string;
  #sound: Set<string> | undefined;
  /** Names that are no text, spelled out. */
  lost: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** False for a name that stands for bytes which are no text, and for a sound one that was taken already. */
  take(name: string): boolean {
    if (!name.isWellFormed()) {
      this.lost.push(JSON.stringify(name).slice(1, -1));
      return false;
    }
    if (!name.includes('\uFFFD')) return true;
    if (this.#sound === undefined) {
      this.#sound = new Set();
      for (const bytes of readdirSync(this.#folder, { encoding: 'buffer' })) {
        const text = bytes.toString('utf8');
        if (Buffer.from(text).equals(bytes)) this.#sound.add(text);
        else this.lost.push(spelledOut(bytes));
      }
    }
    return this.#sound.delete(name);
  }
}

/** Path of an entry relative to the source, '/' between its parts. */
export const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
