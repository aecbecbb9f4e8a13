import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Host, openWindow, startBrowser, startHost } from './host.ts';

let folder: string;
let project: string;
let browser: Browser;
let host: Host;
const start = () => startHost([project], { VISAGE_SETTINGS: join(folder, 'settings') });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-shell-'));
  project = join(folder, 'demo.visage');
  cpSync(inject('demo'), project, { recursive: true });
  host = await start();
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await host?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('keys, theme and annotator outlast the host, which comes back at another address', async () => {
  const first = await openWindow(browser, host.address);
  const { page } = first;
  await page.waitForURL(/#\/cohorts/);
  // The palette goes to a face by its number.
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Command' }).fill('17');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/face\/17/);
  await page.waitForFunction(() => document.title.startsWith('Face 17'));

  // 'g m' is the map's; the cohorts take it, with a warning.
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await sheet.getByTitle('Change the keys of Cohorts').click();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await sheet.getByRole('alert').getByText('‘Map’').waitFor();
  await sheet.getByRole('button', { name: 'Take it' }).click();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.waitForURL(/#\/cohorts/);

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('radio', { name: 'dark' }).check();
  await page.getByLabel('Annotator').fill('Ana');
  await page.getByLabel('Annotator').press('Tab');
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  // Closing the page writes what is still to be written.
  await page.close({ runBeforeUnload: true });
  await first.context.close();
  const before = host.address;
  await host.stop();

  host = await start();
  expect(host.address).not.toBe(before);
  const again = await openWindow(browser, host.address);
  await again.page.waitForURL(/#\/cohorts/);
  expect(await again.page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  await again.page.keyboard.press('g');
  await again.page.keyboard.press('s');
  await again.page.waitForURL(/#\/settings/);
  expect(await again.page.getByLabel('Annotator').inputValue()).toBe('Ana');
  await again.page.keyboard.press('g');
  await again.page.keyboard.press('m');
  await again.page.waitForURL(/#\/cohorts/);
  expect([...first.errors, ...again.errors]).toEqual([]);
});

test('a new view has the focus, and the first Tab of a page skips to it', async () => {
  const { page, context, errors } = await openWindow(browser, host.address);
  await page.waitForURL(/#\/cohorts/);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Command' }).fill('export');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/export/);
  await page.waitForFunction(() => document.activeElement?.closest('#view') !== null);
  await page.reload();
  await page.locator('main form').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('view');
  expect(errors).toEqual([]);
  await context.close();
});
