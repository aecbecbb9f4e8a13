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
  expect(demo.errors).toEqual([]);
});
