import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** Draws the icons of all systems from assets/icons/*.svg: node build/packaging/icons.ts (after the drawing changed). */

/** Files for Linux; the window's own icon is the one of 256 pixels. */
export const PNG_SIZES = [16, 32, 48, 64, 128, 256, 512] as const;
export const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256] as const;
/** Entries of an .icns by Apple's type codes; those of a kind '@2x' have twice the pixels of their name. */
export const ICNS_TYPES = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
] as const;

/** Up to here the small drawing is used, which has fewer and larger parts. */
const SMALL = 32;

/** An .ico file of PNG pictures (Windows Vista and later). Little-endian: header, one entry of 16 bytes each, pictures. */
export function icoOf(pictures: readonly { size: number; png: Uint8Array }[]): Buffer {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let at = head.length;
  pictures.forEach(({ size, png }, index) => {
    const entry = 6 + 16 * index;
    // A byte holds 0…255, and 0 says 256.
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(at, entry + 12);
    at += png.length;
  });
  return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}

/** An .icns file of PNG pictures. Big-endian: 'icns', length, then type, length and picture of each. */
export function icnsOf(pictures: readonly { type: string; png: Uint8Array }[]): Buffer {
  const parts = pictures.map(({ type, png }) => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(8 + png.length, 4);
    return Buffer.concat([head, png]);
  });
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(
    parts.reduce((sum, { length }) => sum + length, 8),
    4,
  );
  return Buffer.concat([head, ...parts]);
}

/** Draws one size. Large ones get a palette: a third of the bytes, and no step is seen in the ground's gradient. */
async function draw(folder: string, size: number): Promise<Buffer> {
  const svg = await readFile(join(folder, size <= SMALL ? 'visage-small.svg' : 'visage.svg'));
  return sharp(svg, { density: Math.max(72, (72 * size) / 256) })
    .resize(size, size)
    .png({ compressionLevel: 9, palette: size > 256, effort: 10 })
    .toBuffer();
}

export async function makeIcons(folder: string): Promise<void> {
  await mkdir(join(folder, 'png'), { recursive: true });
  for (const size of PNG_SIZES)
    await writeFile(join(folder, 'png', `${size}x${size}.png`), await draw(folder, size));
  const ico = await Promise.all(ICO_SIZES.map(async (size) => ({ size, png: await draw(folder, size) })));
  await writeFile(join(folder, 'visage.ico'), icoOf(ico));
  const icns = await Promise.all(
    ICNS_TYPES.map(async ([type, size]) => ({ type, png: await draw(folder, size) })),
  );
  await writeFile(join(folder, 'visage.icns'), icnsOf(icns));
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  await makeIcons(join(root, 'assets', 'icons'));
}
