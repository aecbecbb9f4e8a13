import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { startEngine } from '../../../core/engine/client.ts';
import { meanFaces } from '../../../core/jobs/clusters/mean-faces.ts';
import { Project } from '../../../core/project/project.ts';
import { scratch } from '../project/scratch.ts';

const folder = scratch();
const engine = startEngine();
afterAll(() => engine.close());

/** Uniform pictures: what their mean must be is known without a reference. */
const COLOURS: readonly [number, number, number][] = [
  [200, 0, 0],
  [100, 0, 50],
  [0, 240, 0],
];

test('a cluster’s picture is the mean of its members, and pictures that cannot be read are left out', async () => {
  const root = join(folder, 'pictures');
  mkdirSync(root, { recursive: true });
  for (const [i, [r, g, b]] of COLOURS.entries()) {
    await sharp({ create: { width: 80, height: 80, channels: 3, background: { r, g, b } } })
      .png()
      .toFile(join(root, `${i}.png`));
  }
  const project = Project.create(join(folder, 'p.visage'));
  const source = project.addSource({ name: 'Set', format: 'folder', root });
  project.putFaces(
    source.id,
    ['0.png', '1.png', '2.png', 'gone.png'].map((path) => ({ path })),
    'x',
  );
  const appender = project.beginFeatureSet({
    name: 'f:e',
    model: 'f',
    modelHash: '0',
    tap: 'e',
    dimensions: 1,
    kind: 'embedding',
    device: 'CPU',
  });
  appender.append(Int32Array.of(1, 2, 3, 4), Float32Array.of(0, 0, 1, 1));
  const set = appender.close();
  const settings = {
    name: 'two',
    featureSet: set.id,
    k: 3,
    inertia: 0,
    iterations: 1,
    settings: {},
    device: 'CPU',
    seconds: 0,
  };
  project.addClustering(settings, Int32Array.of(1, 2, 3, 4), Int32Array.of(0, 0, 1, 1), new Float32Array(3));
  const made = await meanFaces(project, engine, { clustering: 'two', out: join(folder, 'means'), size: 64 });
  project.close();
  expect(made.map(({ cluster, faces }) => [cluster, faces])).toEqual([
    [0, 2],
    [1, 1],
  ]);
  const middle = async (file: string): Promise<number[]> => {
    const { data } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    return [...data.subarray(3 * (32 * 64 + 32), 3 * (32 * 64 + 32) + 3)];
  };
  expect(await middle(made[0].file)).toEqual([150, 0, 25]);
  expect(await middle(made[1].file)).toEqual([0, 240, 0]);
});
