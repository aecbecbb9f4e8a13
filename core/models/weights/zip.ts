import { Fault } from '../../foundation/fault.ts';

/** The files of a zip archive whose entries are stored, not compressed: what torch.save writes. */
export interface ZipArchive {
  readonly names: readonly string[];
  /** An entry's bytes, as a view. @throws Fault when there is none of that name, or it is damaged */
  read(name: string): Uint8Array;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** End record without its comment, and the longest comment. */
const END_BYTES = 22;
const COMMENT_BYTES = 0xffff;

interface Entry {
  method: number;
  compressed: number;
  size: number;
  offset: number;
}

export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length > 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/**
 * Opens a zip archive (zip64 too) over its bytes.
 * @throws Fault when its directory is missing or does not fit the file: the file is cut short or no zip
 */
export function openZip(bytes: Uint8Array, origin: string): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (what: string): Fault => new Fault(`'${origin}' is a damaged zip archive: ${what}.`);
  const within = (at: number, size: number, what: string): number => {
    if (!Number.isSafeInteger(at) || at < 0 || at + size > bytes.byteLength) {
      throw damaged(`${what} lies outside the file of ${bytes.byteLength} bytes`);
    }
    return at;
  };
  const long = (at: number): number => Number(view.getBigUint64(at, true));

  const entries = new Map<string, Entry>();
  const { offset, size, count } = directory();
  let at = within(offset, size, 'its directory');
  const end = offset + size;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw damaged(`entry ${i} has no header`);
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const commentBytes = view.getUint16(at + 32, true);
    within(at + 46, nameBytes + extraBytes + commentBytes, `the name of entry ${i}`);
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameBytes)).toString('utf8');
    const entry: Entry = {
      method: view.getUint16(at + 10, true),
      compressed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    widen(entry, at + 46 + nameBytes, extraBytes);
    if (entries.has(name)) throw damaged(`it holds '${name}' twice`);
    entries.set(name, entry);
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return { names: [...entries.keys()], read };

  function directory(): { offset: number; size: number; count: number } {
    const lowest = Math.max(0, bytes.byteLength - END_BYTES - COMMENT_BYTES);
    for (let from = bytes.byteLength - END_BYTES; from >= lowest; from--) {
      if (view.getUint32(from, true) !== END) continue;
      const locator = from - 20;
      if (locator >= 0 && view.getUint32(locator, true) === LOCATOR64) {
        const record = within(long(locator + 8), 56, 'its zip64 end record');
        if (view.getUint32(record, true) !== END64) throw damaged('its zip64 end record is missing');
        return { count: long(record + 32), size: long(record + 40), offset: long(record + 48) };
      }
      return {
        count: view.getUint16(from + 10, true),
        size: view.getUint32(from + 12, true),
        offset: view.getUint32(from + 16, true),
      };
    }
    throw new Fault(`'${origin}' is cut short: it begins as a zip archive but has no directory at its end.`);
  }

  /** Sizes and offsets that do not fit into 32 bits stand in the zip64 extra field, in this order. */
  function widen(entry: Entry, from: number, length: number): void {
    for (let field = from; field + 4 <= from + length; ) {
      const size = view.getUint16(field + 2, true);
      let value = field + 4;
      if (view.getUint16(field, true) === 1) {
        for (const part of ['size', 'compressed', 'offset'] as const) {
          if (entry[part] !== 0xffffffff) continue;
          if (value + 8 > field + 4 + size) throw damaged('a zip64 field is too short');
          entry[part] = long(value);
          value += 8;
        }
        return;
      }
      field = value + size;
    }
  }

  function read(name: string): Uint8Array {
    const entry = entries.get(name);
    if (entry === undefined) throw damaged(`it holds no '${name}'`);
    if (entry.method !== 0 || entry.compressed !== entry.size) {
      throw new Fault(
        `'${origin}' keeps '${name}' compressed; allowed: stored entries, as torch.save writes them.`,
      );
    }
    const header = within(entry.offset, 30, `'${name}'`);
    if (view.getUint32(header, true) !== LOCAL) throw damaged(`'${name}' has no header`);
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    within(start, entry.size, `'${name}'`);
    return bytes.subarray(start, start + entry.size);
  }
}
