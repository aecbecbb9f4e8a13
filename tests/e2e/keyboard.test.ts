import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabelEvent } from '../../core/project/types.ts';
import { run } from '../core/cli/run.ts';
import { suggestLabels } from './suggested.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo({ prepare: suggestLabels });
});
afterAll(() => demo.close());

const FACES = 100;
/** Faces of which each value has a key of its own; the rest take the model's suggestions by one key. */
const BY_VALUE = 20;

/** What the script says of a face: any value, 'unknown' now and then. */
const sayOf = (face: number, attribute: number, values: number): number =>
  (face * 7 + attribute * 3) % 23 === 0 ? -1 : (face + attribute) % values;

const historyOf = async (face: number): Promise<LabelEvent[]> =>
  (await run(['label', demo.project, 'history', String(face), '--json'])).json.events as LabelEvent[];

test('a hundred faces are labelled by keys alone, and the command line finds every event', async () => {
  const { page } = demo;
  const { keyboard } = page;
  await keyboard.press('g');
  await keyboard.press('a');
  await page.locator('.cell').first().waitFor();
  await keyboard.press('Enter');
  await page.locator('.single').waitFor();
  const face = (): Promise<string | null> => page.locator('.stage').getAttribute('aria-label');
  expect(await face()).toBe('Face 1');

  const counts = [3, 2, 5, 3, 3];
  const expected = new Map<number, number[]>();
  for (let id = 1; id <= BY_VALUE; id++) {
    const said = counts.map((values, attribute) => sayOf(id, attribute, values));
    expected.set(id, said);
    for (const [attribute, value] of said.entries()) {
      await keyboard.press(String(value + 1));
      // The next key belongs to the next attribute, or to the next face once the label is saved.
      if (attribute < 4) await page.locator(`.attribute:nth-of-type(${attribute + 2}).active`).waitFor();
    }
    await page.locator(`.stage[aria-label="Face ${id + 1}"]`).waitFor();
  }
  for (let id = BY_VALUE + 1; id <= FACES; id++) {
    await keyboard.press('Enter');
    await page.locator(`.stage[aria-label="Face ${id + 1}"]`).waitFor();
  }
  const suggested = (id: number): boolean => id % 20 !== 0;
  const accepted = Array.from({ length: FACES - BY_VALUE }, (_, i) => BY_VALUE + 1 + i).filter(suggested);
  expect(await page.locator('.session').innerText()).toContain(`${5 * (BY_VALUE + accepted.length)} labels`);

  for (const [id, said] of expected) {
    const own = (await historyOf(id)).filter(
      ({ origin, retracts }) => origin === 'human' && retracts === null,
    );
    expect(own.every(({ agent }) => agent === 'annotator')).toBe(true);
    expect(own.map(({ attribute, value }) => [attribute, value])).toEqual(
      said.map((value, attribute) => [attribute, value]),
    );
    expect(new Set(own.map(({ batch }) => batch)).size).toBe(5);
  }
  for (let id = BY_VALUE + 1; id <= FACES; id++) {
    const history = (await historyOf(id)).filter(({ retracts }) => retracts === null);
    const by = (origin: string) =>
      history.filter((event) => event.origin === origin).map(({ attribute, value }) => [attribute, value]);
    expect(by('human')).toEqual(by('model'));
    expect(by('human')).toHaveLength(suggested(id) ? 5 : 0);
  }

  // Undo takes the last face's five labels back as the one step that they were, and shows that face again.
  const last = accepted[accepted.length - 1];
  await keyboard.press('ControlOrMeta+z');
  await page.locator(`.stage[aria-label="Face ${last}"]`).waitFor();
  await page
    .locator('.attribute:nth-of-type(1) header .quiet', { hasText: 'suggested by a model' })
    .waitFor();
  const events = await historyOf(last);
  expect(events.slice(-5).map(({ retracts }) => retracts)).toEqual(events.slice(-10, -5).map(({ id }) => id));
  expect(demo.errors).toEqual([]);
});
