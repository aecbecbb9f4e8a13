import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../core/cli/run.ts';
import { type Host, openWindow, startBrowser, startHost } from './host.ts';

let folder: string;
let faces: string;
let host: Host;
let browser: Browser;
let page: Page;
let errors: string[];

/** UTKFace's names say age, gender and race: 24 that can be read, and two that cannot. */
const GOOD = 24;
const NAMES = [
  ...Array.from({ length: GOOD }, (_, i) => `${3 * i + 2}_${i % 2}_${i % 4}`),
  ...['26_7_0', '20_1'],
].map((labels, i) => `${labels}_201701161745251${10 + i}`);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-start-'));
  faces = join(folder, 'UTKFace');
  mkdirSync(faces);
  for (const [i, name] of NAMES.entries()) {
    const picture = sharp({
      create: { width: 40, height: 40, channels: 3, background: { r: 9 * i, g: 90, b: 120 } },
    });
    writeFileSync(join(faces, `${name}.jpg.chip.jpg`), await picture.jpeg().toBuffer());
  }
  const env = { VISAGE_SETTINGS: join(folder, 'settings'), VISAGE_HOME: join(folder, 'home') };
  host = await startHost([], env);
  browser = await startBrowser();
  ({ page, errors } = await openWindow(browser, host.address));
});
afterAll(async () => {
  await browser?.close();
  await host?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the wizard previews what visage import would read, makes the project, and lands in Cohorts', async () => {
  const told = (await run(['import', 'unused', faces, '--dry-run', '--json'])).json as {
    title: string;
    imported: number;
    rejected: number;
    rejects: { sentence: string }[];
  };
  expect([told.imported, told.rejected]).toEqual([GOOD, 2]);

  await page.getByRole('button', { name: 'New project …' }).waitFor();
  await page.keyboard.press('n');
  const path = page.getByLabel('Path', { exact: true });
  await path.fill(faces);
  await path.press('Enter');
  await page.getByRole('button', { name: 'Choose this folder' }).click();
  const card = page.getByRole('article');
  await card.locator('dd.faces').waitFor();
  expect(await card.locator('dd.faces').textContent()).toBe(String(GOOD));
  expect(await card.locator('dd.rejected').textContent()).toBe('2');
  expect(await card.locator('.why').textContent()).toContain(told.title);
  for (const { sentence } of told.rejects)
    expect(await card.locator('.rejects').textContent()).toContain(sentence);

  await page.getByLabel('Name', { exact: true }).fill('mine');
  await page.getByLabel('Folder of the project').fill(join(folder, 'none', 'deep'));
  const project = join(folder, 'none', 'deep', 'mine.visage');
  await page.getByText(project, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Make the project' }).click();
  await page.waitForURL(/#\/cohorts/);
  await page.waitForFunction(() => document.title.includes('mine'));
  await page.goto(`${new URL(host.address).origin}/#/models?tab=jobs`);
  await page.locator('.result', { hasText: `${GOOD} faces added` }).waitFor();

  const { json } = await run(['cohorts', project, '--json']);
  expect(json.faces).toBe(GOOD);
  expect(errors).toEqual([]);
});

test('the wizard says how it read a table of another country, and asks for letters that cannot be told', async () => {
  const table = join(folder, 'fairface_ours.csv');
  const rows = ['file;age;gender;race', 'train/8é.jpg;03. Sep;Male;White', 'train/9.jpg;34,5;NaN;Black'];
  writeFileSync(table, Buffer.from(`${rows.join('\r\n')}\r\n`, 'latin1'));
  const told = (await run(['import', 'unused', table, '--dry-run', '--json'])).json as { notes: string[] };
  expect(told.notes).toHaveLength(3);
  await page.goto(`${new URL(host.address).origin}/#/add`);
  const path = page.getByLabel('Path', { exact: true });
  await path.fill(table);
  await path.press('Enter');
  const card = page.getByRole('article');
  await card.locator('dd.faces').waitFor();
  expect(await card.locator('.note').allTextContents()).toEqual(told.notes);
  expect(await card.locator('.repairs li').allTextContents()).toEqual([
    "'03. Sep' read as '3-9', 1 ×; a spreadsheet had changed it",
  ]);
  expect(await card.locator('td.file').allTextContents()).toEqual(['train/8é.jpg', 'train/9.jpg']);

  // Cyrillic letters: the answer is one of those that the sentence offers.
  const letters = [0xc8, 0xe2, 0xe0, 0xed, 0xee, 0xe2];
  writeFileSync(
    table,
    Buffer.concat([Buffer.from('file;age\n'), Buffer.from(letters), Buffer.from('.jpg;34\n')]),
  );
  await card.getByLabel('Format').selectOption({ value: 'csv' });
  await card.getByRole('alert').filter({ hasText: '--encoding windows-1251: Иванов.jpg;34' }).waitFor();
  await card.getByLabel('Encoding').selectOption({ value: 'windows-1251' });
  await card.locator('td.file', { hasText: 'Иванов.jpg' }).waitFor();
  await page.getByText('--encoding windows-1251').waitFor();
  expect(errors).toEqual([]);
});

test('Start shows what the project lacks, forgets projects, and says when one is gone', async () => {
  await page.goto(`${new URL(host.address).origin}/#/`);
  const steps = page.getByRole('region', { name: 'What this project has' });
  await steps.locator('li.done', { hasText: 'Read in faces' }).waitFor();
  expect(await steps.locator('li.next').textContent()).toContain('Add a model');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'mine.visage' });
  await row.waitFor();
  rmSync(join(folder, 'none'), { recursive: true });
  await page.reload();
  await row.getByText('not there any more').waitFor();
  await row.getByRole('button', { name: 'mine', exact: true }).focus();
  await page.keyboard.press('Delete');
  await row.waitFor({ state: 'detached' });
  expect(errors).toEqual([]);
});

test('a place where no project can be made is said, and the button waits', async () => {
  await page.keyboard.press('n');
  await page.getByLabel('Folder of the project').fill(join(folder, 'UTKFace', `${NAMES[0]}.jpg.chip.jpg`));
  await page.getByText('is a file, so no folder can be made in it').waitFor();
  expect(await page.getByRole('button', { name: 'Make the project' }).isDisabled()).toBe(true);
});
