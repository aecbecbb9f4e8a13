import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobShown } from '../../../core/contract/procedures/jobs.ts';
import { Fault } from '../../../core/foundation/fault.ts';
import { throwIfCancelled } from '../../../core/foundation/progress.ts';
import { JobRunner, type JobWork } from '../../../core/host/job-runner.ts';
import { RecentProjects } from '../../../core/host/recent.ts';
import { Project } from '../../../core/project/project.ts';

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
