import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { run } from '../core/cli/run.ts';
import { openWindow, startBrowser, startHost } from '../e2e/host.ts';
import { type Bench, type BenchResult, median } from './bench.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FACES = 60;
const ALLOWED_MS = 50;

/** Times of one page, in milliseconds of its clock. */
interface Times {
  keys: number[];
  saved: number[];
  shown: { at: number; face: number }[];
}

/** The page's globals that are used here. */
interface InPage {
  times: Times;
  addEventListener(type: 'keydown', listener: (event: { timeStamp: number }) => void, capture: boolean): void;
}

/** A project of drawn faces that nobody has labelled. */
async function unlabelled(folder: string): Promise<string> {
  const [pictures, project] = [join(folder, 'faces'), join(folder, 'bench.visage')];
  const steps = [
    ['synth', pictures, '--faces', String(FACES + 20), '--identities', '10', '--seed', '3'],
    ['new', project],
    ['import', project, pictures],
    ['label', project, 'undo', '1'],
  ];
  for (const step of steps) {
    const { code, err } = await run(step);
    if (code !== 0) throw new Error(`visage ${step.join(' ')}: ${err}`);
  }
  return project;
}

/** Labels `FACES` faces, five keys each, and gives when each key came, was saved and the next picture stood. */
async function label(page: Page): Promise<Times> {
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.locator('.cell').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.stage[data-state="ready"]').waitFor();
  // The pictures ahead are decoded while a person looks at the first one.
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => {
    const times: Times = { keys: [], saved: [], shown: [] };
    const inPage = Object.assign(globalThis as unknown as InPage, { times });
    inPage.addEventListener('keydown', ({ timeStamp }) => times.keys.push(timeStamp), true);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === 'visage.label.saved') times.saved.push(entry.startTime + entry.duration);
        else if (entry.name === 'visage.picture.shown')
          times.shown.push({ at: entry.startTime, face: (entry as unknown as { detail: number }).detail });
    }).observe({ entryTypes: ['measure', 'mark'] });
  });
  for (let face = 1; face <= FACES; face++) {
    for (let attribute = 0; attribute < 5; attribute++) {
      await page.keyboard.press(String(1 + ((face + attribute) % 2)));
      const saved = 5 * (face - 1) + attribute + 1;
      await page.waitForFunction(
        (count) => (globalThis as unknown as InPage).times.saved.length >= count,
        saved,
      );
    }
    await page.waitForFunction(
      (next) => (globalThis as unknown as InPage).times.shown.some((one) => one.face === next),
      face + 1,
    );
  }
  return page.evaluate(() => (globalThis as unknown as InPage).times);
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];

function result(name: string, values: readonly number[]): BenchResult {
  const middle = median(values);
  return {
    name,
    ours: `median ${middle.toFixed(1)} ms, 95 % below ${percentile(values, 0.95).toFixed(1)} ms (n = ${values.length})`,
    peer: '—',
    ratio: middle / ALLOWED_MS,
    goal: `median < ${ALLOWED_MS} ms`,
    met: middle < ALLOWED_MS,
  };
}

/** From a key press to its event on disk, and from there to the next face's picture, in a real Chromium. */
export const bench: Bench = {
  name: 'labelling',
  async run() {
    const built = spawnSync(process.execPath, [join(ROOT, 'build/renderer.ts')], { stdio: 'inherit' });
    if (built.status !== 0) throw new Error('The window could not be built.');
    const folder = mkdtempSync(join(tmpdir(), 'visage-bench-labelling-'));
    const project = await unlabelled(folder);
    const host = await startHost([project], { VISAGE_SETTINGS: join(folder, 'settings') });
    const browser = await startBrowser();
    try {
      const { page } = await openWindow(browser, host.address);
      await page.waitForURL(/#\/cohorts/);
      const { keys, saved, shown } = await label(page);
      const saving = saved.map((at, i) => at - keys[i]);
      const showing = Array.from({ length: FACES }, (_, i) => {
        const next = shown.find(({ face }) => face === i + 2);
        return (next?.at ?? Number.NaN) - saved[5 * i + 4];
      });
      return [result('key press → event on disk', saving), result('event on disk → next picture', showing)];
    } finally {
      await browser.close();
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
