import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { refusedPlace, type SystemError } from './disk-words.ts';
import { diskFault, Fault } from './fault.ts';

const NOTHING_LEFT = 'Nothing was written.';

/** Where something is written before it takes its name: beside it, by this process. */
export const partialOf = (path: string): string => `${path}.${process.pid}.partial`;

/** Makes a new or renamed entry of a folder durable; a no-op where folders cannot be synced (Windows). */
export function syncFolder(folder: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(folder, 'r');
    fsyncSync(fd);
  } catch (thrown) {
    if (process.platform !== 'win32') throw thrown;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Writes all of `bytes`, also where the system takes them in parts. @param position undefined: where the file stands */
export function writeAll(fd: number, bytes: Uint8Array, position?: number): void {
  for (let at = 0; at < bytes.length; ) {
    const place = position === undefined ? null : position + at;
    at += writeSync(fd, bytes, at, Math.min(bytes.length - at, 1 << 30), place);
  }
}

/**
 * Writes a file that is there in full, durably, or not at all: beside its place first, then renamed.
 * @param content text, bytes, or what writes them
 * @param durable false for one of thousands that can be made again: whole, but not on the disk when this returns
 * @throws DiskFault where the disk refuses; nothing is left then, and a file that was there before stays
 */
export function writeWhole(
  path: string,
  content: string | Uint8Array | ((fd: number) => void),
  { durable = true }: { durable?: boolean } = {},
): void {
  const write = (fd: number): void => {
    if (typeof content === 'function') content(fd);
    else writeAll(fd, typeof content === 'string' ? Buffer.from(content) : content);
  };
  let partial: string | undefined;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    // What is no file (/dev/stdout, a pipe) is written into: nothing may take its place. Nor may anything a link's.
    if (there !== undefined && !there.isFile() && !there.isDirectory()) {
      using file = opened(path);
      write(file.fd);
      return;
    }
    const place = there === undefined ? path : realpathSync(path);
    partial = partialOf(place);
    {
      using file = opened(partial);
      write(file.fd);
      if (durable) fsyncSync(file.fd);
    }
    renameSync(partial, place);
    if (durable) syncFolder(dirname(place));
  } catch (thrown) {
    throw dropped(partial, thrown, path);
  }
}

const opened = (path: string): { fd: number } & Disposable => {
  const fd = openSync(path, 'w');
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
};

/**
 * Makes a folder that appears whole or not at all; folders above it are made where they are missing, and taken back where
 * the work fails.
 * @throws Fault when it is there already and not empty, or where the disk refuses
 */
export function wholeFolder<Result>(path: string, fill: (partial: string) => Result): Result {
  const begun = beginFolder(path);
  try {
    const result = fill(begun.partial);
    begun.finish();
    return result;
  } catch (thrown) {
    throw begun.drop(thrown);
  }
}

/** As `wholeFolder`, for work that waits. */
export async function wholeFolderLater<Result>(
  path: string,
  fill: (partial: string) => Promise<Result>,
): Promise<Result> {
  const begun = beginFolder(path);
  try {
    const result = await fill(begun.partial);
    begun.finish();
    return result;
  } catch (thrown) {
    throw begun.drop(thrown);
  }
}

/**
 * Makes a folder and those above it that are missing. On a read-only disk a recursive mkdir reports the wrong reason.
 * @returns the uppermost that was made
 */
export function makeFolders(path: string): string | undefined {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const [i, each] of missing.entries()) {
    try {
      mkdirSync(each);
    } catch (thrown) {
      for (const made of missing.slice(0, i).reverse()) rmdirSync(made);
      throw diskFault(thrown, path, 'written', NOTHING_LEFT) ?? thrown;
    }
  }
  return missing[0];
}

/** Does work in a folder that is made for it, and taken back where the work fails. */
export async function inFolder<Result>(path: string, work: () => Promise<Result> | Result): Promise<Result> {
  const above = makeFolders(path);
  try {
    return await work();
  } catch (thrown) {
    takeBack(path, above);
    throw thrown;
  }
}

/** Removes empty folders that were made, from the innermost up to `above`. */
export function takeBack(innermost: string, above: string | undefined): void {
  for (let folder = resolve(innermost); above !== undefined; folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody put something there meanwhile.
      return;
    }
    if (folder === above) return;
  }
}

/** A folder on its way. */
export interface BegunFolder {
  /** Where it is filled: beside its place. */
  partial: string;
  /** Puts it into its place, durably. */
  finish(): void;
  /** Takes it away again; after `finish` there is nothing to take. */
  discard(): void;
  /** Takes it away because of what was thrown. @returns what is to be thrown on */
  drop(thrown: unknown): unknown;
}

/** What `wholeFolder` is made of, for work in several steps. @param replace takes the place of what is there */
export function beginFolder(given: string, { replace = false }: { replace?: boolean } = {}): BegunFolder {
  const path = resolve(given);
  const partial = partialOf(path);
  let above: string | undefined;
  const drop = (thrown: unknown): unknown => {
    const told = dropped(partial, thrown, given);
    takeBack(dirname(path), above);
    return told;
  };
  try {
    if (!replace && existsSync(path) && readdirSync(path).length > 0) {
      throw new Fault(`'${given}' is not empty; a new or empty folder is expected.`);
    }
    above = makeFolders(dirname(path));
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
  } catch (thrown) {
    throw drop(thrown);
  }
  return {
    partial,
    drop,
    discard: () => rmSync(partial, { recursive: true, force: true }),
    finish() {
      syncFolder(partial);
      if (replace) rmSync(path, { recursive: true, force: true });
      else if (existsSync(path)) rmdirSync(path);
      renameSync(partial, path);
      syncFolder(dirname(path));
    },
  };
}

/** Removes what was begun. @returns the sentence, or what was thrown */
function dropped(partial: string | undefined, thrown: unknown, path: string): unknown {
  try {
    if (partial !== undefined) rmSync(partial, { recursive: true, force: true });
  } catch {
    // What went wrong first is what its user has to know.
  }
  // Of another file (a source that cannot be read) its own path is told.
  const place = refusedPlace(thrown as SystemError);
  const own = [path, resolve(path), dirname(path), dirname(resolve(path))];
  const ours = place === undefined || own.includes(place) || place.startsWith(partial ?? path);
  return ours ? (diskFault(thrown, path, 'written', NOTHING_LEFT) ?? thrown) : (diskFault(thrown) ?? thrown);
}
