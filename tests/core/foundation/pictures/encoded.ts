import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Pictures in kinds that sharp does not write, as bytes. */

const require = createRequire(import.meta.url);

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  setQuality(lossless: boolean, quality: number): void;
  setDecompositions(levels: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

/** A lossless JPEG 2000 codestream, by OpenJPEG's encoder. */
export async function j2k(
  data: Uint8Array,
  size: { width: number; height: number; channels: number; bits?: number },
): Promise<Buffer> {
  const make = require('@cornerstonejs/codec-openjpeg/wasmjs');
  const wasmBinary = readFileSync(require.resolve('@cornerstonejs/codec-openjpeg/wasm'));
  const { J2KEncoder } = await make({ wasmBinary, print: () => {}, printErr: () => {} });
  const encoder: Encoder = new J2KEncoder();
  const { width, height, channels, bits = 8 } = size;
  encoder
    .getDecodedBuffer({ width, height, bitsPerSample: bits, componentCount: channels, isSigned: false })
    .set(data);
  encoder.setQuality(true, 0);
  encoder.setDecompositions(1);
  encoder.encode();
  const bytes = Buffer.from(encoder.getEncodedBuffer());
  encoder.delete();
  return bytes;
}

const box = (type: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
};

/** The codestream in a JP2 file (ITU-T T.800, annex I). */
export function jp2(
  codestream: Buffer,
  { width, height, channels }: { width: number; height: number; channels: number },
): Buffer {
  const ihdr = Buffer.alloc(14);
  ihdr.writeUInt32BE(height, 0);
  ihdr.writeUInt32BE(width, 4);
  ihdr.writeUInt16BE(channels, 8);
  ihdr.set([7, 7, 0, 0], 10);
  const colr = Buffer.from([1, 0, 0, 0, 0, 0, channels === 1 ? 17 : 16]);
  return Buffer.concat([
    box('jP  ', Buffer.from([0x0d, 0x0a, 0x87, 0x0a])),
    box('ftyp', Buffer.from('jp2 \0\0\0\0jp2 ', 'latin1')),
    box('jp2h', box('ihdr', ihdr), box('colr', colr)),
    box('jp2c', codestream),
  ]);
}

/** The first boxes of a file of these brands: what tells HEIC, AVIF and videos apart. */
export const branded = (...brands: string[]): Buffer =>
  Buffer.concat([
    box('ftyp', Buffer.from(`${brands[0]}\0\0\0\0${brands.slice(1).join('')}`, 'latin1')),
    box('mdat', Buffer.alloc(200, 1)),
  ]);

/** A BMP with rows of whole 32-bit words; `pixels` are its rows from the file's first to its last. */
export function bmp(
  pixels: Buffer,
  {
    width,
    height,
    bits,
    palette = [],
    masks = [],
  }: { width: number; height: number; bits: number; palette?: number[]; masks?: number[] },
): Buffer {
  const extra = Buffer.from(palette);
  const mask = Buffer.alloc(masks.length * 4);
  for (const [i, value] of masks.entries()) mask.writeUInt32LE(value, 4 * i);
  const head = Buffer.alloc(54);
  const start = 54 + mask.length + extra.length + 2;
  head.write('BM', 0, 'latin1');
  head.writeUInt32LE(start + pixels.length, 2);
  head.writeUInt32LE(start, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(masks.length > 0 ? 3 : 0, 30);
  head.writeUInt32LE(palette.length / 4, 46);
  // Two bytes between header and pixels: readers go by the offset, not by where the header ends.
  return Buffer.concat([head, mask, extra, Buffer.alloc(2), pixels]);
}
