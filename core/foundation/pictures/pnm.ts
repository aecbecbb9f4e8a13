import { checkPixels, NotRead } from './limits.ts';
import { type Raster, toBytes } from './raster.ts';

/**
 * Netpbm's pictures, as they are in FERET, Yale B and many older face sets: PBM, PGM and PPM in text or binary, and PAM
 * (netpbm.sourceforge.net/doc: pbm, pgm, ppm, pam). Of a file with several pictures the first is read.
 */

const SPACE = new Set([9, 10, 11, 12, 13, 32]);

const damaged = (what: string): NotRead => new NotRead(`is damaged: ${what}`);
export const cutShort = (): NotRead => new NotRead('is cut short: its picture data end too early');

/** Reads a header's numbers: separated by white space, with comments from '#' to the line's end. */
class Header {
  readonly #bytes: Uint8Array;
  at = 2;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #pass(): void {
    for (; this.at < this.#bytes.length; this.at++) {
      if (this.#bytes[this.at] === 0x23)
        while (this.at < this.#bytes.length && this.#bytes[this.at] !== 10) this.at++;
      else if (!SPACE.has(this.#bytes[this.at])) return;
    }
  }

  number(what: string, most: number): number {
    this.#pass();
    const from = this.at;
    while (this.at < this.#bytes.length && !SPACE.has(this.#bytes[this.at]) && this.#bytes[this.at] !== 0x23)
      this.at++;
    const text = String.fromCharCode(...this.#bytes.subarray(from, Math.min(this.at, from + 20)));
    if (text === '') throw cutShort();
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > most)
      throw damaged(`its header says '${text}' for the ${what}; allowed: 1 to ${most}`);
    return value;
  }

  /** The lines of a PAM header. */
  fields(): Map<string, string> {
    const fields = new Map<string, string>();
    while (this.at < this.#bytes.length) {
      const end = this.#bytes.indexOf(10, this.at);
      if (end < 0 || end - this.at > 1000) break;
      const line = String.fromCharCode(...this.#bytes.subarray(this.at, end)).trim();
      this.at = end + 1;
      if (line === 'ENDHDR') return fields;
      const [name, ...rest] = line.split(/\s+/);
      if (name !== '' && !name.startsWith('#')) fields.set(name, rest.join(' '));
    }
    throw damaged("its PAM header has no line 'ENDHDR'");
  }
}

const MOST_SIDE = 0x7fffffff;

/** Numbers in text, one after the other; of a bitmap each digit is one. */
function textValues(
  bytes: Uint8Array,
  from: number,
  count: number,
  most: number,
  digits: boolean,
): Uint16Array {
  const values = new Uint16Array(count);
  let found = 0;
  for (let at = from; found < count; ) {
    while (at < bytes.length && SPACE.has(bytes[at])) at++;
    if (at >= bytes.length) throw cutShort();
    if (bytes[at] === 0x23) {
      while (at < bytes.length && bytes[at] !== 10) at++;
      continue;
    }
    let value = 0;
    const start = at;
    for (; at < bytes.length && bytes[at] >= 0x30 && bytes[at] <= 0x39 && !(digits && at > start); at++)
      value = value * 10 + bytes[at] - 0x30;
    if (at === start || value > most) throw damaged(`its value ${found + 1} is no number from 0 to ${most}`);
    values[found++] = value;
  }
  return values;
}

function binaryValues(
  bytes: Uint8Array,
  from: number,
  count: number,
  most: number,
): Uint8Array | Uint16Array {
  const wide = most > 255;
  if (bytes.length - from < count * (wide ? 2 : 1)) throw cutShort();
  if (!wide) return bytes.subarray(from, from + count);
  const values = new Uint16Array(count);
  // The most significant byte first.
  for (let i = 0; i < count; i++) values[i] = bytes[from + 2 * i] * 256 + bytes[from + 2 * i + 1];
  return values;
}

/** A binary bitmap: rows of bits, each row in whole bytes. */
function bits(bytes: Uint8Array, from: number, width: number, height: number): Uint8Array {
  const row = Math.ceil(width / 8);
  if (bytes.length - from < row * height) throw cutShort();
  return Uint8Array.from(
    { length: width * height },
    (_, i) => (bytes[from + Math.floor(i / width) * row + ((i % width) >> 3)] >> (7 - ((i % width) & 7))) & 1,
  );
}

/** @throws NotRead for a damaged, cut or too large picture */
export function decodePnm(bytes: Uint8Array): Raster {
  const type = bytes[1] - 0x30;
  const header = new Header(bytes);
  if (type === 7) return decodePam(bytes, header);
  const width = header.number('width', MOST_SIDE);
  const height = header.number('height', MOST_SIDE);
  checkPixels(width, height);
  const bitmap = type === 1 || type === 4;
  const most = bitmap ? 1 : header.number('largest value', 65535);
  const channels = type === 3 || type === 6 ? 3 : 1;
  const count = width * height * channels;
  // One character of white space ends the header of a binary file.
  const from = header.at + (type > 3 ? 1 : 0);
  if (bitmap) {
    const black = type === 1 ? textValues(bytes, from, count, 1, true) : bits(bytes, from, width, height);
    return { width, height, channels: 1, data: Uint8Array.from(black, (one) => (one === 1 ? 0 : 255)) };
  }
  const values =
    type > 3 ? binaryValues(bytes, from, count, most) : textValues(bytes, from, count, most, false);
  return { width, height, channels, data: toBytes(values, most) };
}

function decodePam(bytes: Uint8Array, header: Header): Raster {
  const fields = header.fields();
  const number = (name: string, most: number): number => {
    const value = Number(fields.get(name));
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw damaged(`its PAM header says '${fields.get(name) ?? ''}' for ${name}; allowed: 1 to ${most}`);
    return value;
  };
  const [width, height] = [number('WIDTH', MOST_SIDE), number('HEIGHT', MOST_SIDE)];
  checkPixels(width, height);
  const channels = number('DEPTH', 4) as Raster['channels'];
  const most = number('MAXVAL', 65535);
  const values = binaryValues(bytes, header.at, width * height * channels, most);
  return { width, height, channels, data: toBytes(values, most) };
}
