import { type Stats, statSync } from 'node:fs';
import { sep } from 'node:path';
import { readPlainFile, requirePlainFile } from '../file-kind.ts';
import { RecordFile } from './record-file.ts';
import { readVerificationSet, type VerificationSet } from './verification-set.ts';

/**
 * Pictures inside packed files have paths like any other: 'faces/train.rec/17.jpg' is record 17 of 'faces/train.rec', and
 * 'faces/lfw.bin/3.jpg' picture 3 of a verification set. So nothing has to be unpacked to be looked at, and whatever takes
 * a picture's path takes these.
 */
const PACKED = sep === '\\' ? /^(.*\.(rec|bin))[/\\](\d+)\.jpg$/is : /^(.*\.(rec|bin))\/(\d+)\.jpg$/is;

/** File and key of a picture inside a packed file; undefined for the path of a plain file. */
export function packedPlace(path: string): { file: string; key: number } | undefined {
  const match = PACKED.exec(path);
  if (match === null || !statSync(match[1], { throwIfNoEntry: false })?.isFile()) return undefined;
  return { file: match[1], key: Number(match[3]) };
}

/** Path of a picture inside a packed file. */
export const packedPath = (file: string, key: number): string => `${file}/${key}.jpg`;

/** Opened files: their index costs more than many pictures. */
const KEPT = 4;

interface Opened {
  stamp: string;
  file: RecordFile | VerificationSet;
}
const opened = new Map<string, Opened>();

const stampOf = ({ mtimeMs, size, ino }: Stats): string => `${mtimeMs}:${size}:${ino}`;

function open(path: string): RecordFile | VerificationSet {
  const stamp = stampOf(statSync(path));
  const known = opened.get(path);
  if (known?.stamp === stamp) return known.file;
  const file = /\.rec$/i.test(path) ? new RecordFile(path) : readVerificationSet(path);
  release(path);
  for (const oldest of [...opened.keys()].slice(0, Math.max(0, opened.size - KEPT + 1))) release(oldest);
  opened.set(path, { stamp, file });
  return file;
}

function release(path: string): void {
  const known = opened.get(path);
  opened.delete(path);
  if (known?.file instanceof RecordFile) known.file.close();
}

/** Closes what is open. */
export function closePackedFiles(): void {
  for (const path of [...opened.keys()]) release(path);
}

function packedBytes(path: string): Uint8Array | undefined {
  const place = packedPlace(path);
  if (place === undefined) return undefined;
  const file = open(place.file);
  if (file instanceof RecordFile) return file.has(place.key) ? file.read(place.key).picture : missing(path);
  return file.pictures[place.key] ?? missing(path);
}

/** As the file system says it of a file. */
function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT: no such picture, '${path}'`), { code: 'ENOENT' });
}

/** The bytes of a picture, wherever it lies. @throws as node:fs does, and Fault for a damaged packed file or no file */
export function pictureBytes(path: string): Buffer {
  const packed = packedBytes(path);
  return packed === undefined
    ? readPlainFile(path)
    : Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
}

/**
 * What sharp is to open for a picture: its path, or its bytes where the path would not do (inside a packed file, or with an
 * end that libvips takes for options, as in 'a.jpg[2]'). @throws as `pictureBytes`
 */
export function pictureInput(path: string): string | Buffer {
  if (packedPlace(path) !== undefined || path.endsWith(']')) return pictureBytes(path);
  requirePlainFile(path);
  return path;
}

/** Size and time of a picture; a packed one has its file's time. @throws as node:fs does */
export function pictureStat(path: string): { size: number; mtimeMs: number; isFile(): boolean } {
  const place = packedPlace(path);
  if (place === undefined) return statSync(path);
  const { mtimeMs } = statSync(place.file);
  const file = open(place.file);
  const size =
    file instanceof RecordFile
      ? file.has(place.key)
        ? file.labels(place.key).pictureBytes
        : missing(path)
      : (file.pictures[place.key]?.byteLength ?? missing(path));
  return { size, mtimeMs, isFile: () => true };
}
