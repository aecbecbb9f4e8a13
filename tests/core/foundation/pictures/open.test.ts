import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { pictureKind } from '../../../../core/foundation/pictures/kinds.ts';
import { notRead, openPicture, pictureSize } from '../../../../core/foundation/pictures/open.ts';
import { bmp, branded, j2k, jp2 } from './encoded.ts';

/** RGB pixels of an opened picture. */
async function pixels(bytes: Buffer): Promise<number[][]> {
  const image = await openPicture(bytes);
  const { data, info } = await image.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  expect(await pictureSize(bytes)).toMatchObject({ width: info.width, height: info.height });
  return Array.from({ length: info.width * info.height }, (_, i) =>
    [0, 1, 2].map((c) => data[i * info.channels + (info.channels < 3 ? 0 : c)]),
  );
}
const problem = async (bytes: Buffer): Promise<string> =>
  openPicture(bytes)
    .then((image) => image.raw().toBuffer())
    .then(() => expect.unreachable(), notRead);

const [RED, GREEN, BLUE, WHITE, BLACK] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
];
const grey = (...values: number[]): number[][] => values.map((value) => [value, value, value]);

describe('Netpbm', () => {
  test('text and binary, 1, 8 and 16 bits, comments, other largest values', async () => {
    expect(await pixels(Buffer.from('P1\n# by hand\n3 2\n0 1 0\n101'))).toEqual(grey(255, 0, 255, 0, 255, 0));
    expect(await pixels(Buffer.from('P2 3 1\n15\n0 5 15\n'))).toEqual(grey(0, 85, 255));
    expect(await pixels(Buffer.from('P3\n2 1 255\n255 0 0  0 0 255'))).toEqual([RED, BLUE]);
    expect(
      await pixels(Buffer.concat([Buffer.from('P4\n10 1\n'), Buffer.from([0b10000000, 0b01000000])])),
    ).toEqual(grey(0, 255, 255, 255, 255, 255, 255, 255, 255, 0));
    expect(await pixels(Buffer.concat([Buffer.from('P5 # c\n2 1\n255\n'), Buffer.from([7, 200])]))).toEqual(
      grey(7, 200),
    );
    expect(
      await pixels(Buffer.concat([Buffer.from('P5\n2 1\n65535\n'), Buffer.from([0xff, 0xff, 0x80, 0])])),
    ).toEqual(grey(255, 128));
    expect(
      await pixels(Buffer.concat([Buffer.from('P6\n1 2\n255\n'), Buffer.from([0, 255, 0, 0, 0, 255])])),
    ).toEqual([GREEN, BLUE]);
    const pam = 'P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n';
    expect(await pixels(Buffer.concat([Buffer.from(pam), Buffer.from([255, 0, 0, 255])]))).toEqual([RED]);
  });

  test('damage and size in words', async () => {
    expect(await problem(Buffer.from('P5\n20 20\n255\nabc'))).toMatch(/^is cut short/);
    expect(await problem(Buffer.from('P2\n2 2\n255\n1 2 3'))).toMatch(/^is cut short/);
    expect(await problem(Buffer.from('P2\n2 1\n255\n1 x'))).toMatch(/value 2 is no number from 0 to 255/);
    expect(await problem(Buffer.from('P5\n0 20\n255\nabc'))).toMatch(/'0' for the width; allowed: 1 to/);
    expect(await problem(Buffer.from('P5\n40000 40000\n255\nabc'))).toMatch(
      /has 40000 × 40000 = 1600 million pixels; allowed: up to 100 million/,
    );
  });
});

describe('JPEG 2000', () => {
  const size = { width: 20, height: 12, channels: 3 };
  const data = Uint8Array.from({ length: 720 }, (_, i) => (i * 7919) % 251);

  test('codestream and JP2, RGB, grey and 16 bits: the pixels that went in', async () => {
    const rgb = Array.from({ length: 240 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)]);
    const stream = await j2k(data, size);
    expect(await pixels(stream)).toEqual(rgb);
    expect(await pixels(jp2(stream, size))).toEqual(rgb);
    const one = { ...size, channels: 1 };
    const light = await j2k(data.subarray(0, 240), one);
    expect(await pixels(jp2(light, one))).toEqual(grey(...data.subarray(0, 240)));
    const deep = Uint16Array.from(data.subarray(0, 240), (value) => value * 257);
    const wide = await j2k(new Uint8Array(deep.buffer), { ...one, bits: 16 });
    expect(await pixels(wide)).toEqual(grey(...data.subarray(0, 240)));
  });

  test('damage, size and transparency in words, and the next picture is read all the same', async () => {
    const stream = await j2k(data, size);
    expect(await problem(stream.subarray(0, stream.length >> 1))).toMatch(/^is (cut short|damaged)/);
    expect(await problem(jp2(stream, size).subarray(0, 200))).toMatch(/^is (cut short|damaged)/);
    expect(await problem(stream.subarray(0, 20))).toMatch(/holds no JPEG 2000 codestream/);
    const huge = Buffer.from(stream);
    huge.writeUInt32BE(50_000, 8);
    huge.writeUInt32BE(50_000, 12);
    expect(await problem(huge)).toMatch(/2500 million pixels/);
    const four = { ...size, height: 9, channels: 4 };
    expect(await problem(await j2k(data.subarray(0, 720), four))).toMatch(
      /4 components, which is not read; save it/,
    );
    expect((await pixels(stream)).length).toBe(240);
  });
});

describe('BMP', () => {
  const rgb = (...pixels: number[][]): number[] => pixels.flatMap(([r, g, b]) => [b, g, r]);
  const shape = { width: 3, height: 2 };
  const wanted = [RED, GREEN, BLUE, WHITE, BLACK, RED];

  test('every depth, either order of rows, palettes and masks', async () => {
    const [top, bottom] = [rgb(RED, GREEN, BLUE), rgb(WHITE, BLACK, RED)].map((row) =>
      Buffer.from([...row, 0, 0, 0]),
    );
    expect(await pixels(bmp(Buffer.concat([bottom, top]), { ...shape, bits: 24 }))).toEqual(wanted);
    expect(await pixels(bmp(Buffer.concat([top, bottom]), { ...shape, height: -2, bits: 24 }))).toEqual(
      wanted,
    );
    const palette = [...rgb(RED), 0, ...rgb(GREEN), 0, ...rgb(BLUE), 0, ...rgb(WHITE), 0, ...rgb(BLACK), 0];
    const eight = Buffer.from([3, 4, 0, 0, 0, 1, 2, 0]);
    expect(await pixels(bmp(eight, { ...shape, bits: 8, palette }))).toEqual(wanted);
    // An odd width in half bytes: bmp-ts stops after its first row.
    const four = Buffer.from([0x34, 0x00, 0, 0, 0x01, 0x20, 0, 0]);
    expect(await pixels(bmp(four, { ...shape, bits: 4, palette }))).toEqual(wanted);
    const one = Buffer.from([0b10100000, 0, 0, 0, 0b01000000, 0, 0, 0]);
    expect(
      await pixels(bmp(one, { ...shape, bits: 1, palette: [...rgb(BLACK), 0, ...rgb(WHITE), 0] })),
    ).toEqual(grey(0, 255, 0, 255, 0, 255));
    const sixteen = Buffer.alloc(8);
    for (const [i, value] of [0xf800, 0x07e0, 0x001f].entries()) sixteen.writeUInt16LE(value, 2 * i);
    const masks = [0xf800, 0x07e0, 0x001f];
    expect(await pixels(bmp(sixteen, { width: 3, height: 1, bits: 16, masks }))).toEqual([RED, GREEN, BLUE]);
    const wide = Buffer.from([0, 0, 255, 0, 0, 255, 0, 0]);
    expect(await pixels(bmp(wide, { width: 2, height: 1, bits: 32 }))).toEqual([RED, GREEN]);
  });

  test('cut and compressed ones in words', async () => {
    const whole = bmp(Buffer.alloc(24), { ...shape, bits: 24 });
    expect(await problem(whole.subarray(0, 60))).toMatch(/^is cut short/);
    const packed = Buffer.from(whole);
    packed.writeUInt32LE(1, 30);
    expect(await problem(packed)).toMatch(/compressed BMP \(method 1\), which is not read; save it as PNG/);
  });
});

describe('kinds by content', () => {
  test('HEIC of every brand has a remedy; AVIF is read, also where its first brand is general', async () => {
    for (const brands of [
      ['heic', 'mif1', 'heic'],
      ['mif1', 'heic'],
      ['msf1', 'hevc'],
      ['heix'],
      ['mif1', 'miaf'],
    ])
      expect(await problem(branded(...brands))).toMatch(
        /^is HEIC, which is not read; convert it .*heif-convert.*sips.*--match-stem/,
      );
    expect(pictureKind(branded('mif1', 'avif', 'miaf'))).toEqual({ name: 'AVIF', by: 'sharp' });
    const noise = sharp(Buffer.alloc(300, 90), { raw: { width: 10, height: 10, channels: 3 } });
    expect(await pixels(await noise.clone().avif({ lossless: true }).toBuffer())).toHaveLength(100);
  });

  test('others that are no photographs are named', async () => {
    expect(await problem(Buffer.from('\ufeff<?xml version="1.0"?>\n<svg xmlns="x"/>'))).toMatch(/^is SVG/);
    expect(await problem(Buffer.from('%PDF-1.7 and so on'))).toMatch(/^is PDF/);
    expect(await problem(branded('isom', 'mp42'))).toMatch(/^is a video/);
    expect(await problem(Buffer.from('ff0a00112233445566778899', 'hex'))).toMatch(/^is JPEG XL.*djxl/);
    expect(await problem(Buffer.from('name,age\nana,30\n'))).toMatch(
      /is not a picture that can be read; allowed: JPEG/,
    );
  });
});
