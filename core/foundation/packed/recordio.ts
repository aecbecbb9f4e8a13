import { Fault } from '../fault.ts';

/**
 * RecordIO as MXNet's recordio and im2rec write it. A record: u32 magic; u32 whose top 3 bits say which part of a split
 * record it is and whose low 29 bits are its length; the payload, padded to 4 bytes. A payload of an image set: flag
 * (u32), label (f32), two ids (u64); `flag` further labels (f32) where flag > 0; then the encoded picture. All little-endian.
 */
export const MAGIC = 0xced7230a;
export const FRAME_BYTES = 8;
export const HEADER_BYTES = 24;
/** Length of one part: 29 bits. */
export const MOST_PART = 2 ** 29 - 1;

/** Parts of a payload that held the magic number at a multiple of 4: the writer cut it out there. */
export const PART = { whole: 0, first: 1, middle: 2, last: 3 } as const;

export interface Frame {
  part: number;
  length: number;
}

export const padded = (length: number): number => (length + 3) & ~3;

/** The frame at the start of `bytes`; undefined where no record begins. */
export function frameOf(bytes: Uint8Array): Frame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  const word = view.getUint32(4, true);
  return { part: word >>> 29, length: word & MOST_PART };
}

export interface RecordHeader {
  /** The header's own label, or the `flag` labels after it. */
  labels: Float32Array;
  /** True where the labels stand after the header. */
  many: boolean;
  id: number;
}

export interface ImageRecord extends RecordHeader {
  /** The encoded picture; empty for records that only carry labels. */
  picture: Uint8Array;
}

/** Reads a payload. @throws Fault for one that is too short for what its header says */
export function unpackRecord(payload: Uint8Array, place: string): ImageRecord {
  if (payload.byteLength < HEADER_BYTES) {
    throw new Fault(
      `${place} has ${payload.byteLength} bytes, which is no record of a picture (at least 24).`,
    );
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const flag = view.getUint32(0, true);
  const end = HEADER_BYTES + 4 * flag;
  if (end > payload.byteLength) {
    throw new Fault(`${place} says that it has ${flag} labels, but ends after ${payload.byteLength} bytes.`);
  }
  const labels = new Float32Array(Math.max(1, flag));
  if (flag === 0) labels[0] = view.getFloat32(4, true);
  for (let i = 0; i < flag; i++) labels[i] = view.getFloat32(HEADER_BYTES + 4 * i, true);
  return { labels, many: flag > 0, id: Number(view.getBigUint64(8, true)), picture: payload.subarray(end) };
}

/** A payload. @param labels one number, or several, which are then written after the header */
export function packRecord(labels: number | readonly number[], id: number, picture: Uint8Array): Buffer {
  const many = typeof labels === 'number' ? [] : labels;
  const bytes = Buffer.alloc(HEADER_BYTES + 4 * many.length + picture.byteLength);
  bytes.writeUInt32LE(many.length, 0);
  bytes.writeFloatLE(typeof labels === 'number' ? labels : 0, 4);
  bytes.writeBigUInt64LE(BigInt(id), 8);
  for (const [i, label] of many.entries()) bytes.writeFloatLE(label, HEADER_BYTES + 4 * i);
  bytes.set(picture, HEADER_BYTES + 4 * many.length);
  return bytes;
}

/** A payload in its frames, cut where it holds the magic number at a multiple of 4, as readers that resync need it. */
export function frameRecord(payload: Uint8Array): Buffer {
  const cuts: number[] = [];
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  for (let at = 0; at + 4 <= payload.byteLength; at += 4)
    if (view.getUint32(at, true) === MAGIC) cuts.push(at);
  const parts: Buffer[] = [];
  let from = 0;
  for (const [i, end] of [...cuts, payload.byteLength].entries()) {
    const part = payload.subarray(from, end);
    if (part.byteLength > MOST_PART)
      throw new Fault(`A record of ${part.byteLength} bytes is longer than RecordIO allows.`);
    const kind =
      cuts.length === 0 ? PART.whole : i === 0 ? PART.first : i === cuts.length ? PART.last : PART.middle;
    const frame = Buffer.alloc(FRAME_BYTES + padded(part.byteLength));
    frame.writeUInt32LE(MAGIC, 0);
    frame.writeUInt32LE(((kind << 29) | part.byteLength) >>> 0, 4);
    frame.set(part, FRAME_BYTES);
    parts.push(frame);
    from = end + 4;
  }
  return Buffer.concat(parts);
}
