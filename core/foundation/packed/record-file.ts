import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { diskFault, Fault, sentenceOf } from '../fault.ts';
import { type Damage, indexOf, type Places, readIndex, sorted } from './record-index.ts';
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
const FIRST_READ = FRAME_BYTES + HEADER_BYTES + 4 * LABELS_READ;
/** Pieces in which a file without an index, or a damaged one, is searched. */
const SEARCH_BYTES = 1 << 20;

const noFrame = (place: string, at: number): Fault =>
  new Fault(`${place} is damaged: no record begins at byte ${at}.`);

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
      throw (
        diskFault(thrown, path, 'read') ??
        new Fault(`The record file '${path}' cannot be read: ${sentenceOf(thrown)}.`)
      );
    }
    try {
      this.#size = fstatSync(this.#fd).size;
      const damage: Damage[] = [];
      const index = indexOf(path);
      const found =
        index !== path && existsSync(index) ? readIndex(index, damage) : sorted(this.#fromPass(damage));
      this.keys = found.keys;
      this.#offsets = found.offsets;
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
    const offset = this.#offsets[at];
    // One call reads what most records need: frame, header and a few labels.
    const room = Math.max(FRAME_BYTES, Math.min(FIRST_READ, this.#size - offset));
    const first = this.#bytes(offset, room, place);
    const frame = frameOf(first);
    if (frame === undefined) throw noFrame(place, offset);
    const end = offset + FRAME_BYTES + frame.length;
    if (end > this.#size) {
      throw new Fault(`${place} is cut short: it ends at byte ${end}, the file at ${this.#size}.`);
    }
    const start = first.subarray(FRAME_BYTES, FRAME_BYTES + frame.length);
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
    if (frame === undefined) throw noFrame(place, at);
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

  #fromPass(damage: Damage[]): Places {
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
    const keys = own ? Float64Array.from(ids) : Float64Array.from(offsets.keys());
    return { keys, offsets: Float64Array.from(offsets) };
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
