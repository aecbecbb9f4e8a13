import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply } from '../../../../core/engine/images/affine.ts';
import {
  prepareFaces,
  prepareFacesForMany,
  prepareHere,
  wholePicture,
} from '../../../../core/engine/images/pipeline.ts';
import { closePicturePool } from '../../../../core/engine/images/pool.ts';
import { ARCFACE_TEMPLATE } from '../../../../core/engine/images/similarity.ts';
import type { FaceImage, Preparation } from '../../../../core/engine/preparation.ts';
import { Cancelled } from '../../../../core/foundation/fault.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-pipeline-'));
afterAll(async () => {
  await closePicturePool();
  rmSync(folder, { recursive: true, force: true });
});
const COUNT = 37;
const pathOf = (i: number): string => join(folder, `${i}.png`);

beforeAll(async () => {
  for (let i = 0; i < COUNT; i++) {
    // Picture i is grey of level 5·i, 40 wide and 30 high.
    await sharp({
      create: { width: 40, height: 30, channels: 3, background: { r: 5 * i, g: 5 * i, b: 5 * i } },
    })
      .png()
      .toFile(pathOf(i));
  }
  writeFileSync(join(folder, 'broken.png'), 'no picture');
});

const whole: Preparation = {
  size: [8, 6],
  crop: { kind: 'whole', fit: 'stretch' },
  channels: 'rgb',
  mean: [0, 0, 0],
  std: [1, 1, 1],
  layout: 'nchw',
};
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const faces = (): FaceImage[] => Array.from({ length: COUNT }, (_, i) => wholePicture(100 + i, pathOf(i)));

describe('batches', () => {
  test.each([1, 8, 64])('of %i hold all faces in their order', async (batch) => {
    const seen: number[] = [];
    for await (const one of prepareFaces(faces(), whole, { batch })) {
      expect(one.tensor).toHaveLength(one.faces.length * 3 * 48);
      for (const [at, face] of one.faces.entries()) {
        seen.push(face);
        const input = one.tensor.subarray(at * 144, (at + 1) * 144);
        for (const value of input) expect(value).toBeCloseTo(5 * (face - 100), 3);
      }
    }
    expect(seen).toEqual(faces().map(({ face }) => face));
  });

  test('close up where faces are rejected', async () => {
    const list = faces().slice(0, 10);
    list[0] = { ...list[0], path: join(folder, 'broken.png') };
    list[4] = { ...list[4], path: join(folder, 'nowhere.png') };
    list[7] = { ...list[7], box: null };
    const [found] = await all(prepareFaces(list, whole, { batch: 16 }));
    const batch = {
      faces: [...found.faces],
      levels: [...found.faces].map((_, at) => Math.round(found.tensor[at * 144])),
      rejects: found.rejects,
    };
    expect(batch.faces).toEqual([101, 102, 103, 105, 106, 107, 108, 109]);
    expect(batch.levels).toEqual([5, 10, 15, 25, 30, 35, 40, 45]);
    expect(batch.rejects.map(({ face }) => face)).toEqual([100, 104]);
    expect(batch.rejects[0].sentence).toMatch(/is not a picture/);
    expect(batch.rejects[1].sentence).toMatch(/does not exist/);
  });

  test('end when they are cancelled, or when nobody wants more', async () => {
    const controller = new AbortController();
    const run = async (): Promise<void> => {
      for await (const _ of prepareFaces(faces(), whole, { batch: 4, signal: controller.signal }))
        controller.abort(new Cancelled());
    };
    await expect(run()).rejects.toBeInstanceOf(Cancelled);
    for await (const { faces: ids } of prepareFaces(faces(), whole, { batch: 4 })) {
      expect([...ids]).toEqual([100, 101, 102, 103]);
      break;
    }
  });

  test('no faces make no batch', async () => {
    expect(await all(prepareFaces([], whole, { batch: 4 }))).toEqual([]);
  });
});

describe('several networks at once', () => {
  const aligned: Preparation = { ...whole, size: [112, 112], crop: { kind: 'aligned', template: 'arcface' } };
  const square: Preparation = {
    ...whole,
    size: [10, 10],
    crop: { kind: 'square', region: 'landmarks', scale: 2, shift: 0.1, border: 'edge' },
  };
  const fixed: Preparation = { ...whole, crop: { kind: 'fixed', rectangle: [30, 20, 20, 10] } };
  const boxed: Preparation = {
    ...whole,
    crop: { kind: 'square', region: 'box', scale: 1, shift: 0, border: 'zero' },
  };

  test('each gets the faces that have what it needs, the others are said', async () => {
    const points = ARCFACE_TEMPLATE.map((value) => value / 4);
    const list: FaceImage[] = [
      { face: 1, path: pathOf(10), box: [0, 0, 20, 20], points, landmarks: [5, 5, 15, 10] },
      { face: 2, path: pathOf(10), box: [900, 0, 20, 20], points: null, landmarks: null },
      { face: 3, path: pathOf(10), box: [0, 0, 1e6, 3], points: points.map(() => 3), landmarks: null },
      { face: 4, path: pathOf(10), box: [0, 0, Number.NaN, 3], points: null, landmarks: [1, 1] },
    ];
    const [batch] = await all(
      prepareFacesForMany(list, [aligned, square, fixed, boxed, whole], { batch: 8 }),
    );
    expect(batch.prepared.map((one) => [...one.faces])).toEqual([[1], [1], [], [1], [1, 2, 3, 4]]);
    const said = batch.rejects.map((rejects) => rejects.map(({ sentence }) => sentence));
    expect(said[0]).toEqual([
      expect.stringMatching(/no five points.*run 'visage detect' first/),
      expect.stringMatching(/all in one place/),
      expect.stringMatching(/no five points/),
    ]);
    expect(said[1][0]).toMatch(/no 68 landmarks.*run 'visage detect' first/);
    expect(said[1][2]).toMatch(/region of the face is empty/);
    expect(said[2][0]).toMatch(/is 40×30, but the network's input is the rectangle 20×10 at \(30, 20\)/);
    expect(said[3]).toEqual([
      expect.stringMatching(/lies outside its picture \(40×30\)/),
      expect.stringMatching(/would be 1000000 pixels wide/),
      expect.stringMatching(/region of the face is empty/),
    ]);
  });

  test('are given the same inputs on this thread', async () => {
    const list = faces().flatMap((face, i) => (i % 3 === 0 ? [face, { ...face, face: 900 + i }] : [face]));
    list[5] = { ...list[5], path: join(folder, 'nowhere.png') };
    const rooms = [whole, fixed].map(() => new Float32Array(list.length * 144));
    const [there] = await all(prepareFacesForMany(list, [whole, fixed], { batch: 100 }));
    expect(await prepareHere(list, [whole, fixed], rooms)).toEqual(there);
    expect(there.rejects.map(({ length }) => length)).toEqual([1, list.length]);
  });

  test('the map of an input leads back to the picture', async () => {
    const points = ARCFACE_TEMPLATE.map((value) => value / 4 + 1);
    const list: FaceImage[] = [{ face: 1, path: pathOf(3), box: null, points, landmarks: [4, 6, 14, 10] }];
    const [{ prepared }] = await all(prepareFacesForMany(list, [aligned, square], { batch: 1 }));
    const [eye] = prepared[0].placements;
    const [x, y] = apply(eye.map, ARCFACE_TEMPLATE[0], ARCFACE_TEMPLATE[1]);
    expect(x).toBeCloseTo(points[0], 6);
    expect(y).toBeCloseTo(points[1], 6);
    expect([eye.width, eye.height]).toEqual([40, 30]);
    // Landmarks span 10×4 around (9, 8): a square of 20, moved down by 2. Its left edge is at −1 from edge to edge.
    const corner = apply(prepared[1].placements[0].map, -0.5, -0.5);
    expect(corner[0]).toBeCloseTo(-1.5, 6);
    expect(corner[1]).toBeCloseTo(-0.5, 6);
  });
});
