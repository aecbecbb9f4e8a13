import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../foundation/fault.ts';

/** Makes a folder that appears whole or not at all. @throws Fault when it is there already and not empty */
export function wholeFolder<Result>(path: string, fill: (partial: string) => Result): Result {
  if (existsSync(path) && readdirSync(path).length > 0) {
    throw new Fault(`'${path}' is not empty; a new or empty folder is expected.`);
  }
  const partial = `${path}.${process.pid}.partial`;
  mkdirSync(dirname(partial), { recursive: true });
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  try {
    const result = fill(partial);
    rmSync(path, { recursive: true, force: true });
    renameSync(partial, path);
    return result;
  } catch (thrown) {
    rmSync(partial, { recursive: true, force: true });
    throw inWords(thrown, path);
  }
}

/** What a disk can answer, as a sentence. */
export function inWords(thrown: unknown, path: string): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new Fault(`The disk that holds '${path}' is full; nothing of it was kept.`);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new Fault(`'${path}' cannot be written (${code}).`);
  }
  return thrown;
}

/** Ending of an encoded picture by its first bytes. */
export function endingOf(picture: Uint8Array): string {
  const [a, b, c, d] = picture;
  if (a === 0xff && b === 0xd8) return 'jpg';
  if (a === 0x89 && b === 0x50 && c === 0x4e && d === 0x47) return 'png';
  if (a === 0x52 && b === 0x49 && c === 0x46 && d === 0x46) return 'webp';
  return a === 0x42 && b === 0x4d ? 'bmp' : 'jpg';
}
