import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../core/contract/client.ts';
import type { JobShown } from '../../../core/contract/procedures/jobs.ts';
import type { CurveNews, WholeCurve } from '../../../core/contract/procedures/training.ts';
import { type VisageClient, visageContract } from '../../../core/contract/visage.ts';
import type { Port } from '../../../core/contract/wire.ts';
import { Random } from '../../../core/foundation/random.ts';
import { serveWindow } from '../../../core/host/handlers/index.ts';
import { Workplace } from '../../../core/host/workplace.ts';
import { readRun } from '../../../core/jobs/train/run-manifest.ts';
import { train } from '../../../core/jobs/train.ts';
import { Project } from '../../../core/project/project.ts';
import { readCurve } from '../../../core/training/curve.ts';
import { EpochSampler } from '../../../core/training/data/sampler.ts';
import { joined } from '../../../renderer/train/curve.ts';
import { clonedPair, electronPair, framedPair } from '../contract/ports.ts';

const SIDE = 16;
const PEOPLE = 3;
const PICTURES = 8;
const folder = mkdtempSync(join(tmpdir(), 'visage-live-'));
const faces = join(folder, 'faces');
const path = join(folder, 'p.visage');
let place: Workplace;

/** Three people of eight pictures, each of a colour of its own under noise; their left edges are white. */
beforeAll(async () => {
  process.env.VISAGE_SETTINGS = join(folder, 'settings');
  const random = new Random(5);
  for (let person = 0; person < PEOPLE; person++) {
    mkdirSync(join(faces, `p${person}`), { recursive: true });
    for (let i = 0; i < PICTURES; i++) {
      const data = Buffer.alloc(SIDE * SIDE * 3);
      for (let at = 0; at < data.length; at++) {
        const left = Math.floor(at / 3) % SIDE === 0;
        data[at] = left ? 255 : (at % 3 === person ? 170 : 50) + random.below(60);
      }
      await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
        .png()
        .toFile(join(faces, `p${person}`, `${i}.png`));
    }
  }
  const project = Project.create(path);
  const source = project.addSource({ name: 'Drawn', format: 'identities', root: faces });
  project.putFaces(
    source.id,
    Array.from({ length: PEOPLE * PICTURES }, (_, i) => {
      const person = `p${Math.floor(i / PICTURES)}`;
      return { path: `${person}/${i % PICTURES}.png`, identity: person };
    }),
    'test',
  );
  project.close();
  place = new Workplace({ version: 'test' });
  await place.open(path);
});
afterAll(async () => {
  await place.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Two batches of four a step, three steps an epoch. */
const small = (name: string, more: object = {}) => ({
  ...{ name, network: 'bl', width: 0.125, size: SIDE, embedding: 8, loss: 'softmax', device: 'cpu' },
  ...{ epochs: 20, batch: 4, accumulate: 2, rate: 0.1, schedule: 'cosine', seed: 3 },
  ...more,
});

function window(pair: () => [Port, Port] = clonedPair): VisageClient {
  const [near, far] = pair();
  serveWindow(place, far, (_, thrown) => {
    throw thrown;
  });
  return connect(visageContract, near);
}

const ended = (client: VisageClient, id: number): Promise<JobShown> =>
  new Promise((resolve) => {
    client.on('jobs.changed', (job) => {
      if (job.id === id && job.ended !== null) resolve(job);
    });
  });

/** What a window does: it listens, asks for the curve so far, and puts the news at its end. */
async function watched(client: VisageClient, run: string): Promise<{ curve: WholeCurve; news: number }> {
  const waiting: CurveNews[] = [];
  const seen = { curve: undefined as unknown as WholeCurve, news: 0 };
  client.on('runs.curve', (news) => {
    if (news.run !== run) return;
    seen.news++;
    if (seen.curve === undefined) waiting.push(news);
    else seen.curve = joined(seen.curve, news);
  });
  const first = await client.call('runs.curve', { run, most: 1000 });
  seen.curve = waiting.reduce(joined, first);
  return seen;
}

describe.for([
  ['structured clone', clonedPair],
  ['frames of bytes', framedPair],
  ["Electron's ports", electronPair],
] as const)('a live curve over %s', ([name, pair]) => {
  test('reaches a window from the first step, and one that comes in the middle', async () => {
    const run = name.replaceAll(/\W/g, '-');
    const first = window(pair);
    const begun = new Promise<number>((resolve) => {
      first.on('runs.curve', (news) => news.run === run && resolve(news.job));
    });
    const { id } = await first.call('jobs.start', { kind: 'train', input: small(run) });
    const end = ended(first, id);
    expect(await begun).toBe(id);
    const early = await watched(first, run);
    const { runs } = await first.call('runs.list', {});
    expect(runs.find((one) => one.name === run)).toMatchObject({ state: 'running', job: id });

    const second = window(pair);
    const over = ended(second, id);
    const late = await watched(second, run);
    expect(late.curve.steps.length).toBeGreaterThan(0);
    expect((await end).state).toBe('done');
    await over;

    const written = readCurve(join(path, 'runs', run, 'curve.jsonl'));
    expect(written).toHaveLength(60);
    for (const { curve, news } of [early, late]) {
      expect([...curve.steps]).toEqual(written.map(({ step }) => step));
      expect([...curve.loss]).toEqual(written.map(({ loss }) => loss));
      expect([...curve.accuracy]).toEqual(written.map(({ accuracy }) => accuracy));
      expect([...curve.clustering].every(Number.isNaN)).toBe(true);
      expect(curve.images).toBe(8);
      // Told in portions: many fewer than there are steps.
      expect(news).toBeLessThan(60);
      const spent = written.reduce((sum, { imagesPerSecond }) => sum + 8 / imagesPerSecond, 0);
      expect(curve.seconds.at(-1)).toBeCloseTo(spent, 9);
    }
    first.close();
    second.close();
  });
});

test('a run is listed with its figures, seen, stopped, gone on with by its name, and taken in', async () => {
  const client = window();
  const { id } = await client.call('jobs.start', {
    kind: 'train',
    input: small('stopped', { selection: { faces: Int32Array.from({ length: 24 }, (_, i) => i + 1) } }),
  });
  const end = ended(client, id);
  await new Promise<void>((resolve) => {
    client.on('runs.curve', ({ run }) => run === 'stopped' && resolve());
  });
  await client.call('jobs.cancel', { id });
  expect((await end).state).toBe('cancelled');
  const listed = async () => (await client.call('runs.list', {})).runs[0];
  const half = await listed();
  const so = readCurve(join(path, 'runs', 'stopped', 'curve.jsonl'));
  expect(half).toMatchObject({ name: 'stopped', state: 'stopped', job: null, step: so.length, model: null });
  expect(half.loss).toBeCloseTo(
    so.slice(-3).reduce((sum, { loss }) => sum + loss / 3, 0),
    12,
  );
  await expect(client.call('runs.add', { run: 'stopped' })).rejects.toThrow(
    "The run 'stopped' has no trained network yet.",
  );

  const again = await client.call('jobs.start', {
    kind: 'train',
    input: { resume: 'stopped', device: 'cpu' },
  });
  expect(await ended(client, again.id)).toMatchObject({
    state: 'done',
    result: { name: 'stopped', resumed: so.length, steps: 60 },
  });
  const { result } = readRun(join(path, 'runs', 'stopped')) ?? {};
  const done = await listed();
  expect(done).toMatchObject({
    ...{ state: 'done', starts: 2, step: 60, epoch: 20, loss: result?.loss, accuracy: result?.accuracy },
    ...{ model: null, network: { trained: result?.hash } },
  });
  expect(await client.call('runs.add', { run: 'stopped' })).toEqual({ model: 'stopped' });
  expect((await listed()).model).toBe('stopped');
  expect(place.project.model('stopped').hash).toBe(result?.hash);

  // What the network saw first: the first step's pictures, the mirrored ones mirrored.
  const samples = await client.call('runs.samples', { run: 'stopped' });
  const batch = new EpochSampler(24, { batch: 8, seed: 3, mirror: true }).at(0, 0);
  expect(samples).toEqual(
    Array.from(batch.rows, (row, i) => {
      const person = `p${Math.floor(row / PICTURES)}`;
      const name = `Drawn/${person}/${row % PICTURES}.png`;
      return { identity: `Drawn/${person}`, name, mirrored: batch.mirrored[i] === 1 };
    }),
  );
  expect(new Set(samples.map(({ mirrored }) => mirrored))).toEqual(new Set([true, false]));
  for (const [i, { mirrored }] of samples.entries()) {
    const served = await place.media(`sample-${done.id}-${i}`, new URLSearchParams());
    expect(served?.type).toBe('image/png');
    const { data, info } = await sharp(served?.bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([SIDE, SIDE]);
    expect(data[mirrored ? 3 * (SIDE - 1) : 0]).toBe(255);
    expect(data[mirrored ? 0 : 3 * (SIDE - 1)]).toBeLessThan(255);
  }
  expect(await place.media(`sample-${done.id}-8`, new URLSearchParams())).toBeUndefined();
  expect(await place.media(`sample-${'0'.repeat(16)}-0`, new URLSearchParams())).toBeUndefined();
  client.close();
});

test('a run that diverges, one that was cut off, and a damaged record say so', async () => {
  const client = window();
  const { id } = await client.call('jobs.start', { kind: 'train', input: small('wild', { rate: 1e30 }) });
  expect(await ended(client, id)).toMatchObject({ state: 'failed' });
  const before = readRun(join(path, 'runs', 'wild'));
  mkdirSync(join(path, 'runs', 'cut'));
  writeFileSync(
    join(path, 'runs', 'cut', 'run.json'),
    JSON.stringify({ ...before, name: 'cut', state: 'running', problem: null, input: undefined }),
  );
  mkdirSync(join(path, 'runs', 'torn'));
  writeFileSync(join(path, 'runs', 'torn', 'run.json'), '{"format":');
  const { runs, problems } = await client.call('runs.list', {});
  const find = (name: string) => runs.find((run) => run.name === name);
  expect(find('wild')).toMatchObject({ state: 'failed', problem: expect.stringContaining('diverged') });
  expect(find('cut')).toMatchObject({ state: 'interrupted', input: null, loss: null });
  expect(problems).toEqual([expect.stringMatching(/torn.*is no whole record of a run/)]);
  const lost = await client.call('jobs.start', { kind: 'train', input: { resume: 'cut' } });
  expect(await ended(client, lost.id)).toMatchObject({
    state: 'failed',
    problem: expect.stringContaining('Start it with the same words on the command line'),
  });
  await expect(client.call('runs.curve', { run: 'none', most: 100 })).rejects.toThrow(
    "This project has no run 'none'.",
  );
  for (const run of ['../p.visage', '..', 'a/b'])
    await expect(client.call('runs.samples', { run })).rejects.toThrow();
  client.close();
});

test('what could be trained on is said before, of the project and of a folder, and is what train finds', async () => {
  const client = window();
  const whole = await client.call('training.data', {});
  expect(whole).toMatchObject({
    faces: 24,
    counts: Int32Array.of(8, 8, 8),
    from: 'p.visage',
    remarks: ['Whole pictures are taken as they are: they should be aligned already.'],
  });
  const some = await client.call('training.data', { selection: { faces: Int32Array.of(1, 2, 9) } });
  expect([...some.counts]).toEqual([2, 1]);
  mkdirSync(join(faces, 'nobody'), { recursive: true });
  const disk = await client.call('training.data', { folder: faces });
  expect([...disk.counts]).toEqual([8, 8, 8, 0]);
  const run = await train(undefined, place.lookups, {
    ...(small('disk', { epochs: 1 }) as object),
    ...{ folder: faces, runs: join(folder, 'runs'), device: 'cpu' },
  });
  expect([run.pictures, run.classes, run.steps]).toEqual([24, 3, 3]);
  await expect(client.call('training.data', { crop: 'aligned' })).rejects.toThrow(/none can be aligned/);
  await expect(client.call('training.data', { folder: join(folder, 'gone') })).rejects.toThrow(/gone/);
  client.close();
});
