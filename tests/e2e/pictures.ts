// Makes the README's pictures from a demo project (synthetic faces only): node tests/e2e/pictures.ts PROJECT
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { openWindow, startBrowser, startHost } from './host.ts';

const OUT = resolve(import.meta.dirname, '../../docs/pictures');

/** What is done in a view before its picture is taken. */
const VIEWS: readonly {
  name: string;
  route: string;
  theme: 'light' | 'dark';
  act?(page: Page): Promise<void>;
}[] = [
  {
    name: 'map',
    route: 'map',
    theme: 'light',
    async act(page) {
      await page.getByLabel('Map shown').selectOption({ label: 'CondFace routing (t-SNE)' });
      await page.getByLabel('Colour by').selectOption({ label: 'race' });
      await page.getByRole('radio', { name: 'Lasso' }).click();
      const box = await page.locator('canvas').first().boundingBox();
      if (!box) throw new Error('There is no map.');
      const at = (turn: number): [number, number] => [
        box.x + box.width * (0.4 + 0.13 * Math.cos(turn)),
        box.y + box.height * (0.42 + 0.2 * Math.sin(turn)),
      ];
      await page.mouse.move(...at(0));
      await page.mouse.down();
      for (let i = 1; i <= 24; i++) await page.mouse.move(...at((i / 24) * 2 * Math.PI));
      await page.mouse.up();
    },
  },
  { name: 'annotate', route: 'annotate', theme: 'light' },
  { name: 'clusters', route: 'clusters', theme: 'light' },
  { name: 'face', route: 'face/17', theme: 'light' },
  { name: 'export', route: 'export', theme: 'dark' },
];

const [project] = process.argv.slice(2);
if (project === undefined) {
  console.error('Use: node tests/e2e/pictures.ts PROJECT');
  process.exit(2);
}
mkdirSync(OUT, { recursive: true });
const host = await startHost([project]);
const browser = await startBrowser();
try {
  for (const { name, route, theme, act } of VIEWS) {
    const { page, context } = await openWindow(browser, host.address, { width: 1280, height: 800, theme });
    await page.waitForURL(/#\/cohorts/);
    await page.goto(`${new URL(host.address).origin}/#/${route}`);
    await page.waitForLoadState('networkidle');
    await act?.(page);
    // Charts and pictures that the action brought up.
    await page.waitForTimeout(4000);
    const picture = await page.screenshot();
    await sharp(picture)
      .webp({ quality: 82, effort: 6 })
      .toFile(join(OUT, `${name}.webp`));
    await context.close();
  }
} finally {
  await browser.close();
  await host.stop();
}
