import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { lookAtImage, pooled } from '../../../core/datasets/imagefile.ts';
import { folderWith, jpeg } from './fixtures.ts';

const look = async (content: Buffer | string, name = 'a.jpg') =>
  lookAtImage(join(folderWith({ [name]: content }), name));

const noise = (width: number, height: number, channels: 1 | 3 | 4) =>
  sharp(
    Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 7919) % 251),
    {
      raw: { width, height, channels },
    },
  );

/** A PNG header that promises so many pixels, with a little data after it: a decompression bomb. */
function promised(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    let crc = ~0;
    for (const byte of body) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(~crc >>> 0, 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100_000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('readable', () => {
  test('size, hash and time', async () => {
    const bytes = await jpeg(3, 40, 30);
    expect(await look(bytes)).toMatchObject({
      state: 'ok',
      width: 40,
      height: 30,
      bytes: bytes.length,
      hash: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  test('CMYK, greyscale, 16-bit, transparent, every format', async () => {
    const rgb = noise(20, 10, 3);
    const files: Record<string, Buffer> = {
      'cmyk.jpg': await rgb.clone().toColourspace('cmyk').jpeg().toBuffer(),
      'grey.jpg': await noise(20, 10, 1).jpeg().toBuffer(),
      'deep.png': await rgb.clone().toColourspace('rgb16').png().toBuffer(),
      'deep-grey.png': await noise(20, 10, 1).toColourspace('grey16').png().toBuffer(),
      'deep.tiff': await rgb.clone().toColourspace('rgb16').tiff().toBuffer(),
      'clear.png': await noise(20, 10, 4).png().toBuffer(),
      'a.webp': await rgb.clone().webp().toBuffer(),
      'a.gif': await rgb.clone().gif().toBuffer(),
      'a.avif': await rgb.clone().avif().toBuffer(),
      // The name does not decide: a PNG called .jpg is a picture.
      'png.jpg': await rgb.clone().png().toBuffer(),
    };
    expect((await sharp(files['cmyk.jpg']).metadata()).space).toBe('cmyk');
    expect((await sharp(files['deep.png']).metadata()).depth).toBe('ushort');
    for (const [name, content] of Object.entries(files)) {
      expect([name, await look(content, name)]).toMatchObject([name, { state: 'ok', width: 20, height: 10 }]);
    }
  });

  test('the size is that of the upright picture', async () => {
    const sideways = await sharp(await jpeg(1, 40, 30))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await look(sideways)).toMatchObject({ width: 30, height: 40 });
  });

  test('rubbish after the end is no damage', async () => {
    const bytes = Buffer.concat([await noise(60, 60, 3).jpeg().toBuffer(), Buffer.from('trailing words')]);
    expect(await look(bytes)).toMatchObject({ state: 'ok' });
  });
});

describe('unreadable, each with a sentence', () => {
  test('zero bytes', async () => {
    const seen = await look('');
    expect(seen).toMatchObject({ state: 'unreadable', problem: 'The file is empty (0 bytes).', bytes: 0 });
    expect(seen.hash).toBeUndefined();
  });

  test('truncated at many places', async () => {
    const whole = await noise(200, 200, 3).jpeg().toBuffer();
    for (const share of [0.3, 0.6, 0.9, 0.99]) {
      const seen = await look(whole.subarray(0, Math.floor(whole.length * share)));
      expect(seen.state).toBe('unreadable');
      expect(seen.problem).toMatch(/^The file is (cut short|damaged)/);
      expect(seen.hash).toHaveLength(64);
    }
    const png = await noise(200, 200, 3).png().toBuffer();
    expect((await look(png.subarray(0, png.length >> 1), 'a.png')).state).toBe('unreadable');
    expect((await look(whole.subarray(0, 10))).state).toBe('unreadable');
  });

  test('no image: words, a document, a vector drawing, a folder', async () => {
    for (const content of ['hello world', '<html></html>', Buffer.alloc(5000, 7)]) {
      expect((await look(content)).problem).toMatch(/is not a picture that can be read; allowed: JPEG, PNG/);
    }
    const drawing =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    expect((await look(drawing)).state).toBe('unreadable');
    const root = folderWith({ 'x.txt': '' });
    mkdirSync(join(root, 'a.jpg'));
    expect((await lookAtImage(join(root, 'a.jpg'))).problem).toContain('folder');
  });

  test('a decompression bomb is not opened', async () => {
    const seen = await look(promised(60_000, 60_000), 'a.png');
    expect(seen.problem).toBe(
      'The file has 60000 × 60000 = 3600 million pixels; allowed: up to 100 million, at import and in every job (scale it down, or cut the faces out).',
    );
  });
});

test('missing, and known by size and time', async () => {
  const root = folderWith({ 'a.jpg': await jpeg(1) });
  expect(await lookAtImage(join(root, 'b.jpg'))).toEqual({ state: 'missing' });
  const { bytes = 0, mtime = 0 } = await lookAtImage(join(root, 'a.jpg'));
  expect(await lookAtImage(join(root, 'a.jpg'), { bytes, mtime })).toEqual({ state: 'ok', same: true });
  expect((await lookAtImage(join(root, 'a.jpg'), { bytes, mtime: mtime + 1 })).hash).toHaveLength(64);
});

test('a pool runs so many at a time, gives every result, and passes errors on', async () => {
  let running = 0;
  let most = 0;
  const results: number[] = [];
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((done) => setImmediate(done));
    running--;
    return n;
  };
  for await (const n of pooled([1, 2, 3, 4, 5, 6, 7], 3, work)) results.push(n);
  expect(results.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
  const failing = async (): Promise<void> => {
    for await (const _ of pooled([1, 2, 3], 2, () => Promise.reject(new Error('no')))) expect.unreachable();
  };
  await expect(failing()).rejects.toThrow('no');
});
