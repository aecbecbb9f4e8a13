import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobShown } from '../../../core/contract/procedures/jobs.ts';
import type { EngineClient } from '../../../core/engine/types.ts';
import { Fault } from '../../../core/foundation/fault.ts';
import { throwIfCancelled } from '../../../core/foundation/progress.ts';
import { JobRunner, type JobWork } from '../../../core/host/job-runner.ts';
import { jobWorks } from '../../../core/host/job-works.ts';
import { RecentProjects } from '../../../core/host/recent.ts';
import { Project } from '../../../core/project/project.ts';

/** One grey pixel. */
const PICTURE = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#777777' } })
  .png()
  .toBuffer();

let folder: string;
let project: Project;
let seen: JobShown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-jobs-'));
  project = Project.create(join(folder, 'p.visage'));
  seen = [];
});
afterEach(() => {
  project.close();
  rmSync(folder, { recursive: true, force: true });
});

const runner = (works: Record<string, JobWork>): JobRunner =>
  new JobRunner(project, works, (job) => seen.push(structuredClone(job)));
const ended = async (jobs: JobRunner, id: number): Promise<JobShown> => {
  const { promise, resolve } = Promise.withResolvers<JobShown>();
  const look = (): void => {
    const job = jobs.list().find((other) => other.id === id);
    if (job && job.ended !== null) resolve(job);
    else setImmediate(look);
  };
  look();
  return promise;
};

test('jobs run one after the other, and their ends stand in the project', async () => {
  const order: string[] = [];
  const jobs = runner({
    double: async ({ x }) => {
      order.push(`begin ${x}`);
      await new Promise(setImmediate);
      order.push(`end ${x}`);
      return { y: 2 * (x as number), device: 'CPU' };
    },
  });
  const ids = [1, 2, 3].map((x) => jobs.start('double', { x }));
  expect(await ended(jobs, ids[2])).toMatchObject({ state: 'done', result: { y: 6 }, device: 'CPU' });
  expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  expect(project.jobs().map(({ state, result }) => [state, result?.y])).toEqual([
    ['done', 6],
    ['done', 4],
    ['done', 2],
  ]);
  expect(
    runner({})
      .list()
      .map(({ state }) => state),
  ).toEqual(['done', 'done', 'done']);
});

test('a failed job says its sentence and the next one runs', async () => {
  const jobs = runner({
    fail: async () => {
      throw new Fault("'x.onnx' has no output 'y'.");
    },
    fine: async () => ({}),
  });
  const first = jobs.start('fail', {});
  const second = jobs.start('fine', {});
  expect(await ended(jobs, second)).toMatchObject({ state: 'done' });
  expect(await ended(jobs, first)).toMatchObject({ state: 'failed', problem: "'x.onnx' has no output 'y'." });
  expect(() => jobs.start('other', {})).toThrow("There is no job 'other'. Known: fail, fine.");
});

test('a running job is cancelled between steps, a waiting one before it begins', async () => {
  let steps = 0;
  const jobs = runner({
    loop: async (_, { signal }) => {
      for (;;) {
        await new Promise(setImmediate);
        throwIfCancelled(signal);
        if (++steps === 3) jobs.cancel(1);
      }
    },
  });
  const [running, waiting] = [jobs.start('loop', {}), jobs.start('loop', {})];
  jobs.cancel(waiting);
  expect(await ended(jobs, waiting)).toMatchObject({ state: 'cancelled' });
  expect(await ended(jobs, running)).toMatchObject({ state: 'cancelled' });
  expect(steps).toBe(3);
});

test('progress is told in moderation; stages and notes always', async () => {
  const jobs = runner({
    count: async (_, { onProgress }) => {
      for (let done = 1; done <= 5000; done++)
        onProgress?.({ stage: 'Counting', done, total: 5000, unit: 'faces', device: 'CPU' });
      onProgress?.({ stage: 'Writing', done: 0, unit: 'rows', note: 'One picture could not be read.' });
      return {};
    },
  });
  const job = await ended(jobs, jobs.start('count', {}));
  expect(seen.length).toBeLessThan(60);
  expect(seen.some(({ progress }) => progress?.stage === 'Counting')).toBe(true);
  expect(job.log).toEqual(['Counting', 'One picture could not be read.', 'Writing']);
  expect(job).toMatchObject({ device: 'CPU', progress: null });
});

test("a job's own record and the queue's are one, also when it fails", async () => {
  const images = join(folder, 'pictures');
  mkdirSync(images);
  writeFileSync(join(images, 'a.png'), PICTURE);
  const jobs = new JobRunner(
    project,
    jobWorks(() => {
      throw new Fault('No engine is needed here.');
    }, project),
    () => {},
  );
  const good = jobs.start('import', { source: images, format: 'folder' });
  const bad = jobs.start('import', { source: join(folder, 'nowhere') });
  const worse = jobs.start('cluster', { features: 7, k: 3 });
  await ended(jobs, worse);
  expect(project.jobs().map(({ id, kind, state }) => [id, kind, state])).toEqual([
    [worse, 'cluster', 'failed'],
    [bad, 'import', 'failed'],
    [good, 'import', 'done'],
  ]);
  expect(project.jobs().at(-1)?.result).toMatchObject({ imported: 1, format: 'folder' });
  // Once more: nothing is read twice.
  const again = await ended(jobs, jobs.again(good));
  expect(again).toMatchObject({ kind: 'import', state: 'done', result: { added: 0, unchanged: 1 } });
  expect(() => jobs.again(999)).toThrow('There is no job 999 in this project.');
});

test('verification and conversion are jobs of the queue: fields are checked, and what cannot be done is said', async () => {
  const jobs = new JobRunner(
    project,
    jobWorks(() => ({}) as EngineClient, project),
    () => {},
  );
  const problem = async (kind: string, input: Record<string, unknown>): Promise<string | null> =>
    (await ended(jobs, jobs.start(kind, input))).problem;
  expect(await problem('evaluate', { model: 'x', from: 'draw', surprise: 1 })).toMatch(
    /^The job 'evaluate' was started wrongly: .*surprise/,
  );
  expect(await problem('evaluate', { model: 'x' })).toMatch(/started wrongly: from:/);
  expect(await problem('evaluate', { model: 'x', from: 'set' })).toBe('No set of pairs was named.');
  expect(await problem('evaluate', { model: 'x', from: 'draw' })).toContain("no model 'x'");
  expect(await problem('convert', { from: folder, to: 'y.rec', epsilon: 2 })).toMatch(
    /started wrongly: epsilon/,
  );

  mkdirSync(join(folder, 'people', 'ann'), { recursive: true });
  writeFileSync(join(folder, 'people', 'ann', '1.png'), PICTURE);
  const input = { from: join(folder, 'people'), to: join(folder, 'set', 'train.rec') };
  expect(await ended(jobs, jobs.start('convert', input))).toMatchObject({
    state: 'done',
    result: { kind: 'folder to records', identities: 1, pictures: 1 },
  });
  expect(await problem('convert', input)).toContain('is there already');
  await jobs.close();
});

test('a list of faces is remembered as ranges, shown as its length, and taken up again', async () => {
  const took: unknown[] = [];
  const works: Record<string, JobWork> = {
    look: async (input) => {
      took.push(input);
      return {};
    },
  };
  const jobs = runner(works);
  const faces = Int32Array.of(1, 2, 3, 7);
  const first = await ended(jobs, jobs.start('look', { selection: { faces } }));
  expect(first.input).toEqual({ selection: { faces: { count: 4 } } });
  expect(project.jobs()[0].input).toEqual({ selection: { faces: { count: 4, ranges: '1-3,7' } } });
  // After a restart the stored input comes in its stored shape.
  const later = runner(works);
  expect(later.list()[0].input).toEqual({ selection: { faces: { count: 4 } } });
  await ended(later, later.again(first.id));
  expect(took[1]).toEqual({ selection: { faces: { count: 4, ranges: '1-3,7' } } });
});

test('a read-only project runs what writes nothing into it, and refuses the rest', async () => {
  project.close();
  project = Project.open(project.path, { readOnly: true });
  const jobs = runner({
    export: async () => ({ images: 3 }),
    convert: async () => ({ pairs: 2 }),
    cluster: async () => ({}),
  });
  expect(() => jobs.start('cluster', {})).toThrow('read-only');
  expect(await ended(jobs, jobs.start('export', {}))).toMatchObject({ state: 'done', result: { images: 3 } });
  expect(await ended(jobs, jobs.start('convert', {}))).toMatchObject({ state: 'done', result: { pairs: 2 } });
});

test('recent projects: the latest first, each once, gone ones marked', () => {
  const recent = new RecentProjects(join(folder, 'settings'));
  expect(recent.list()).toEqual([]);
  recent.add(project.path, 'p', 1);
  recent.add('/gone/q.visage', 'q', 2);
  recent.add(project.path, 'p', 3);
  expect(recent.list()).toEqual([
    { path: project.path, name: 'p', time: 3, exists: true },
    { path: '/gone/q.visage', name: 'q', time: 2, exists: false },
  ]);
});
