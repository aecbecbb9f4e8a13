import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { parseCohortCode } from '../../core/attributes/cohort.ts';
import { DEMO_NETWORKS } from '../../core/jobs/demo/networks.ts';
import { Project } from '../../core/project/project.ts';
import { run } from '../core/cli/run.ts';
import { connectTo, until } from './client.ts';
import { type Host, openWindow, startBrowser, startHost } from './host.ts';

let browser: Browser;
let folder: string;
let project: string;
const hosts: Host[] = [];
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-failures-'));
  project = join(folder, 'demo.visage');
  cpSync(inject('demo'), project, { recursive: true });
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  for (const context of browser.contexts()) await context.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(args: readonly string[] = []): Promise<Host> {
  const host = await startHost([project, ...args], { VISAGE_SETTINGS: join(folder, 'settings') });
  hosts.push(host);
  return host;
}

/** Processes of the engine that a host has started. */
function enginesOf(host: Host): number[] {
  const children = readFileSync(`/proc/${host.process.pid}/task/${host.process.pid}/children`, 'utf8');
  return children
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine/process.ts'));
}

describe.runIf(process.platform === 'linux')('the engine', () => {
  test('killed in a job: the job goes on from its last batch, window and labels stay', async () => {
    const host = await start();
    const { page } = await openWindow(browser, host.address);
    await page.waitForURL(/#\/cohorts/);
    const client = await connectTo(host);
    const { id } = await client.call('jobs.start', {
      kind: 'embed',
      input: { model: DEMO_NETWORKS[0].name, taps: ['embedding'], flip: true, batch: 8, device: 'cpu' },
    });
    const killed = await until(async () => {
      const job = (await client.call('jobs.list', {})).find((one) => one.id === id);
      return job?.progress && job.progress.done > 0 && job.progress.done < 500
        ? job.progress.done
        : undefined;
    });
    for (const pid of enginesOf(host)) process.kill(pid, 'SIGKILL');
    const end = await until(async () => {
      const job = (await client.call('jobs.list', {})).find((one) => one.id === id);
      return job?.ended ? job : undefined;
    });
    expect(end.state).toBe('done');
    expect(end.result).toMatchObject({ faces: 600, restarts: 1, rejected: 0 });
    expect(killed).toBeGreaterThan(0);
    expect(await page.locator('.grid td button:not(.empty)').count()).toBeGreaterThan(20);
    client.close();
  });
});

test('a host that is started again is taken up by the window that waited for it', async () => {
  const token = join(folder, 'token');
  const first = await start(['--token-file', token]);
  const port = new URL(first.address).port;
  const { page } = await openWindow(browser, first.address);
  await page.waitForURL(/#\/cohorts/);
  await first.stop();
  await page.getByRole('alertdialog').waitFor();
  await start(['--token-file', token, '--port', port]);
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await page.locator('.grid td button:not(.empty)').first().waitFor();
});

test('a host that is killed leaves a window that says so, and every label that it saved', async () => {
  const host = await start();
  const { page } = await openWindow(browser, host.address);
  await page.waitForURL(/#\/cohorts/);
  const client = await connectTo(host);
  await client.call('label.set', {
    faces: Int32Array.of(5),
    attribute: 2,
    value: 3,
    annotator: 'ana',
    description: 'race',
  });
  host.process.kill('SIGKILL');
  await page.getByRole('alertdialog').waitFor();
  const { json } = await run(['label', project, 'history', '5', '--json']);
  expect(JSON.stringify(json)).toContain('"agent":"ana"');
});

test('another process writes: a read-only view that follows it, and becomes the writer when it may', async () => {
  const writer = Project.open(project);
  const host = await start();
  const { page, errors } = await openWindow(browser, host.address);
  await page.waitForURL(/#\/cohorts/);
  await page.getByText('Read-only').waitFor();
  const client = await connectTo(host);
  await expect(
    client.call('label.set', {
      faces: Int32Array.of(1),
      attribute: 0,
      value: 1,
      annotator: 'ben',
      description: 'age',
    }),
  ).rejects.toThrow(/reading only/);
  const cell = page.locator('.grid td button:not(.empty)').first();
  const before = Number((await cell.textContent())?.trim());
  const code = ((await cell.getAttribute('title')) ?? '').slice(0, 5);
  const member = writer.select({ cohorts: [parseCohortCode(code)] })[0];
  writer.label(
    [{ face: member, attribute: 0, value: -1 }],
    { origin: 'human', name: 'ana' },
    { kind: 'label', description: 'age unknown' },
  );
  // The cell of the face's former cohort loses it without anybody touching the window.
  const own = page.locator(`.grid td button[title^="${code}"]`);
  await until(async () => (Number((await own.textContent())?.trim()) === before - 1 ? true : undefined));
  writer.close();
  await page.getByRole('button', { name: 'Try to write' }).click();
  await page.getByText('Read-only').waitFor({ state: 'detached' });
  await client.call('label.set', {
    faces: Int32Array.of(1),
    attribute: 0,
    value: 1,
    annotator: 'ben',
    description: 'age',
  });
  client.close();
  expect(errors).toEqual([]);
});

test.skipIf(process.getuid?.() === 0)(
  'a protected folder is shown and says that nothing can be written',
  async () => {
    chmodSync(project, 0o500);
    for (const name of readdirSync(project)) chmodSync(join(project, name), 0o500);
    const host = await start();
    const { page } = await openWindow(browser, host.address);
    await page.getByText('Read-only').waitFor();
    execFileSync('chmod', ['-R', 'u+w', project]);
  },
);

test('two windows on one project show the same labels, and undo reaches both', async () => {
  const host = await start();
  const [one, two] = [await openWindow(browser, host.address), await openWindow(browser, host.address)];
  for (const { page } of [one, two]) await page.waitForURL(/#\/cohorts/);
  const total = async (page: typeof one.page): Promise<number> =>
    (await page.locator('.grid td button:not(.empty)').allTextContents()).reduce(
      (sum, text) => sum + Number(text.trim().replaceAll(',', '')),
      0,
    );
  const before = await total(one.page);
  const client = await connectTo(host);
  const { batch } = await client.call('label.set', {
    faces: Int32Array.from({ length: 50 }, (_, i) => i + 1),
    attribute: 2,
    value: -1,
    annotator: 'ana',
    description: 'race unknown',
  });
  for (const { page } of [one, two])
    await until(async () => ((await total(page)) === before - 50 ? true : undefined));
  await client.call('label.undo', { batch: batch.id, annotator: 'ana' });
  for (const { page } of [one, two])
    await until(async () => ((await total(page)) === before ? true : undefined));
  client.close();
});

test('a folder of images that is gone: faces are listed without their pictures, the rest works', async () => {
  const opened = Project.open(project);
  const { id, root } = opened.sources()[0];
  const moved = join(folder, 'moved');
  cpSync(root as string, join(folder, 'images'), { recursive: true });
  opened.setSourceRoot(id, join(folder, 'images'));
  opened.close();
  renameSync(join(folder, 'images'), moved);
  const host = await start();
  const { page } = await openWindow(browser, host.address);
  await page.waitForURL(/#\/cohorts/);
  expect(await page.locator('.grid td button:not(.empty)').count()).toBeGreaterThan(20);
  const status = async (): Promise<number> =>
    (await page.request.get(`${new URL(host.address).origin}/media/thumb-7?size=112`)).status();
  expect(await status()).toBe(404);
  renameSync(moved, join(folder, 'images'));
  expect(await status()).toBe(200);
});
