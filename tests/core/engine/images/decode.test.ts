import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../../../core/engine/images/decode.ts';
import { jpegHeader } from '../../../../core/engine/images/jpeg.ts';
import thumbnails, {
  type Thumbnail,
  type ThumbnailRequest,
} from '../../../../core/engine/images/thumbnail-task.ts';
import { Fault } from '../../../../core/foundation/fault.ts';
import { j2k, jp2 } from '../../foundation/pictures/encoded.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-decode-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

/** 60×40: left half red, right half blue; a green bar on top. */
const scene = (): Sharp => {
  const data = Buffer.alloc(60 * 40 * 3);
  for (let i = 0; i < 60 * 40; i++)
    data.set(i < 60 * 8 ? [0, 200, 0] : i % 60 < 30 ? [220, 20, 20] : [20, 20, 220], i * 3);
  return sharp(data, { raw: { width: 60, height: 40, channels: 3 } });
};
const pixel = ({ data, width }: { data: ArrayLike<number>; width: number }, x: number, y: number): number[] =>
  [0, 1, 2].map((c) => data[(y * width + x) * 3 + c]);
const near = (found: number[], expected: number[], tolerance: number): void => {
  for (const [c, value] of found.entries())
    expect(Math.abs(value - expected[c])).toBeLessThanOrEqual(tolerance);
};

describe('kinds of pictures', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'EXIF orientation %i gives the upright picture',
    async (orientation) => {
      // The standard's words: which side of the upright picture the first stored row and the first stored column show.
      const [firstRow, firstColumn] = [
        ['top', 'left'],
        ['top', 'right'],
        ['bottom', 'right'],
        ['bottom', 'left'],
        ['left', 'top'],
        ['right', 'top'],
        ['right', 'bottom'],
        ['left', 'bottom'],
      ][orientation - 1];
      const upright = await scene().raw().toBuffer();
      const sideways = orientation > 4;
      const [width, height] = sideways ? [40, 60] : [60, 40];
      const stored = Buffer.alloc(60 * 40 * 3);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const [along, down] = sideways ? [row, column] : [column, row];
          const [sideX, sideY] = sideways ? [firstRow, firstColumn] : [firstColumn, firstRow];
          const x = sideX === 'right' ? 59 - along : along;
          const y = sideY === 'bottom' ? 39 - down : down;
          stored.set(upright.subarray((y * 60 + x) * 3, (y * 60 + x) * 3 + 3), (row * width + column) * 3);
        }
      }
      const turned = sharp(stored, { raw: { width, height, channels: 3 } });
      const path = at(`turned${orientation}.jpg`);
      await turned
        .withMetadata({ orientation })
        .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
        .toFile(path);
      const picture = await decode(path);
      expect([picture.width, picture.height]).toEqual([60, 40]);
      near(pixel(picture, 30, 3), [0, 200, 0], 12);
      near(pixel(picture, 10, 30), [220, 20, 20], 12);
      near(pixel(picture, 50, 30), [20, 20, 220], 12);
    },
  );

  test('CMYK becomes RGB', async () => {
    await scene()
      .toColourspace('cmyk')
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toFile(at('cmyk.jpg'));
    expect((await sharp(at('cmyk.jpg')).metadata()).space).toBe('cmyk');
    const picture = await decode(at('cmyk.jpg'));
    expect(picture.data).toHaveLength(60 * 40 * 3);
    // The press's colours are not the screen's; the hues stay.
    const [red, , blue] = pixel(picture, 10, 30);
    expect(red - blue).toBeGreaterThan(120);
  });

  test('16 bits become 8', async () => {
    const data = Uint16Array.from({ length: 20 * 10 * 3 }, (_, i) => [65535, 32896, 257][i % 3]);
    const raw = { width: 20, height: 10, channels: 3 as const };
    await sharp(data, { raw }).toColourspace('rgb16').png().toFile(at('deep.png'));
    expect((await sharp(at('deep.png')).metadata()).depth).toBe('ushort');
    near(pixel(await decode(at('deep.png')), 5, 5), [255, 128, 1], 1);
  });

  test.each([
    ['8-bit', 'b-w', 'uchar'],
    ['16-bit', 'grey16', 'ushort'],
  ] as const)('%s grey becomes three equal channels', async (name, space, depth) => {
    const data =
      depth === 'uchar' ? new Uint8Array(30 * 20).fill(77) : new Uint16Array(30 * 20).fill(77 * 257);
    const raw = { width: 30, height: 20, channels: 1 as const };
    await sharp(data, { raw })
      .toColourspace(space)
      .png()
      .toFile(at(`${name}.png`));
    expect(await sharp(at(`${name}.png`)).metadata()).toMatchObject({ channels: 1, depth });
    near(pixel(await decode(at(`${name}.png`)), 5, 5), [77, 77, 77], 1);
  });

  test('what is transparent is black, a palette is looked up', async () => {
    const data = Buffer.alloc(8 * 8 * 4);
    for (let i = 0; i < 64; i++) data.set(i % 8 < 4 ? [250, 250, 250, 0] : [10, 200, 30, 255], i * 4);
    await sharp(data, { raw: { width: 8, height: 8, channels: 4 } })
      .png()
      .toFile(at('alpha.png'));
    near(pixel(await decode(at('alpha.png')), 1, 1), [0, 0, 0], 0);
    near(pixel(await decode(at('alpha.png')), 6, 6), [10, 200, 30], 0);
    await scene().png({ palette: true }).toFile(at('palette.png'));
    near(pixel(await decode(at('palette.png')), 10, 30), [220, 20, 20], 4);
  });
});

describe('reduced decoding', () => {
  let path = '';
  beforeAll(async () => {
    path = at('large.jpg');
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 };
    const grain = await sharp({
      create: { width: 1203, height: 1601, channels: 3, background: '#888', noise },
    })
      .blur(3)
      .png()
      .toBuffer();
    await sharp(grain).withMetadata({ orientation: 6 }).jpeg({ quality: 98 }).toFile(path);
  });

  test('does not turn or colour a picture that says nothing of it, and finds its size in its header', async () => {
    await sharp({ create: { width: 1200, height: 900, channels: 3, background: '#c05020' } })
      .jpeg()
      .toFile(at('plain.jpg'));
    expect(jpegHeader(readFileSync(at('plain.jpg')))).toEqual({ width: 1200, height: 900, plain: true });
    expect(jpegHeader(readFileSync(path))).toMatchObject({ width: 1203, height: 1601, plain: false });
    const picture = await decode(at('plain.jpg'), () => 5);
    expect([picture.width, picture.height, picture.fullWidth, picture.fullHeight]).toEqual([
      600, 450, 1200, 900,
    ]);
    near(pixel(picture, 100, 100), [0xc0, 0x50, 0x20], 3);
  });

  test.each([
    [3.9, 1601, 1203],
    [4, 801, 602],
    [9, 401, 301],
    [40, 201, 151],
  ])('a crop of %d picture pixels per pixel decodes at %d × %d', async (needed, width, height) => {
    const picture = await decode(path, (fullWidth, fullHeight) => {
      expect([fullWidth, fullHeight]).toEqual([1601, 1203]);
      return needed;
    });
    expect([picture.width, picture.height]).toEqual([width, height]);
    expect([picture.fullWidth, picture.fullHeight]).toEqual([1601, 1203]);
  });
});

test('kinds that libvips lacks are decoded and shown, whatever their name', async () => {
  const data = await scene().raw().toBuffer();
  const size = { width: 60, height: 40, channels: 3 };
  writeFileSync(at('ppm.jpg'), Buffer.concat([Buffer.from('P6\n60 40\n255\n'), data]));
  writeFileSync(at('photo.jp2'), jp2(await j2k(data, size), size));
  for (const name of ['ppm.jpg', 'photo.jp2']) {
    const picture = await decode(at(name));
    expect([picture.width, picture.fullHeight]).toEqual([60, 40]);
    expect(Buffer.from(picture.data).equals(data)).toBe(true);
    const shown: Thumbnail[] = [];
    const requests = [
      { id: 1, path: at(name), region: null, size: 30 },
      { id: 2, path: at(name), region: [0, 20, 20, 20], size: 20 },
    ] satisfies ThumbnailRequest[];
    const context = {
      part: async (one: Thumbnail) => void shown.push(one),
      signal: new AbortController().signal,
    };
    await thumbnails(requests, context as unknown as Parameters<typeof thumbnails>[1]);
    for (const one of shown) {
      if (!('bytes' in one)) expect.unreachable(one.problem);
      const { data, info } = await sharp(one.bytes).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual(one.id === 1 ? [30, 20] : [20, 20]);
      near(pixel({ data, width: info.width }, 4, 14), [220, 20, 20], 20);
    }
    expect(shown).toHaveLength(2);
  }
});

describe('what cannot be decoded is said', () => {
  test('bad files', async () => {
    await scene().resize(600, 400).jpeg().toFile(at('whole.jpg'));
    const whole = readFileSync(at('whole.jpg'));
    writeFileSync(at('cut.jpg'), whole.subarray(0, whole.length >> 1));
    await scene().png().toFile(at('whole.png'));
    const png = readFileSync(at('whole.png'));
    writeFileSync(at('cut.png'), png.subarray(0, png.length - 60));
    writeFileSync(at('empty.jpg'), '');
    writeFileSync(at('text.jpg'), 'name,age\nana,30\n');
    mkdirSync(at('folder.jpg'), { recursive: true });
    // A header that promises 40,000 × 40,000 pixels.
    const huge = Buffer.from(png);
    huge.writeUInt32BE(40_000, 16);
    huge.writeUInt32BE(40_000, 20);
    writeFileSync(at('huge.png'), huge);
    const fd = openSync(at('sparse.jpg'), 'w');
    ftruncateSync(fd, 2 ** 30);
    closeSync(fd);
    const expected: Record<string, RegExp> = {
      'cut.jpg': /is cut short|is damaged/,
      'cut.png': /is cut short|is damaged/,
      'empty.jpg': /is empty \(0 bytes\)/,
      'text.jpg': /is not a picture that can be read/,
      'folder.jpg': /is a folder/,
      'huge.png': /more than 100 million pixels|is damaged/,
      'sparse.jpg': /has 1073741824 bytes/,
      'nowhere.jpg': /does not exist/,
    };
    for (const [name, sentence] of Object.entries(expected)) {
      const thrown = await decode(at(name)).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(thrown, name).toBeInstanceOf(Fault);
      expect((thrown as Fault).message, name).toMatch(sentence);
      expect((thrown as Fault).message, name).toContain(`'${at(name)}'`);
    }
  });
});
