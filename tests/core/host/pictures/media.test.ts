import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../../core/engine/client.ts';
import { within } from '../../../../core/engine/images/thumbnail-task.ts';
import type { EngineClient } from '../../../../core/engine/types.ts';
import { MeanFaceMaker } from '../../../../core/host/pictures/mean-face-maker.ts';
import { ProjectMedia } from '../../../../core/host/pictures/media.ts';
import { PictureMaker } from '../../../../core/host/pictures/picture-maker.ts';
import { meanFaces } from '../../../../core/jobs/clusters/mean-faces.ts';
import { Project } from '../../../../core/project/project.ts';
import { scratch } from '../../project/scratch.ts';

const folder = scratch();
const path = join(folder, 'P.visage');
let engine: EngineClient;
let project: Project;
let media: ProjectMedia;

const ask = (id: string, size = 112) => media.get(id, new URLSearchParams({ size: String(size) }));
const kept = (): string[] =>
  readdirSync(join(path, 'thumbs'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.webp'));

beforeAll(async () => {
  const images = join(folder, 'images');
  mkdirSync(images);
  // Left half red, right half blue, so that a crop tells where it was cut.
  const data = Buffer.alloc(200 * 100 * 3);
  for (let i = 0; i < 200 * 100; i++) data[i * 3 + (i % 200 < 100 ? 0 : 2)] = 255;
  await sharp(data, { raw: { width: 200, height: 100, channels: 3 } })
    .png()
    .toFile(join(images, 'both.png'));
  writeFileSync(join(images, 'broken.jpg'), 'not a picture');
  project = Project.create(path);
  const source = project.addSource({ name: 'S', format: 'folder', root: images });
  project.putFaces(
    source.id,
    [
      { path: 'both.png', key: 'left', box: [20, 20, 40, 40] },
      { path: 'both.png', key: 'right', box: [140, 20, 40, 40] },
      { path: 'both.png', key: 'whole' },
      { path: 'broken.jpg' },
      { path: 'gone.jpg' },
    ],
    'read S',
  );
  engine = startEngine();
  media = new ProjectMedia(project, new PictureMaker(engine), new MeanFaceMaker(project, () => engine));
});
afterAll(async () => {
  await engine.close();
  project.close();
});

async function mean(bytes: Uint8Array): Promise<{ colour: number[]; width?: number; height?: number }> {
  const image = sharp(bytes);
  const { channels } = await image.stats();
  const { width, height } = await image.metadata();
  return { colour: channels.map((channel) => Math.round(channel.mean)), width, height };
}

test('a face is cut out by its box, a whole picture keeps its shape, nothing is enlarged', async () => {
  const [left, right, whole] = await Promise.all([
    ask('thumb-1', 60),
    ask('thumb-2', 60),
    ask('whole-3', 160),
  ]);
  const l = await mean(left!.bytes);
  const r = await mean(right!.bytes);
  // 1.5 × the box is 60 pixels square; 64, the next size, would enlarge it.
  expect(l).toMatchObject({ width: 60, height: 60 });
  expect(l.colour[0]).toBeGreaterThan(240);
  expect(l.colour[2]).toBeLessThan(15);
  expect(r.colour[2]).toBeGreaterThan(240);
  expect(await mean(whole!.bytes)).toMatchObject({ width: 160, height: 80 });
  expect(left!.type).toBe('image/webp');
});

test('a picture is made once, found again, and made anew when its box changes', async () => {
  const before = kept().length;
  const first = await ask('crop-1');
  expect(kept().length).toBe(before + 1);
  expect(Buffer.from((await ask('crop-1'))!.bytes).equals(Buffer.from(first!.bytes))).toBe(true);
  expect(kept().length).toBe(before + 1);
  project.recordDetections([{ face: 1, box: [150, 30, 20, 20], score: 1 }]);
  expect((await mean((await ask('crop-1'))!.bytes)).colour[2]).toBeGreaterThan(240);
  expect(kept().length).toBe(before + 2);
});

test('a mean face is the picture that the command line writes, asked for alone or among others', async () => {
  const appender = project.beginFeatureSet({
    name: 'f:e',
    model: 'f',
    modelHash: '0',
    tap: 'e',
    dimensions: 1,
    kind: 'embedding',
    device: 'CPU',
  });
  const faces = Int32Array.of(1, 2, 3, 5);
  appender.append(faces, new Float32Array(4));
  const clustering = project.addClustering(
    {
      name: 'three',
      featureSet: appender.close().id,
      k: 3,
      inertia: 0,
      iterations: 1,
      settings: {},
      device: 'CPU',
      seconds: 0,
    },
    faces,
    Int32Array.of(0, 1, 1, 2),
    new Float32Array(3),
  );
  const alone = await ask(`mean-${clustering.id}-1`);
  expect(alone?.type).toBe('image/png');
  const drawn = await meanFaces(project, engine, { clustering: 'three', out: join(folder, 'means') });
  // The only face of cluster 2 has no picture on disk, so it has no mean face.
  expect(drawn.map(({ cluster }) => cluster)).toEqual([0, 1]);
  expect(readFileSync(drawn[1].file).equals(Buffer.from(alone!.bytes))).toBe(true);
  expect(await ask(`mean-${clustering.id}-2`)).toBeUndefined();
  expect(await ask(`mean-${clustering.id}-3`)).toBeUndefined();
  expect(await ask(`mean-${clustering.id + 1}-0`)).toBeUndefined();
});

test.for([
  'thumb-4',
  'thumb-5',
  'thumb-999',
  'thumb-0',
  'thumb--1',
  'thumb-1e3',
  'mean-1',
  'mean-1--1',
  'mean-0-0',
  'x-1',
  '../project.db',
  'thumb-1/..',
])('there is no picture for %s, and the next one comes all the same', async (id) => {
  expect(await ask(id)).toBeUndefined();
  expect(await ask('whole-3')).toBeDefined();
});

test('a thumbs folder that is gone or cannot be written costs the cache, not the picture', async () => {
  rmSync(join(path, 'thumbs'), { recursive: true });
  writeFileSync(join(path, 'thumbs'), 'in the way');
  expect(await ask('whole-3', 224)).toBeDefined();
});

test('a region is brought inside its picture', () => {
  expect(within([-10, 5, 30, 30], 100, 50)).toEqual([0, 5, 20, 30]);
  expect(within([90.5, 40.2, 30, 30], 100, 50)).toEqual([90, 40, 10, 10]);
  expect(within([200, 200, 30, 30], 100, 50)).toEqual([0, 0, 100, 50]);
});
