import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTRIBUTES } from '../../core/attributes/attributes.ts';
import { run } from '../core/cli/run.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
let page: Page;
beforeAll(async () => {
  demo = await openDemo();
  page = demo.page;
  await demo.go('map');
  await drawn('600 600');
});
afterAll(() => demo.close());

/** Waits until the last frame held so many points, and so many of them in colour. */
const drawn = (state: string) => page.locator(`canvas[data-drawn="${state}"]`).waitFor();
const number = (text: string | null): number => Number((text ?? '').replaceAll(/[^0-9]/g, ''));
const selected = async (): Promise<number> =>
  number(await page.locator('[aria-label="Selection"] h2').textContent());

async function legend(): Promise<Map<string, number>> {
  const entries = await page
    .locator('[aria-label="Legend"] li')
    .evaluateAll((items) =>
      items.map((item) => [
        item.querySelector('.words')?.textContent ?? '',
        Number((item.querySelector('b')?.textContent ?? '').replaceAll(',', '')),
      ]),
    );
  return new Map(entries as [string, number][]);
}

/** Drags over the map, as parts of the canvas (0 … 1). */
async function drag(points: readonly (readonly [number, number])[]): Promise<void> {
  const box = await page.locator('canvas').boundingBox();
  if (!box) throw new Error('There is no map.');
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height,
  ];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 4 });
  await page.mouse.up();
}

test('the legend counts what the command line counts, of attributes and cohorts', async () => {
  const { json } = await run(['cohorts', demo.project, '--json']);
  const cohorts = json as { cohorts: { code: string; count: number; words: string }[] };
  await page.selectOption('[aria-label="Colour by"]', 'attribute:1');
  await expect
    .poll(legend)
    .toEqual(
      new Map(
        ['female', 'male'].map((words, value) => [
          words,
          cohorts.cohorts
            .filter(({ code }) => code[1] === String(value))
            .reduce((sum, { count }) => sum + count, 0),
        ]),
      ),
    );
  await page.selectOption('[aria-label="Colour by"]', 'cohort');
  await expect.poll(async () => (await legend()).size).toBe(24);
  const shown = [...(await legend()).entries()];
  const counts = new Map(cohorts.cohorts.map(({ words, count }) => [words, count]));
  for (const [words, count] of shown) expect(count).toBe(counts.get(words));
  expect(shown.map(([, count]) => count)).toEqual(cohorts.cohorts.slice(0, 24).map(({ count }) => count));
  expect(await page.getByText('So many colours').isVisible()).toBe(true);
});

test('a click in the legend filters all views; the others grey out and stay', async () => {
  await page.selectOption('[aria-label="Colour by"]', 'attribute:1');
  const male = (await legend()).get('male') as number;
  await page.getByRole('button', { name: /^male/ }).click();
  await drawn(`600 ${male}`);
  expect(await page.getByRole('region', { name: 'Filter and selection' }).textContent()).toContain(
    'gender: male',
  );
  await page.getByRole('button', { name: 'Take away: gender: male' }).click();
  await drawn('600 600');
});

test('a rectangle selects, Shift adds, Alt takes away, Escape lets go', async () => {
  await page.keyboard.press('b');
  await drag([
    [0.02, 0.02],
    [0.5, 0.98],
  ]);
  const left = await selected();
  expect(left).toBeGreaterThan(50);
  await drawn(`600 ${left}`);
  await page.keyboard.down('Shift');
  await drag([
    [0.5, 0.02],
    [0.98, 0.98],
  ]);
  await page.keyboard.up('Shift');
  await expect.poll(selected).toBe(600);
  await page.keyboard.down('Alt');
  await drag([
    [0.02, 0.02],
    [0.5, 0.98],
  ]);
  await page.keyboard.up('Alt');
  await expect.poll(selected).toBe(600 - left);
  await page.keyboard.press('Escape');
  await drawn('600 600');
});

test('a lasso is labelled at once and undone; events stand in the project', async () => {
  await page.keyboard.press('l');
  await drag([
    [0.3, 0.3],
    [0.7, 0.3],
    [0.7, 0.7],
    [0.3, 0.7],
    [0.3, 0.35],
  ]);
  const faces = await selected();
  expect(faces).toBeGreaterThan(20);
  await page.selectOption('[aria-label="Colour by"]', 'attribute:0');
  const before = await legend();
  await page.selectOption('[aria-label="Attribute"]', '0');
  await page.selectOption('[aria-label="Value"]', '2');
  const preview = await page.locator('[aria-label="Selection"]').textContent();
  const change = number(/([\d,]+) would change/.exec(preview ?? '')?.[1] ?? null);
  expect(change).toBeGreaterThan(0);
  await page.getByRole('button', { name: `Label ${faces} faces` }).click();
  await expect.poll(async () => (await legend()).get('50+')).toBe((before.get('50+') ?? 0) + change);
  const byCommand = async (): Promise<number> => {
    const { json } = await run(['cohorts', demo.project, '--json']);
    return (json as { cohorts: { code: string; count: number }[] }).cohorts
      .filter(({ code }) => code[0] === '2')
      .reduce((sum, { count }) => sum + count, 0);
  };
  await expect.poll(byCommand).toBe((before.get('50+') ?? 0) + change);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(legend).toEqual(before);
  await expect.poll(byCommand).toBe(before.get('50+') ?? 0);
  const { json } = await run(['label', demo.project, 'batches', '--json']);
  const batches = (json as { batches: { kind: string; events: number; undone: boolean }[] }).batches;
  expect(batches.find(({ kind }) => kind === 'bulk')).toMatchObject({ events: faces, undone: true });
  await page.keyboard.press('Escape');
});

test('hovering shows the face, a click keeps it, Enter opens it', async () => {
  await page.keyboard.press('v');
  const box = await page.locator('canvas').boundingBox();
  if (!box) throw new Error('There is no map.');
  const card = page.getByRole('tooltip');
  for (let x = 0.2; x < 0.8 && !(await card.isVisible()); x += 0.01)
    await page.mouse.move(box.x + x * box.width, box.y + 0.5 * box.height);
  const face = number(/Face (\d+)/.exec((await card.textContent()) ?? '')?.[1] ?? null);
  const age = (await card.locator('tr').first().locator('td').first().textContent()) ?? '';
  const { json } = await run(['label', demo.project, 'history', String(face), '--json']);
  const { labels } = json as { labels: number[] };
  expect(age).toBe(ATTRIBUTES[0].values[labels[0]]);
  await page.mouse.down();
  await page.mouse.up();
  await page.getByRole('region', { name: 'Face' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`#/face/${face}$`));
  expect(demo.errors).toEqual([]);
});
