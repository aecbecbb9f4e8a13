import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from '../../core/project/project.ts';
import { run } from '../core/cli/run.ts';
import { type Host, openWindow, startBrowser, startHost } from './host.ts';

let folder: string;
let csv: string;
let host: Host;
let browser: Browser;
let page: Page;
let errors: string[];

/** Years or codes, 1 and 2 for people, degrees or codes; the race is said in words. */
const ROWS = ['a.jpg,2,1,Black,0', 'b.jpg,1,2,White,1', 'c.jpg,0,1,Indian,2'];

interface Asked {
  questions: {
    column: string;
    sentence: string;
    options: { name: string; title: string; words: string }[];
  }[];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-questions-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  csv = join(data, 'codes.csv');
  writeFileSync(csv, ['file,age,sex,race,yaw', ...ROWS].join('\n'));
  for (const [i, name] of ['a.jpg', 'b.jpg', 'c.jpg'].entries()) {
    const background = { r: 60 * i, g: 90, b: 120 };
    const picture = sharp({ create: { width: 40, height: 40, channels: 3, background } });
    writeFileSync(join(data, name), await picture.jpeg().toBuffer());
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

test('the wizard asks what the command asks, waits for it, and reads as it is answered', async () => {
  const told = await run(['import', 'unused', csv, '--dry-run', '--json']);
  const { questions } = told.json as unknown as Asked;
  expect([told.code, questions.map(({ column }) => column)]).toEqual([1, ['age', 'sex', 'yaw']]);

  await page.getByRole('button', { name: 'New project …' }).waitFor();
  await page.keyboard.press('n');
  const path = page.getByLabel('Path', { exact: true });
  await path.fill(csv);
  await path.press('Enter');
  const card = page.getByRole('article');
  const asked = card.locator('fieldset');
  await asked.nth(2).waitFor();
  for (const [i, { column, sentence, options }] of questions.entries()) {
    const field = asked.nth(i);
    expect(await field.locator('legend').textContent()).toContain(`‘${column}’`);
    expect(await field.textContent()).toContain(sentence);
    for (const { title, words } of options) {
      expect(await field.textContent()).toContain(title);
      expect(await field.textContent()).toContain(`--values ${words}`);
    }
  }
  // Nothing is guessed meanwhile: of the five only the race, said in words, is read.
  await card.locator('dd.faces').waitFor();
  expect(await card.locator('tbody tr').first().locator('td').allTextContents()).toEqual([
    'a.jpg',
    '–',
    '–',
    '–',
    'Black',
    '–',
    '–',
  ]);
  const make = page.getByRole('button', { name: 'Make the project' });
  await page.getByText("say what the numbers of the column 'age' mean").waitFor();
  expect(await make.isDisabled()).toBe(true);

  await asked.nth(0).locator('[data-option=codes] input').check();
  await page.getByText("say what the numbers of the column 'sex' mean").waitFor();
  // Value by value: no answer before every number has one.
  await asked.nth(1).locator('[data-option=own] input').check();
  await asked.nth(1).getByLabel('Meaning of 1').selectOption('male');
  expect(await make.isDisabled()).toBe(true);
  await asked.nth(1).getByLabel('Meaning of 2').selectOption('female');
  await page.getByText("say what the numbers of the column 'yaw' mean").waitFor();
  await asked.nth(2).locator('[data-option=degrees] input').check();
  await page.waitForFunction(() => !document.querySelector('footer button')?.hasAttribute('disabled'));
  // An answer can be changed.
  await asked.nth(2).locator('[data-option=codes] input').check();
  await card.locator('tbody').getByText('above +30°').waitFor();
  expect(await asked.count()).toBe(3);

  await page.getByLabel('Name', { exact: true }).fill('asked');
  await page.getByLabel('Folder of the project').fill(folder);
  const project = join(folder, 'asked.visage');
  await page.getByText(project, { exact: true }).waitFor();
  await make.click();
  await page.waitForURL(/#\/cohorts/);
  await page.goto(`${new URL(host.address).origin}/#/models?tab=jobs`);
  await page.locator('.result', { hasText: '3 faces added' }).waitFor();
  const open = Project.open(project, { readOnly: true });
  expect(open.faces(open.select({})).map(({ labels }) => labels)).toEqual([
    [2, 1, 0, -1, 0],
    [1, 0, 4, -1, 1],
    [0, 1, 2, -1, 2],
  ]);
  open.close();
  expect(errors).toEqual([]);
});
