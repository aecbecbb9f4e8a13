import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { Fault, sentenceOf } from '../fault.ts';
import {
  FRAME_BYTES,
  type Frame,
  frameOf,
  HEADER_BYTES,
  type ImageRecord,
  PART,
  padded,
  unpackRecord,
} from './recordio.ts';

/** Labels at the start of a payload that are read without its picture. */
const LABELS_READ = 16;
/** Pieces in which a file without an index, or a damaged one, is searched. */
const SEARCH_BYTES = 1 << 20;

/** Name of the index that lies beside a record file: 'train.rec' → 'train.idx'. */
export const indexOf = (path: string): string => path.replace(/\.rec$/i, '.idx');

/** A stretch of a record file that cannot be read. */
export interface Damage {
  key: number | undefined;
  sentence: string;
}

/**
 * A RecordIO file with random access by key. Keys and places come from the `.idx` beside it, or from one pass over the
 * file where there is none (keys are then the records' ids, or their order where ids repeat).
 */
export class RecordFile {
  readonly path: string;
  /** Ascending. */
  readonly keys: Float64Array;
  readonly #offsets: Float64Array;
  /** Lines of the index, or stretches of the file, that were passed over. */
  readonly damage: readonly Damage[];
  readonly #fd: number;
  readonly #size: number;

  /** @throws Fault when the file or its index cannot be read */
  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'r');
    } catch (thrown) {
      throw new Fault(`The record file '${path}' cannot be read: ${sentenceOf(thrown)}.`);
    }
    try {
      this.#size = fstatSync(this.#fd).size;
      const damage: Damage[] = [];
      const index = indexOf(path);
      const found =
        index !== path && existsSync(index) ? this.#fromIndex(index, damage) : this.#fromPass(damage);
      found.sort((a, b) => a[0] - b[0]);
      this.keys = Float64Array.from(found, ([key]) => key);
      this.#offsets = Float64Array.from(found, ([, offset]) => offset);
      this.damage = damage;
    } catch (thrown) {
      closeSync(this.#fd);
      throw thrown;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  has(key: number): boolean {
    return this.#find(key) >= 0;
  }

  /** A whole record. @throws Fault that names it, when there is none or it is damaged */
  read(key: number): ImageRecord {
    const at = this.#find(key);
    if (at < 0) throw new Fault(`'${this.path}' has no record ${key}.`);
    const place = `Record ${key} of '${this.path}'`;
    return unpackRecord(this.#payload(this.#offsets[at], place), place);
  }

  /** Labels of a record without reading its picture. @throws Fault as `read` */
  labels(key: number): { labels: Float32Array; many: boolean; pictureBytes: number } {
    const at = this.#find(key);
    if (at < 0) throw new Fault(`'${this.path}' has no record ${key}.`);
    const place = `Record ${key} of '${this.path}'`;
    const frame = this.#frame(this.#offsets[at], place);
    const end = this.#offsets[at] + FRAME_BYTES + frame.length;
    if (end > this.#size) {
      throw new Fault(`${place} is cut short: it ends at byte ${end}, the file at ${this.#size}.`);
    }
    const wanted = Math.min(frame.length, HEADER_BYTES + 4 * LABELS_READ);
    const start = this.#bytes(this.#offsets[at] + FRAME_BYTES, wanted, place);
    const flag = start.byteLength >= 4 ? start.readUInt32LE(0) : 0;
    // Split records and long label lists are read whole.
    if (frame.part !== PART.whole || flag > LABELS_READ) {
      const { labels, many, picture } = this.read(key);
      return { labels, many, pictureBytes: picture.byteLength };
    }
    const { labels, many } = unpackRecord(start, place);
    return { labels, many, pictureBytes: frame.length - HEADER_BYTES - 4 * flag };
  }

  #find(key: number): number {
    let [low, high] = [0, this.keys.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.keys[middle] === key) return middle;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #bytes(at: number, length: number, place: string): Buffer {
    if (at + length > this.#size) {
      throw new Fault(`${place} is cut short: it ends at byte ${at + length}, the file at ${this.#size}.`);
    }
    const bytes = Buffer.allocUnsafe(length);
    for (let got = 0; got < length; ) {
      const read = readSync(this.#fd, bytes, got, length - got, at + got);
      if (read === 0) throw new Fault(`${place} is cut short.`);
      got += read;
    }
    return bytes;
  }

  #frame(at: number, place: string): Frame {
    const frame = frameOf(this.#bytes(at, FRAME_BYTES, place));
    if (frame === undefined) throw new Fault(`${place} is damaged: no record begins at byte ${at}.`);
    return frame;
  }

  #payload(offset: number, place: string): Uint8Array {
    const first = this.#frame(offset, place);
    const head = this.#bytes(offset + FRAME_BYTES, first.length, place);
    if (first.part === PART.whole) return head;
    if (first.part !== PART.first)
      throw new Fault(`${place} is damaged: it begins in the middle of a record.`);
    // The magic number at which the payload was cut belongs between the parts.
    const magic = this.#bytes(offset, 4, place);
    const parts: Buffer[] = [head];
    for (let at = offset + FRAME_BYTES + padded(first.length), last = false; !last; ) {
      const frame = this.#frame(at, place);
      if (frame.part !== PART.middle && frame.part !== PART.last) {
        throw new Fault(`${place} is damaged: its last part is missing.`);
      }
      parts.push(magic, this.#bytes(at + FRAME_BYTES, frame.length, place));
      at += FRAME_BYTES + padded(frame.length);
      last = frame.part === PART.last;
    }
    return Buffer.concat(parts);
  }

  #fromIndex(index: string, damage: Damage[]): [number, number][] {
    const found: [number, number][] = [];
    const seen = new Set<number>();
    for (const [i, line] of readFileSync(index, 'latin1').split('\n').entries()) {
      if (line.trim() === '') continue;
      const [key, offset] = line.split('\t').map(Number);
      if (!Number.isSafeInteger(key) || !Number.isSafeInteger(offset) || key < 0 || offset < 0) {
        damage.push({
          key: undefined,
          sentence: `'${index}', line ${i + 1}: '${line.trim().slice(0, 40)}' is no entry; allowed: a key, a tab and an offset.`,
        });
      } else if (seen.has(key)) {
        damage.push({
          key,
          sentence: `'${index}', line ${i + 1}: the key ${key} stands there twice; the first counts.`,
        });
      } else {
        seen.add(key);
        found.push([key, offset]);
      }
    }
    return found;
  }

  #fromPass(damage: Damage[]): [number, number][] {
    const offsets: number[] = [];
    const ids: number[] = [];
    let at = 0;
    while (at + FRAME_BYTES <= this.#size) {
      const frame = frameOf(this.#bytes(at, FRAME_BYTES, `'${this.path}'`));
      if (frame === undefined || at + FRAME_BYTES + frame.length > this.#size) {
        const next = this.#nextFrame(at + 4);
        const why = frame === undefined ? 'no record begins there' : 'the record there is cut short';
        damage.push({
          key: undefined,
          sentence: `'${this.path}' is damaged at byte ${at}: ${why}; ${next < this.#size ? `it goes on at byte ${next}` : 'nothing follows'}.`,
        });
        at = next;
        continue;
      }
      if ((frame.part === PART.whole || frame.part === PART.first) && frame.length >= HEADER_BYTES) {
        offsets.push(at);
        ids.push(Number(this.#bytes(at + FRAME_BYTES + 8, 8, `'${this.path}'`).readBigUInt64LE(0)));
      }
      at += FRAME_BYTES + padded(frame.length);
    }
    const own = new Set(ids).size === ids.length && ids.every(Number.isSafeInteger);
    return offsets.map((offset, i) => [own ? ids[i] : i, offset]);
  }

  /** The next place at or after `from` where a record may begin; the file's size where there is none. */
  #nextFrame(from: number): number {
    for (let at = padded(from); at + FRAME_BYTES <= this.#size; at += SEARCH_BYTES) {
      const piece = this.#bytes(at, Math.min(SEARCH_BYTES + 4, this.#size - at), `'${this.path}'`);
      for (let i = 0; i + FRAME_BYTES <= piece.length; i += 4) if (frameOf(piece.subarray(i))) return at + i;
    }
    return this.#size;
  }
}
