import { checkPixels, NotRead } from './limits.ts';
import { cutShort } from './pnm.ts';
import type { Raster } from './raster.ts';

/**
 * BMP with 1, 4, 8, 16, 24 or 32 bits per pixel, top-down or bottom-up, palettes and channel masks (Microsoft,
 * 'Bitmap Storage'). A decoder of our own: bmp-ts 1.0.9 stops at the first row of odd width with 4 bits and takes pixels
 * from where the header ends, fast-bmp 4.0.1 leaves palettes out.
 */

const [BI_RGB, BI_BITFIELDS, BI_ALPHABITFIELDS] = [0, 3, 6];

interface Header {
  width: number;
  height: number;
  topDown: boolean;
  depth: number;
  /** Where the pixels begin. */
  pixels: number;
  /** Red, green, blue, of 16 and 32 bits. */
  masks: readonly number[];
  /** RGB per index. */
  palette: Uint8Array;
}

function headerOf(bytes: Buffer): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(14, true);
  const old = length === 12;
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signed = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const depth = view.getUint16(old ? 24 : 28, true);
  const compression = old ? BI_RGB : view.getUint32(30, true);
  if (width < 1 || signed === 0 || ![1, 4, 8, 16, 24, 32].includes(depth))
    throw new NotRead(
      `is damaged: its BMP header says ${width} × ${signed} pixels of ${depth} bits; allowed: 1, 4, 8, 16, 24, 32 bits`,
    );
  const masked = compression === BI_BITFIELDS || compression === BI_ALPHABITFIELDS;
  if (compression !== BI_RGB && !(masked && (depth === 16 || depth === 32)))
    throw new NotRead(`is a compressed BMP (method ${compression}), which is not read; save it as PNG`);
  const masks = masked
    ? [54, 58, 62].map((at) => view.getUint32(at, true))
    : depth === 16
      ? [0x7c00, 0x03e0, 0x001f]
      : [0xff0000, 0xff00, 0xff];
  const paletteAt = 14 + length + (masked && length === 40 ? (compression === BI_BITFIELDS ? 12 : 16) : 0);
  const [most, entry] = [depth <= 8 ? 2 ** depth : 0, old ? 3 : 4];
  const said = old ? 0 : view.getUint32(46, true);
  const colours = most === 0 ? 0 : said === 0 ? most : Math.min(said, most);
  const palette = new Uint8Array(most * 3);
  for (let i = 0; i < colours; i++)
    for (let c = 0; c < 3; c++) palette[3 * i + c] = view.getUint8(paletteAt + entry * i + 2 - c);
  const height = Math.abs(signed);
  return { width, height, topDown: signed < 0, depth, pixels: view.getUint32(10, true), masks, palette };
}

/** Takes one channel out of a masked pixel, as 0…255. */
function channel(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most);
}

/** RGB; alpha is left out, as most programs do with BMP. @throws NotRead for a damaged, cut, compressed or too large one */
export function decodeBmp(bytes: Buffer): Raster {
  let header: Header;
  try {
    header = headerOf(bytes);
  } catch (thrown) {
    throw thrown instanceof RangeError ? cutShort() : thrown;
  }
  const { width, height, topDown, depth, pixels, masks, palette } = header;
  checkPixels(width, height);
  // Rows are filled up to whole 32-bit words.
  const stride = Math.ceil((width * depth) / 32) * 4;
  if (bytes.length < pixels + stride * (height - 1) + Math.ceil((width * depth) / 8)) throw cutShort();
  const data = new Uint8Array(width * height * 3);
  const [red, green, blue] = masks.map(channel);
  for (let y = 0; y < height; y++) {
    const row = pixels + stride * y;
    let to = (topDown ? y : height - 1 - y) * width * 3;
    for (let x = 0; x < width; x++, to += 3) {
      if (depth <= 8) {
        const at = x * depth;
        const index = (bytes[row + (at >> 3)] >> (8 - depth - (at & 7))) & (2 ** depth - 1);
        data.set(palette.subarray(3 * index, 3 * index + 3), to);
      } else if (depth === 24) {
        const at = row + 3 * x;
        data[to] = bytes[at + 2];
        data[to + 1] = bytes[at + 1];
        data[to + 2] = bytes[at];
      } else {
        const pixel = depth === 16 ? bytes.readUInt16LE(row + 2 * x) : bytes.readUInt32LE(row + 4 * x);
        data[to] = red(pixel);
        data[to + 1] = green(pixel);
        data[to + 2] = blue(pixel);
      }
    }
  }
  return { width, height, channels: 3, data };
}
