import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { Fault } from '../foundation/fault.ts';
import { kindInWords } from '../foundation/file-kind.ts';
import { packedPlace, pictureBytes, pictureStat } from '../foundation/packed/pictures.ts';

/** What one image file is: read once, hashed, and looked at no closer than needed. */
export interface ImageFile {
  state: 'ok' | 'missing' | 'unreadable';
  /** Whole sentence when it is unreadable. */
  problem?: string;
  /** SHA-256 of the bytes, hex; absent for a missing or empty file. */
  hash?: string;
  bytes?: number;
  /** Whole milliseconds since 1970. */
  mtime?: number;
  /** Pixels of the upright picture (EXIF orientation applied). */
  width?: number;
  height?: number;
}

/** sharp's own limit for one picture; a larger one is taken for a decompression bomb. */
export const PIXEL_LIMIT = 0x3fff * 0x3fff;

/** Larger files are hashed as a stream and opened by path. */
const WHOLE_BYTES = 64 * 1024 * 1024;

/** sharp's names of what is opened. Others that it knows (SVG, PDF) are documents, not photographs. */
const FORMATS: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif', 'avif']);
const ALLOWED = 'JPEG, PNG, WebP, GIF, TIFF or AVIF';

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const PNG_END = Buffer.from('49454e44ae426082', 'hex');

/** True when the last bytes are those that a whole JPEG or PNG ends with. */
function endsWhole(bytes: Buffer, format: string): boolean {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0 || bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  if (format === 'jpeg') return end >= 2 && bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9;
  if (format === 'png') return end >= 8 && bytes.subarray(end - 8, end).equals(PNG_END);
  return false;
}

/** libvips writes one line per warning; the first says what is wrong. */
const reasonOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0].trim().replace(/\.$/, '');

/** Opens the picture's header, and its pixels where the end of the file does not show that it is whole. */
async function lookAt(
  input: Buffer | string,
): Promise<{ width: number; height: number } | { problem: string }> {
  let format: string;
  let width: number;
  let height: number;
  try {
    const metadata = await sharp(input, { limitInputPixels: false }).metadata();
    format = metadata.format ?? 'unknown';
    ({ width, height } = metadata.autoOrient ?? metadata);
  } catch (thrown) {
    const reason = reasonOf(thrown);
    return /unsupported image format/i.test(reason)
      ? { problem: `The file is no image that can be opened; allowed: ${ALLOWED}.` }
      : { problem: `The image is damaged: ${reason}.` };
  }
  if (!FORMATS.has(format)) {
    return { problem: `The file is ${format.toUpperCase()}, which is not read; allowed: ${ALLOWED}.` };
  }
  if (width * height > PIXEL_LIMIT) {
    return {
      problem: `The image has ${width} × ${height} = ${Math.round((width * height) / 1e6)} million pixels; allowed: up to ${Math.floor(PIXEL_LIMIT / 1e6)} million.`,
    };
  }
  if (typeof input === 'string' || !endsWhole(input, format)) {
    try {
      await sharp(input, { failOn: 'truncated', limitInputPixels: PIXEL_LIMIT, sequentialRead: true })
        .resize(16, 16, { fit: 'fill', kernel: 'nearest', fastShrinkOnLoad: false })
        .raw()
        .toBuffer();
    } catch (thrown) {
      return { problem: `The image is damaged or cut short: ${reasonOf(thrown)}.` };
    }
  }
  return { width, height };
}

/**
 * Looks at an image file: exists, readable as a picture, whole, its size and hash. Never throws for what a file can be;
 * the hash is given for unreadable files too, so that they are recognised when they come back.
 * @param known size and time under which its content is known: when they are the same, only they come back
 */
export async function lookAtImage(
  path: string,
  known?: { bytes: number | null; mtime: number | null },
): Promise<ImageFile & { same?: true }> {
  let bytes: number;
  let mtime: number;
  const packed = packedPlace(path) !== undefined;
  try {
    const found = packed ? pictureStat(path) : await stat(path);
    if (!found.isFile()) {
      const what = 'isFIFO' in found ? kindInWords(found as Stats) : 'no file';
      return {
        state: 'unreadable',
        problem: `There is ${what} where an image file is expected; it was not opened.`,
      };
    }
    bytes = found.size;
    mtime = Math.trunc(found.mtimeMs);
  } catch (thrown) {
    if (thrown instanceof Fault) return { state: 'unreadable', problem: thrown.message };
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'missing' };
    return { state: 'unreadable', problem: `The file cannot be reached (${code}).` };
  }
  if (known && known.bytes === bytes && known.mtime === mtime) return { state: 'ok', same: true };
  if (bytes === 0) return { state: 'unreadable', problem: 'The file is empty (0 bytes).', bytes, mtime };
  try {
    const input = packed ? pictureBytes(path) : bytes <= WHOLE_BYTES ? await readFile(path) : path;
    const hash =
      typeof input === 'string' ? await hashOf(path) : createHash('sha256').update(input).digest('hex');
    const seen = await lookAt(input);
    return { state: 'problem' in seen ? 'unreadable' : 'ok', hash, bytes, mtime, ...seen };
  } catch (thrown) {
    if (thrown instanceof Fault) return { state: 'unreadable', problem: thrown.message, bytes, mtime };
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === undefined) throw thrown;
    return { state: 'unreadable', problem: `The file cannot be read (${code}).`, bytes, mtime };
  }
}

/**
 * Runs `work` over the items, `width` at a time, and gives the results as they come. Files are read and pictures
 * opened on other threads meanwhile, so a few at a time keep every core busy.
 */
export async function* pooled<Item, Result>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Map<number, Promise<[number, Result]>>();
  let next = 0;
  const iterator = items[Symbol.iterator]();
  const start = (): void => {
    const item = iterator.next();
    if (item.done) return;
    const number = next++;
    running.set(
      number,
      work(item.value).then((result) => [number, result]),
    );
  };
  try {
    for (let i = 0; i < width; i++) start();
    while (running.size > 0) {
      const [number, result] = await Promise.race(running.values());
      running.delete(number);
      start();
      yield result;
    }
  } finally {
    await Promise.allSettled(running.values());
  }
}
