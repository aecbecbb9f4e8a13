import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTRIBUTES } from '../../core/attributes/attributes.ts';
import { openDatabase } from '../../core/project/database.ts';
import type { LabelEvent } from '../../core/project/types.ts';
import { run } from '../core/cli/run.ts';
import { SUGGESTER, suggestLabels } from './suggested.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo({ prepare: suggestLabels });
  await demo.go('annotate');
  await demo.page.locator('.cell').first().waitFor();
});
afterAll(() => demo.close());

const historyOf = async (face: number): Promise<LabelEvent[]> =>
  (await run(['label', demo.project, 'history', String(face), '--json'])).json.events as LabelEvent[];
const latest = async (face: number): Promise<LabelEvent> => (await historyOf(face)).at(-1) as LabelEvent;
const batches = async (): Promise<{ id: number; kind: string; events: number; undone: boolean }[]> =>
  (await run(['label', demo.project, 'batches', '--limit', '5', '--json'])).json.batches as never;
const cell = (face: number) => demo.page.locator(`#face-${face}`);
const press = (keys: string) => demo.page.keyboard.press(keys);
const selected = () => demo.page.locator('.cell[aria-selected="true"]').count();

test('a suggestion is shown as one, with its confidence; only cells in sight exist', async () => {
  const model = (await historyOf(3)).findLast(
    ({ attribute, origin }) => attribute === 0 && origin === 'model',
  );
  const line = cell(3).locator('.active');
  expect(await line.locator('.mark').innerText()).toBe('◇');
  expect(await line.locator('span').innerText()).toBe(ATTRIBUTES[0].values[model?.value ?? -1]);
  expect(await line.locator('b').innerText()).toBe(model?.confidence?.toFixed(2).replace(/^0/, ''));
  expect(await cell(20).locator('.active span').innerText()).toBe('unlabelled');
  expect(await demo.page.locator('.cell').count()).toBeLessThan(120);
  await press('End');
  await cell(600).waitFor();
  expect(await demo.page.locator('.cell').count()).toBeLessThan(120);
  await press('Home');
  await cell(1).waitFor();
});

test('one key sets a value for the selection, as one step that undo takes back', async () => {
  await press('Shift+ArrowRight');
  await press('Shift+ArrowRight');
  expect(await selected()).toBe(3);
  await press('e');
  await press('3');
  await cell(2).locator('.origin-3.active', { hasText: 'Indian' }).waitFor();
  await demo.page.getByText('race Indian for 3 faces').waitFor();
  for (const face of [1, 2, 3])
    expect(await latest(face)).toMatchObject({ attribute: 2, value: 2, origin: 'human', agent: 'annotator' });
  expect((await batches())[0]).toMatchObject({ kind: 'bulk', events: 3, undone: false });
  await press('ControlOrMeta+z');
  await cell(2).locator('.origin-0.active').waitFor();
  expect((await batches())[1]).toMatchObject({ kind: 'bulk', undone: true });
  await press('ControlOrMeta+Shift+z');
  await cell(2).locator('.origin-3.active').waitFor();
  expect((await batches())[2]).toMatchObject({ kind: 'bulk', undone: false });
});

test('clicks, shift, ctrl and a rectangle select', async () => {
  await press('Escape');
  expect(await selected()).toBe(0);
  await cell(2).click();
  await cell(6).click({ modifiers: ['Shift'] });
  expect(await selected()).toBe(5);
  await cell(4).click({ modifiers: ['ControlOrMeta'] });
  expect(await selected()).toBe(4);
  const columns = await demo.page.evaluate(() => {
    const top = (face: number): number =>
      document.querySelector(`#face-${face}`)?.getBoundingClientRect().top ?? 0;
    let face = 1;
    while (top(face) === top(1)) face++;
    return face - 1;
  });
  const from = await cell(2).boundingBox();
  const to = await cell(columns + 4).boundingBox();
  if (!from || !to) throw new Error('The cells are not in sight.');
  await demo.page.mouse.move(from.x + 20, from.y + 20);
  await demo.page.mouse.down();
  await demo.page.mouse.move(to.x + 20, to.y + 20, { steps: 5 });
  await demo.page.mouse.up();
  expect(await selected()).toBe(6);
  await press('ControlOrMeta+a');
  await demo.page.getByText('sets 600 selected faces').waitFor();
  await press('Escape');
  expect(await selected()).toBe(0);
});

test("accepting takes the models' word over, and never where there is none", async () => {
  await cell(18).click();
  await cell(20).click({ modifiers: ['Shift'] });
  await press('w');
  await press('a');
  await cell(18).locator('.mark', { hasText: '●' }).waitFor();
  for (const face of [18, 19]) {
    const model = (await historyOf(face)).findLast(
      ({ attribute, origin }) => attribute === 1 && origin === 'model',
    );
    expect(await latest(face)).toMatchObject({ attribute: 1, value: model?.value, origin: 'human' });
  }
  expect(
    (await historyOf(20)).filter(({ origin, retracts }) => origin === 'human' && retracts === null),
  ).toEqual([]);
  expect((await batches())[0]).toMatchObject({ kind: 'accept', events: 2 });
  await press('Escape');
});

test('one face at a time: five attributes, what each replaced, and undo of a step from its history', async () => {
  await cell(5).dblclick();
  const { page } = demo;
  await page.locator('.stage[aria-label="Face 5"][data-state="ready"]').waitFor();
  await press('q');
  const before = (await historyOf(5)).findLast(
    ({ attribute, origin }) => attribute === 0 && origin === 'model',
  );
  const value = before?.value === 2 ? 0 : 2;
  await press(String(value + 1));
  await page.locator('.attribute:nth-of-type(2).active').waitFor();
  const line = page.locator('section[aria-label="Label history"] li').first();
  await line.filter({ hasText: `was ◇ ${ATTRIBUTES[0].values[before?.value ?? -1]}` }).waitFor();
  expect(await line.innerText()).toContain(`annotator age ${ATTRIBUTES[0].values[value]}`);
  const event = await latest(5);
  expect(event).toMatchObject({ attribute: 0, value, agent: 'annotator' });
  expect(await page.locator('.attribute:nth-of-type(1) .current.person em').last().innerText()).toBe(
    '● annotator',
  );
  await line.getByRole('button', { name: 'undo' }).click();
  await page.locator('.attribute:nth-of-type(1) .current.model').waitFor();
  expect(await latest(5)).toMatchObject({ retracts: event.id });
  // Space takes the suggestion of one attribute, Enter what is left and the next face.
  await page.locator('.attribute:nth-of-type(1) header button').click();
  await press('Space');
  await page.locator('.attribute:nth-of-type(1) header .quiet', { hasText: 'set by a person' }).waitFor();
  expect(await latest(5)).toMatchObject({ attribute: 0, value: before?.value, agent: 'annotator' });
  await press('Enter');
  await page.locator('.stage[aria-label="Face 6"]').waitFor();
  const own = (await historyOf(5)).filter(({ origin, retracts }) => origin === 'human' && retracts === null);
  expect(new Set(own.map(({ attribute }) => attribute)).size).toBe(5);
  await press('ArrowLeft');
  await page.locator('.stage[aria-label="Face 5"]').waitFor();
  await press('c');
  await page.locator('.stage .box').waitFor();
  await press('c');
  await press('Escape');
});

test('a queue is in the order and with the reasons that the command line gives', async () => {
  const { json } = await run([
    'queue',
    demo.project,
    '--by',
    'disagreement',
    '--attribute',
    'yaw',
    '--limit',
    '5000',
    '--json',
  ]);
  const items = json.items as { face: number; why: string }[];
  expect(items.length).toBeGreaterThan(5);
  const { page } = demo;
  await page.getByLabel('Attributes of the list').selectOption({ label: 'yaw' });
  await page.getByLabel('List', { exact: true }).selectOption({ label: 'Disagreement first' });
  await page.locator('.progress', { hasText: `of ${items.length.toLocaleString('en-US')}` }).waitFor();
  await press('Escape');
  await page.getByRole('button', { name: 'Single' }).click();
  for (const { face, why } of items.slice(0, 3)) {
    await page.locator(`.stage[aria-label="Face ${face}"]`).waitFor();
    expect(await page.locator('.why li').innerText()).toBe(why);
    await page.locator('.single').focus();
    await press('3');
  }
  await page.locator('.progress', { hasText: '3 done' }).waitFor();
  expect(await latest(items[0].face)).toMatchObject({ attribute: 4, value: 2, agent: 'annotator' });

  // Another look at the view goes on where it stopped.
  await demo.go('cohorts');
  await page.locator('.grid table').waitFor();
  await demo.go('annotate');
  await page.locator(`.stage[aria-label="Face ${items[3].face}"]`).waitFor();
  await page.reload();
  await page.locator(`.stage[aria-label="Face ${items[3].face}"]`).waitFor();
  await page.getByRole('button', { name: 'Grid' }).click();
  await page.getByLabel('List', { exact: true }).selectOption({ label: 'Current filter' });
  await page.getByLabel('Attributes of the list').selectOption({ label: 'all five' });
  await press('Home');
});

test('a label that cannot be saved is taken back, and says why', async () => {
  const { page } = demo;
  await page.getByRole('button', { name: 'Grid' }).click();
  await page.getByRole('listbox', { name: 'Faces' }).focus();
  await press('Home');
  await cell(8).click();
  await press('w');
  const before = await cell(8).locator('.active').innerText();
  const events = (await historyOf(8)).length;
  // Another process writes: SQLite waits, then gives up.
  const other = openDatabase(`${demo.project}/project.db`, {});
  other.exec('BEGIN IMMEDIATE');
  try {
    await press('0');
    await page
      .locator('.problem', { hasText: 'Not saved, and taken back: gender unknown for face 8' })
      .waitFor();
  } finally {
    other.exec('ROLLBACK');
    other.close();
  }
  expect(await cell(8).locator('.active').innerText()).toBe(before);
  expect(await historyOf(8)).toHaveLength(events);
  expect(SUGGESTER).toBe((await historyOf(8)).findLast(({ origin }) => origin === 'model')?.agent);
  await page.getByRole('button', { name: 'Close' }).first().click();
  expect(demo.errors).toEqual([]);
});
