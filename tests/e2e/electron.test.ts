import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bundleHost } from '../../build/host-bundle.ts';
import { run } from '../core/cli/run.ts';
import { type ElectronWindow, electronMissing, openDemoInElectron } from './electron.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const missing = electronMissing();

let demo: ElectronWindow;
beforeAll(async () => {
  if (missing !== undefined) return;
  await bundleHost(ROOT, join(ROOT, 'dist', 'electron'));
  demo = await openDemoInElectron();
});
afterAll(() => demo?.close());
beforeEach(({ skip }) => skip(missing !== undefined, missing));

test('the grid shows the counts that the command line gives', async () => {
  const { json } = await run(['cohorts', demo.project, '--json']);
  const counts = (json as { cohorts: { code: string; count: number }[] }).cohorts.filter(
    ({ count }) => count > 0,
  );
  const shown = await demo.page.locator('.grid td button:not(.empty)').evaluateAll((cells) =>
    cells.map((cell) => ({
      code: (cell.getAttribute('title') ?? '').slice(0, 5),
      count: Number(cell.textContent?.trim().replaceAll(',', '')),
    })),
  );
  const byCode = (a: { code: string }, b: { code: string }): number => a.code.localeCompare(b.code);
  expect(shown.sort(byCode)).toEqual(counts.map(({ code, count }) => ({ code, count })).sort(byCode));
  expect(demo.errors).toEqual([]);
});

test('pictures come by media:', async () => {
  const width = await demo.page.evaluate(
    () =>
      new Promise<number>((done) => {
        const picture = new Image();
        picture.addEventListener('load', () => done(picture.naturalWidth));
        picture.addEventListener('error', () => done(0));
        picture.src = 'media://picture/thumb-1?size=96';
        document.body.append(picture);
      }),
  );
  expect(width).toBeGreaterThan(0);
});

test('the page has no Node, and cannot leave, open, load or ask for anything else', async () => {
  const before = demo.page.url();
  const seen = await demo.page.evaluate(async () => {
    const reached = (url: string): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    const page = window as unknown as Record<string, unknown>;
    const opened = window.open('https://example.org/');
    const permission = await navigator.permissions.query({ name: 'geolocation' });
    return {
      node: [typeof page.require, typeof page.process, typeof page.module],
      bridge: Object.keys(page.visage as object).sort(),
      opened: opened === null,
      reached: [
        await reached('file:///etc/hostname'),
        await reached('https://example.org/'),
        await reached('app://other/'),
      ],
      permission: permission.state,
    };
  });
  expect(seen).toEqual({
    node: ['undefined', 'undefined', 'undefined'],
    bridge: ['connect', 'onCommand', 'pathOf', 'pick'],
    opened: true,
    reached: [false, false, false],
    permission: 'denied',
  });
  await demo.page.evaluate(() => {
    window.location.href = 'https://example.org/';
  });
  await demo.page.waitForTimeout(300);
  expect(demo.page.url()).toBe(before);
  expect(demo.app.windows()).toHaveLength(1);
});

test("the menu's commands reach the window", async () => {
  await demo.app.evaluate(({ Menu }) =>
    Menu.getApplicationMenu()?.getMenuItemById('shell.shortcuts')?.click(),
  );
  await demo.page.getByRole('dialog').waitFor();
});
