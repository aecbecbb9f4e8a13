import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { Fault } from '../foundation/fault.ts';
import { kindInWords } from '../foundation/file-kind.ts';
import { packedPlace, pictureBytes, pictureInput, pictureStat } from '../foundation/packed/pictures.ts';
import { KIND_BYTES } from '../foundation/pictures/kinds.ts';
import { checkBytes, MOST_PIXELS } from '../foundation/pictures/limits.ts';
import { kindOf, notRead, pictureSize } from '../foundation/pictures/open.ts';

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

/** Larger files are hashed as a stream and opened by path. */
const WHOLE_BYTES = 64 * 1024 * 1024;

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

/** Reads the first bytes of a large file, by which its kind is known. */
async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(KIND_BYTES), 0, KIND_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const TINY = { fit: 'fill', kernel: 'nearest', fastShrinkOnLoad: false } as const;

/** Whether every pixel is looked at, or only what the header and the end of the file cannot tell. */
export type Depth = 'header' | 'whole';

/** Opens the picture's header, and its pixels where the end of the file does not show that it is whole, or on request. */
async function lookAt(
  given: Buffer | string,
  depth: Depth,
): Promise<{ width: number; height: number } | { problem: string }> {
  try {
    const { by } = kindOf(typeof given === 'string' ? await headOf(given) : given);
    // Decoders of our own read bytes only, and wholly.
    const input = typeof given === 'string' && by !== 'sharp' ? await readFile(given) : given;
    const { width, height, format } = await pictureSize(input);
    if (by === 'sharp' && (depth === 'whole' || typeof input === 'string' || !endsWhole(input, format))) {
      const image = sharp(input, {
        // What libvips calls a warning is damage that a decoder guesses its way around: broken codes of a JPEG.
        failOn: depth === 'whole' ? 'warning' : 'truncated',
        limitInputPixels: MOST_PIXELS,
        sequentialRead: true,
      });
      // Scaled down, a JPEG is opened a second time without heed of warnings; one channel is all pixels, and a third.
      if (depth === 'whole') await image.extractChannel(0).raw().toBuffer();
      else await image.resize(16, 16, TINY).raw().toBuffer();
    }
    return { width, height };
  } catch (thrown) {
    return { problem: `The file ${notRead(thrown)}.` };
  }
}

/**
 * Looks at an image file: exists, readable as a picture, whole, its size and hash. Never throws for what a file can be;
 * the hash is given for unreadable files too, so that they are recognised when they come back.
 * @param known size and time under which its content is known: when they are the same, only they come back
 * @param depth 'whole' decodes every pixel, so that damage in the middle is found as far as the format can tell
 */
export async function lookAtImage(
  path: string,
  known?: { bytes: number | null; mtime: number | null },
  depth: Depth = 'header',
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
    checkBytes(bytes);
  } catch (thrown) {
    return { state: 'unreadable', problem: `The file ${notRead(thrown)}.`, bytes, mtime };
  }
  try {
    const input = packed
      ? pictureBytes(path)
      : bytes <= WHOLE_BYTES
        ? await readFile(path)
        : pictureInput(path);
    const hash =
      typeof input === 'string' ? await hashOf(path) : createHash('sha256').update(input).digest('hex');
    const seen = await lookAt(input, depth);
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
