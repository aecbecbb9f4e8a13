import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../core/cli/run.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());

test('the grid shows the counts that the command line gives', async () => {
  const { json } = await run(['cohorts', demo.project, '--json']);
  const counts = (json as { cohorts: { code: string; count: number }[] }).cohorts.filter(
    ({ count }) => count > 0,
  );
  expect(counts.length).toBeGreaterThan(20);
  const shown = await demo.page.locator('.grid td button:not(.empty)').evaluateAll((cells) =>
    cells.map((cell) => ({
      code: (cell.getAttribute('title') ?? '').slice(0, 5),
      count: Number(cell.textContent?.trim().replaceAll(',', '')),
    })),
  );
  const byCode = (a: { code: string }, b: { code: string }): number => a.code.localeCompare(b.code);
  expect(shown.sort(byCode)).toEqual(counts.map(({ code, count }) => ({ code, count })).sort(byCode));
});

test('cells are picked by click, range, heading and key, and the filter follows', async () => {
  const { page } = demo;
  const shown = page.getByRole('region', { name: 'Filter and selection' }).getByRole('status');
  const cell = (row: number, column: number) => page.locator(`[data-place="${row} ${column}"]`);
  const countOf = async (row: number, column: number): Promise<number> =>
    Number((await cell(row, column).textContent())?.trim() || 0);
  await cell(12, 4).click();
  await expect.poll(() => shown.textContent()).toBe(`${await countOf(12, 4)} of 600 faces`);
  await cell(13, 5).click({ modifiers: ['Shift'] });
  const four = (await Promise.all([countOf(12, 4), countOf(12, 5), countOf(13, 4), countOf(13, 5)])).reduce(
    (sum, count) => sum + count,
  );
  await expect.poll(() => shown.textContent()).toBe(`${four} of 600 faces`);
  await page.getByRole('button', { name: 'clear 4 picked' }).click();
  await page.getByTitle('Take every cohort of age 50+').click();
  const { json } = await run(['cohorts', demo.project, '--json']);
  const { cohorts } = json as { cohorts: { code: string; count: number }[] };
  const old = cohorts.filter(({ code }) => code.startsWith('2')).reduce((sum, { count }) => sum + count, 0);
  await expect.poll(() => shown.textContent()).toBe(`${old} of 600 faces`);
  await page.keyboard.press('Shift+Escape');
  await cell(0, 4).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+ArrowRight');
  const pair = (await countOf(1, 4)) + (await countOf(1, 5));
  await expect.poll(() => shown.textContent()).toBe(`${pair} of 600 faces`);
  await page.keyboard.press('Shift+Escape');
  await expect.poll(() => shown.textContent()).toMatch(/^600\s+faces$/);
});

test('Sub-N says what the export will hold, and hands its N on', async () => {
  const { page } = demo;
  const panel = page.getByRole('region', { name: 'Balanced set' });
  await panel.getByRole('spinbutton').fill('5');
  const { json } = await run(['cohorts', demo.project, '--min', '5', '--json']);
  const { cohorts } = json as { cohorts: unknown[] };
  await expect
    .poll(() => panel.textContent())
    .toContain(`${5 * cohorts.length} images of ${cohorts.length} cohorts`);
  await panel.getByRole('link', { name: 'Export this set' }).click();
  await page.waitForURL(/#\/export\?perCohort=5/);
  await expect.poll(() => page.getByRole('spinbutton').first().inputValue()).toBe('5');
  expect(demo.errors).toEqual([]);
});
