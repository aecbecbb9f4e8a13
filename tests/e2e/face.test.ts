import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RoutingResult } from '../../core/jobs/routing.ts';
import { Project } from '../../core/project/project.ts';
import type { LabelEvent } from '../../core/project/types.ts';
import { run } from '../core/cli/run.ts';
import { type DemoWindow, openDemo } from './window.ts';

const FACE = 17;
const CLUSTERING = 'CondFace routing k=30';
let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo();
  await demo.go(`face/${FACE}`);
});
afterAll(() => demo.close());

/** Commands that read work beside the host that writes. */
const told = async <T>(...words: string[]): Promise<T> =>
  (await run([...words, '--json'])).json as unknown as T;

test.for([
  ['condface-demo:embedding', 0],
  ['condface-demo:routing', 1],
] as const)('the nearest faces by %s are those of visage nearest', async ([features, column]) => {
  const { nearest } = await told<{ nearest: { face: number; similarity: number }[] }>(
    'nearest',
    demo.project,
    String(FACE),
    '--features',
    features,
    '--count',
    '12',
  );
  const list = demo.page.locator('.nearest').nth(column);
  await list.locator('li').nth(11).waitFor();
  const shown = await list
    .locator('a')
    .evaluateAll((links) =>
      links.map((link) => [Number((link as HTMLElement).dataset.face), link.querySelector('b')?.textContent]),
    );
  expect(shown).toEqual(
    nearest.map(({ face, similarity }) => [face, similarity.toFixed(3).replace('-', '−')]),
  );
});

test('routing weights are those of visage routing, beside the means', async () => {
  const { page } = demo;
  await page.getByLabel('Clustering to compare with').selectOption(CLUSTERING);
  const result = await told<RoutingResult>('routing', demo.project, String(FACE), '--clustering', CLUSTERING);
  const bars = page.locator('[data-weight]');
  await page.getByText(`mean of ${result.faces} faces`).waitFor();
  const shown = await bars.evaluateAll((all) =>
    all.map((bar) => [(bar as SVGElement).dataset.weight, (bar as SVGElement).dataset.value]),
  );
  const expected = result.places.flatMap(({ name, groups }) =>
    groups.flatMap(({ group, face }) =>
      face.map((weight, expert) => [`${name}:${group}:${expert}`, weight.toFixed(3)]),
    ),
  );
  expect(expected.length).toBe(96);
  expect(shown).toEqual(expected);
  const { face, all, cluster } = result.places[5].groups[3];
  const title = bars.last().locator('title');
  const last = (row: readonly number[] | null): string => (row?.[3] ?? 0).toFixed(3);
  await page.waitForFunction(
    (text) =>
      [...document.querySelectorAll('[data-weight]')]
        .at(-1)
        ?.querySelector('title')
        ?.textContent?.includes(text),
    `its cluster ${last(cluster)}`,
  );
  expect(await title.textContent()).toContain(
    `expert 3: ${last(face)} · all faces ${last(all)} · its cluster ${last(cluster)}`,
  );
});

test('its clusters are those that are stored, by the names of the profiles, and lead to their pages', async () => {
  const { page } = demo;
  const project = Project.open(demo.project, { readOnly: true });
  const expected = project.clusterings().map((clustering) => {
    const { faces, assignment } = project.clusteringData(clustering);
    return `${clustering.name}: ${assignment[faces.indexOf(FACE)]}`;
  });
  project.close();
  const entries = page.locator('[data-clustering]');
  await entries.first().waitFor();
  expect(await entries.locator('span').allTextContents()).toEqual(expected);
  const entry = page.locator(`[data-clustering="${CLUSTERING}"]`);
  await entry.getByText(/×|no clear attribute/).waitFor();
  const name = (await entry.locator('b').textContent()) ?? '';
  await entry.locator('a').click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
  await page.goBack();
});

test('a key labels, the history says what it replaced, and undo takes it back', async () => {
  const { page } = demo;
  const history = page.getByRole('region', { name: 'Label history' });
  await history.locator('li').nth(4).waitFor();
  const before = await history.locator('li').count();
  const { events } = await told<{ events: LabelEvent[] }>('label', demo.project, 'history', String(FACE));
  expect(before).toBe(events.length);
  const race = events.find(({ attribute }) => attribute === 2)?.value;
  const wanted = race === 1 ? 2 : 1;
  await page.keyboard.press('e');
  await page.keyboard.press(String(wanted + 1));
  const first = history.locator('li').first();
  await first.getByText('annotator').waitFor();
  expect(await first.textContent()).toMatch(/was ■/);
  const after = await told<{ events: LabelEvent[]; labels: number[] }>(
    'label',
    demo.project,
    'history',
    String(FACE),
  );
  expect(after.labels[2]).toBe(wanted);
  await first.getByRole('button', { name: 'undo' }).click();
  await history.locator('li.undone').first().waitFor();
  expect((await told<{ labels: number[] }>('label', demo.project, 'history', String(FACE))).labels[2]).toBe(
    race,
  );
});

test('box, points and landmarks lie over the picture where the project has them', async () => {
  const { page } = demo;
  const project = Project.open(demo.project, { readOnly: true });
  const { box, points, landmarks } = project.face(FACE);
  project.close();
  const rect = page.locator('rect.box');
  const numbers = await rect.evaluate((one) =>
    ['x', 'y', 'width', 'height'].map((name) => Number(one.getAttribute(name))),
  );
  expect(numbers).toEqual([...(box ?? [])]);
  const circle = page.locator('circle.five').first();
  expect(Number(await circle.getAttribute('cx'))).toBe(points?.[0]);
  await page.keyboard.press('l');
  await page.locator('circle.landmark').nth(67).waitFor();
  expect(Number(await page.locator('circle.landmark').last().getAttribute('cy'))).toBe(landmarks?.[135]);
  await page.keyboard.press('b');
  expect(await rect.count()).toBe(0);
  // The picture itself is there: more than one colour in the middle of what the browser drew.
  const address = await page.locator('svg image').getAttribute('href');
  expect(await page.evaluate(async (href) => (await fetch(href as string)).status, address)).toBe(200);
});

test('arrows go through the faces of the filter, and the side bar keeps the face', async () => {
  const { page } = demo;
  await page.locator('h1').click();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('heading', { name: `Face ${FACE + 1}` }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('heading', { name: `Face ${FACE - 1}` }).waitFor();
  await page.getByText(`${FACE - 1} of 600`).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'Clusters', exact: true }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.getByRole('heading', { name: `Face ${FACE - 1}` }).waitFor();
  expect(demo.errors).toEqual([]);
});

test('a face that is not there says so', async () => {
  await demo.go('face/987654');
  await demo.page.getByText("'987654'").waitFor();
  demo.errors.length = 0;
});
