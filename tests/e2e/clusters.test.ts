import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { SimilarityHistogram } from '../../core/clusters/profiles/centroid-similarity.ts';
import type { FullProfile } from '../../core/jobs/clusters/profiles.ts';
import type { ScoreResult } from '../../core/jobs/score.ts';
import { run } from '../core/cli/run.ts';
import { type DemoWindow, openDemo } from './window.ts';

const CLUSTERING = 'CondFace routing k=30';
let demo: DemoWindow;
const folder = mkdtempSync(join(tmpdir(), 'visage-clusters-'));
let copies = 0;

/** For commands that write: the window's host holds its own project. */
function copyOfDemo(): string {
  const copy = join(folder, `${copies++}.visage`);
  cpSync(inject('demo'), copy, { recursive: true });
  return copy;
}

/** What the command line says of the same clustering. */
let told: ScoreResult & { profiles: FullProfile[]; centroidSimilarity: SimilarityHistogram };
beforeAll(async () => {
  demo = await openDemo();
  const { json } = await run([
    'score',
    copyOfDemo(),
    '--clustering',
    CLUSTERING,
    '--seed',
    '1',
    '--profiles',
    '--histogram',
    '--json',
  ]);
  told = json as unknown as typeof told;
});
afterAll(async () => {
  await demo.close();
  rmSync(folder, { recursive: true });
});

const hundred = (value: number | null): string =>
  (100 * (value ?? 0))
    .toFixed(2)
    .replace(/^-0\.00$/, '0.00')
    .replace('-', '−');

test('the board shows the figures and chance levels of visage score', async () => {
  const { page } = demo;
  await demo.go('clusters');
  const row = page.locator(`tr[data-clustering="${CLUSTERING}"]`);
  await row.locator('td[data-figure]').first().waitFor();
  const cells = await row
    .locator('td[data-figure]')
    .evaluateAll((all) =>
      all.map((cell) => [
        (cell as HTMLElement).dataset.figure,
        cell.querySelector('b')?.textContent,
        cell.querySelector('small')?.textContent,
      ]),
    );
  const figures = (of: Pick<ScoreResult, 'purity' | 'ami'>): Record<string, string> => ({
    ...Object.fromEntries(
      Object.entries(of.purity).map(([name, value]) => [`purity.${name}`, hundred(value)]),
    ),
    ...Object.fromEntries(Object.entries(of.ami).map(([name, value]) => [`ami.${name}`, hundred(value)])),
  });
  const scored = figures(told);
  const chance = figures(told.chance as NonNullable<typeof told.chance>);
  expect(cells.length).toBe(13);
  expect(cells.map(([id]) => [id, scored[id as string], chance[id as string]])).toEqual(cells);
  expect(await row.locator('td.n').textContent()).toBe('600');

  await page.getByRole('radio', { name: 'above chance' }).click();
  const above = 100 * ((told.purity.strict ?? 0) - (told.chance?.purity.strict ?? 0));
  expect(await row.locator('[data-figure="purity.strict"] b').textContent()).toBe(`+${above.toFixed(2)}`);
  expect(await page.getByText('Purity rises with the number of clusters').isVisible()).toBe(true);
});

test('the centroids are as alike as the command says, and the board can be saved as csv', async () => {
  const { page } = demo;
  await page.getByLabel('First clustering').selectOption(CLUSTERING);
  const line = page.locator(`[data-similarity="${CLUSTERING}"]`);
  await line.waitFor();
  expect(await line.textContent()).toContain(`435 pairs, mean ${told.centroidSimilarity.mean.toFixed(3)}`);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as csv' }).click();
  const csv = readFileSync(await (await saved).path(), 'utf8');
  const line30 = csv.split('\r\n').find((text) => text.startsWith(CLUSTERING)) ?? '';
  expect(line30.split(',').slice(7, 9)).toEqual([
    String(told.purity.strict),
    String(told.chance?.purity.strict),
  ]);
});

test('clusters are listed with the names, sizes and people of visage score --profiles', async () => {
  const { page } = demo;
  await page.getByRole('link', { name: CLUSTERING }).click();
  const largest = [...told.profiles].sort((a, b) => b.size - a.size || a.cluster - b.cluster);
  const first = page.locator('a[data-cluster]').first();
  await first.waitFor();
  expect(await first.getAttribute('data-cluster')).toBe(String(largest[0].cluster));
  expect(await first.locator('.name').textContent()).toBe(largest[0].name);
  expect(await first.locator('.size b').textContent()).toBe(String(largest[0].size));
  expect(await first.locator('.number').last().textContent()).toBe(String(largest[0].identities.distinct));
  const named = largest.filter(({ name }) => /(^|[ /])black/i.test(name));
  await page.keyboard.press('s');
  await page.keyboard.type('black');
  const wanted = largest.filter(
    ({ name, majority }) => /black/i.test(name) || majority?.code[2] === '0',
  ).length;
  expect(wanted).toBeGreaterThanOrEqual(named.length);
  await page.getByText(`${wanted} of 30`).waitFor();
  await page.keyboard.press('Escape');
});

test("a cluster's page shows its profile, mean face and members, and hands them to the other views", async () => {
  const { page } = demo;
  const largest = told.profiles.reduce((most, one) => (one.size > most.size ? one : most));
  await demo.go(`clusters/${encodeURIComponent(CLUSTERING)}/${largest.cluster}`);
  await page.getByRole('heading', { name: largest.name }).waitFor();
  expect(await page.locator('[data-fact="size"]').textContent()).toContain(String(largest.size));
  expect(await page.locator('[data-fact="majority"]').textContent()).toBe(
    `${(100 * (largest.majority?.share ?? 0)).toFixed(0)} %`,
  );
  // Every bar's share is its count among the known faces of the cluster.
  const race = largest.counts[2];
  const shown = await page
    .locator('tr[data-value^="race:"]')
    .evaluateAll((rows) => rows.map((row) => row.querySelector('td.number')?.textContent));
  const known = race.reduce((sum, count) => sum + count, 0);
  const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
  expect(shown).toEqual(race.map((count) => percent(count / known)));

  const mean = page.getByAltText(`Mean face of cluster ${largest.cluster}`);
  await mean.evaluate((image: HTMLImageElement) => image.decode());
  expect(await mean.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);

  const face = (cell: number): Promise<string | null> =>
    page.locator(`[data-cell="${cell}"]`).getAttribute('data-face');
  expect(await face(0)).toBe(String(largest.exemplars[0].face));
  expect(await page.locator('[data-cell="0"] span').textContent()).toBe(
    largest.exemplars[0].distance.toPrecision(3),
  );
  await page.getByLabel('Order of the faces').selectOption('outliers first');
  expect(await face(0)).toBe(String(largest.outliers[0].face));

  // By keyboard: the second face and the two after it.
  await page.locator('[data-cell="1"]').click();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  expect(await page.locator('[role="option"][aria-selected="true"]').count()).toBe(3);
  await page.getByRole('button', { name: /^Label 3 faces/ }).waitFor();

  const bar = page.getByRole('region', { name: 'Filter and selection' });
  await page.getByRole('button', { name: `Select all ${largest.size}` }).click();
  await bar.getByText(`${largest.size} selected`).waitFor();
  await page.getByRole('button', { name: 'Set as filter' }).click();
  await bar.getByRole('status').getByText(`${largest.size} of 600 faces`).waitFor();
  await page.getByRole('button', { name: 'Filter is on' }).click();
  await bar
    .getByRole('status')
    .getByText(/^600 +faces$/)
    .waitFor();
});

test('a clustering that is run from the window is that of the command line, and is scored when done', async () => {
  const { page } = demo;
  await demo.go('clusters');
  await page.getByRole('button', { name: 'Run clusterings …' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Run clusterings' });
  await dialog.getByLabel('Numbers of clusters, k').fill('7, many');
  expect(await dialog.locator('#run-plan').textContent()).toContain("'many' is no number of clusters");
  await dialog.getByLabel('Numbers of clusters, k').fill('7 12');
  await dialog.getByLabel('Device').selectOption('cpu');
  await page.keyboard.press('Enter');
  const name = 'condface-demo:routing:k12:s0';
  const row = page.locator(`tr[data-clustering="${name}"]`);
  await row.locator('td[data-figure]').first().waitFor();
  const strict = await row.locator('[data-figure="purity.strict"] b').textContent();
  const copy = copyOfDemo();
  await run([
    'cluster',
    copy,
    '--features',
    'condface-demo:routing',
    '--k',
    '12',
    '--seed',
    '0',
    '--device',
    'cpu',
    '--json',
  ]);
  const { json } = await run(['score', copy, '--clustering', name, '--json']);
  await page.getByRole('radio', { name: 'score', exact: true }).click();
  expect(strict).not.toBeNull();
  expect(await row.locator('[data-figure="purity.strict"] b').textContent()).toBe(
    hundred((json as unknown as ScoreResult).purity.strict),
  );
  expect(await page.locator('tr[data-clustering="condface-demo:routing:k7:s0"]').count()).toBe(1);
  expect(demo.errors).toEqual([]);
});
