import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EvaluationDetail } from '../../core/jobs/evaluate.ts';
import type { KeptEvaluation } from '../../core/jobs/evaluation/kept.ts';
import { Project } from '../../core/project/project.ts';
import { run } from '../core/cli/run.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo();
  await demo.go('verification');
});
afterAll(() => demo.close());

const list = async (): Promise<KeptEvaluation[]> => {
  const { json } = await run(['evaluate', '--project', demo.project, '--list', '--json']);
  return json.evaluations as KeptEvaluation[];
};
const shown = (share: number): string => (100 * share).toFixed(2);

test('a network is verified from the window, and the table shows what the command line says', async () => {
  const { page } = demo;
  const earlier = (await list()).length;
  await page.getByRole('button', { name: 'Verify …' }).first().click();
  const form = page.getByRole('form', { name: 'Verify' });
  await form.getByRole('checkbox').first().check();
  await form.getByLabel('Pairs of each kind').fill('60');
  await form.getByLabel('Seed').fill('7');
  expect(await form.locator('code').first().textContent()).toMatch(
    /visage evaluate --project .*demo\.visage --model \S+ --draw --count 60 --seed 7$/,
  );
  await form.getByRole('button', { name: 'Verify' }).click();
  await expect.poll(async () => (await list()).length, { timeout: 200_000 }).toBe(earlier + 1);

  const kept = (await list()).at(-1) as KeptEvaluation;
  expect(kept).toMatchObject({ pairs: 120, same: 60, folds: 10, set: 'own pairs of 60 identities, seed 7' });
  const row = page.locator(`[data-evaluation="${kept.id}"]`);
  await row.waitFor();
  const cells = await row
    .locator('[data-figure] b')
    .evaluateAll((found) => found.map((cell) => cell.textContent?.trim() ?? ''));
  expect(cells).toEqual([
    ...[shown(kept.accuracy), shown(kept.auc), shown(kept.eer)],
    // 60 pairs of two people: below 1 in 60 nothing can be said.
    ...kept.tarAtFar.map(({ tar, target }) => (target < 1 / 60 ? `(${shown(tar)})` : shown(tar))),
  ]);
  expect(await row.locator('[data-figure="accuracy"] small').textContent()).toBe(
    `± ${shown(kept.deviation)}`,
  );
  await page.getByText('counted on 60 pairs of two people: 1e-1 is 6.').waitFor();
}, 260_000);

test('the errors are shown as the faces that they are', async () => {
  const { page } = demo;
  const kept = (await list()).at(-1) as KeptEvaluation;
  const project = Project.open(demo.project, { readOnly: true });
  const { wrong } = project.evaluationDetail(kept.id) as unknown as EvaluationDetail;
  const person = (face: number | null): string | null => project.face(face ?? 0).identity;
  for (const [title, pairs, total, same] of [
    ['False accepts', wrong.accepted, kept.falseAccepts, false],
    ['False rejects', wrong.rejected, kept.falseRejects, true],
  ] as const) {
    const region = page.getByRole('region', { name: title });
    expect(await region.getByRole('heading').textContent()).toBe(`${title} ${total} of 60`);
    const faces = await region
      .locator('[data-face]')
      .evaluateAll((found) => found.map((link) => Number(link.getAttribute('data-face'))));
    expect(faces).toEqual(pairs.slice(0, 12).flatMap(({ first, second }) => [first.face, second.face]));
    for (const { first, second } of pairs) expect(person(first.face) === person(second.face)).toBe(same);
  }
  project.close();
});

test('the scoreboard shows the accuracy beside the clusters of that network', async () => {
  const { page } = demo;
  const kept = new Map((await list()).map((one) => [String(one.id), one]));
  await demo.go('clusters');
  const cells = page.locator('td[data-verification] a');
  await cells.first().waitFor();
  const links = await cells.evaluateAll((all) =>
    all.map((link) => ({ text: link.textContent ?? '', to: link.getAttribute('href') ?? '' })),
  );
  const found = links.map(({ text, to }) => {
    const one = kept.get(to.replace(/^.*evaluation=/, '')) as KeptEvaluation;
    expect(text.replaceAll(/\s+/g, '')).toBe(`${shown(one.accuracy)}±${shown(one.deviation)}`);
    return one;
  });
  // All three networks of the demo, on the same pairs.
  expect(new Set(found.map(({ model }) => model)).size).toBe(3);
  expect(new Set(found.map(({ set }) => set)).size).toBe(1);
  await cells.first().click();
  await page.waitForURL(new RegExp(`#/verification\\?evaluation=${found[0].id}$`));
});

test('the curve can be saved, and what is removed is gone', async () => {
  const { page } = demo;
  const [one] = await list();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Curves as csv' }).click(),
  ]);
  const [head, ...lines] = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(head).toBe('network,pairs,far,tar');
  expect(lines[0].endsWith(',0,0')).toBe(true);
  expect(lines.at(-1)?.endsWith(',1,1')).toBe(true);

  const remove = page
    .locator(`[data-evaluation="${one.id}"]`)
    .getByRole('button', { name: /^(Remove|Really)/ });
  await remove.click();
  // The first click only asks.
  expect((await list()).map(({ id }) => id)).toContain(one.id);
  await remove.click();
  await page.locator(`[data-evaluation="${one.id}"]`).waitFor({ state: 'detached' });
  expect((await list()).map(({ id }) => id)).not.toContain(one.id);
  expect(demo.errors).toEqual([]);
});
