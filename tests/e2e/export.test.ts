import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../core/cli/run.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo?.close());

interface Told {
  images: number;
  cohorts: number;
  short: { code: string; count: number; missing: number }[];
}
const dryRun = async (...more: string[]): Promise<Told> =>
  (await run(['export', demo.project, '--dry-run', '--json', ...more])).json as unknown as Told;

test('the preview is what visage export --dry-run says, also for a filter', async () => {
  const { page } = demo;
  await demo.go('export');
  const figure = (name: string) => page.locator(`.builder dd.${name}`);
  for (const n of [2, 5]) {
    await page.getByRole('spinbutton', { name: 'Pictures per cohort' }).fill(String(n));
    const told = await dryRun('--per-cohort', String(n));
    expect(told.images).toBeGreaterThan(0);
    await page.waitForFunction(
      (images) => document.querySelector('.builder dd.images')?.textContent === images,
      told.images.toLocaleString('en-US'),
    );
    expect(await figure('cohorts').textContent()).toBe(String(told.cohorts));
    expect(await figure('short').textContent()).toBe(String(told.short.length));
    const [first] = await page.locator('.short-row').allTextContents();
    const [{ code, count, missing }] = told.short;
    expect(first).toMatch(new RegExp(`^${code}.*${count}${missing}$`));
  }
  await page.getByLabel('give all they have').check();
  const all = await dryRun('--per-cohort', '5', '--short', 'take-all');
  await page.waitForFunction(
    (images) => document.querySelector('.builder dd.images')?.textContent === images,
    all.images.toLocaleString('en-US'),
  );
  await page.getByLabel('are left out').check();
});

test('a set is written, verifies by the command line, and damage is listed', async () => {
  const { page } = demo;
  const out = join(demo.project, '..', 'set');
  await demo.go('export');
  await page.getByRole('spinbutton', { name: 'Pictures per cohort' }).fill('3');
  await page.getByLabel('Folder', { exact: true }).fill(out);
  const told = await dryRun('--per-cohort', '3');
  await page.waitForFunction(
    (images) => document.querySelector('.builder dd.images')?.textContent === images,
    told.images.toLocaleString('en-US'),
  );
  await page.getByRole('button', { name: 'Write the set' }).click();
  await page.getByRole('button', { name: 'Verify' }).waitFor();
  expect(await page.locator('.page dd.images').textContent()).toBe(told.images.toLocaleString('en-US'));
  const verified = await run(['verify', out, '--json']);
  expect(verified.json).toMatchObject({ ok: true, problems: [] });
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('Sound: every file is the one that was written').waitFor();

  writeFileSync(join(out, 'stray.txt'), 'x');
  rmSync(join(out, 'faces.csv'));
  await page.getByRole('button', { name: 'Verify' }).click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  const { json } = await run(['verify', out, '--json']);
  expect(await alert.locator('li').allTextContents()).toEqual(json.problems);
  expect(json.problems).toHaveLength(2);
  expect(demo.errors).toEqual([]);
});
