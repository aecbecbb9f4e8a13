import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Batch } from '../../core/project/types.ts';
import { run } from '../core/cli/run.ts';
import { openWindow } from './host.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.close());

/** Batches by the number that they have, the demo's own left out. */
const batches = async (): Promise<Map<number, Batch>> => {
  const { json } = await run(['label', demo.project, 'batches', '--limit', '100', '--json']);
  return new Map((json.batches as Batch[]).map((batch) => [batch.id, batch]));
};
const latest = async (): Promise<number> => Math.max(...(await batches()).keys());
const undone = async (id: number): Promise<boolean | undefined> => (await batches()).get(id)?.undone;

async function toAnnotate(page: Page): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.locator('.cell').first().waitFor();
}

/** Sets the race of a face by keys in the Annotate view; gives the batch. */
async function label(page: Page, face: number, key: string): Promise<number> {
  const before = await latest();
  await page.locator(`#face-${face}`).click();
  await page.keyboard.press('e');
  await page.keyboard.press(key);
  await expect.poll(latest).toBe(before + 1);
  return before + 1;
}

const notice = (page: Page, text: string) => page.locator('.notices li', { hasText: text });
const undo = (page: Page) => page.keyboard.press('ControlOrMeta+z');

test('undo in the Map, then in Annotate: the steps one after the other, none sent twice', async () => {
  const { page } = demo;
  await toAnnotate(page);
  const [first, second] = [await label(page, 1, '3'), await label(page, 2, '4')];
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.waitForURL(/#\/map/);
  await undo(page);
  await notice(page, `undo of batch ${second}`).waitFor();
  expect([await undone(first), await undone(second)]).toEqual([false, true]);
  await toAnnotate(page);
  await undo(page);
  await notice(page, `undo of batch ${first}`).waitFor();
  expect([await undone(first), await undone(second)]).toEqual([true, true]);
  expect(await page.locator('.notices .problem').count()).toBe(0);
});

test('two windows: each takes back its own steps, is told of what the other took back, and is asked before more', async () => {
  const one = demo.page;
  const { page: two, errors, context } = await openWindow(demo.browser, demo.host.address);
  await two.waitForURL(/#\/cohorts/);
  for (const page of [one, two]) await toAnnotate(page);
  const [mine, theirs] = [await label(one, 11, '3'), await label(two, 12, '4')];

  // The first window's own step, although the second's is later.
  await undo(one);
  await notice(one, `undo of batch ${mine}`).waitFor();
  expect([await undone(mine), await undone(theirs)]).toEqual([true, false]);

  // Nothing of its own is left: the other's step is named and offered, and stands until it is asked for.
  await undo(one);
  const offer = notice(one, `The project's latest are batch ${theirs} by annotator`);
  await offer.waitFor();
  expect(await undone(theirs)).toBe(false);
  await offer.getByRole('button', { name: 'Undo them' }).click();
  await notice(one, `undo of batch ${theirs}`).waitFor();
  expect(await undone(theirs)).toBe(true);

  // The window that wrote it sends it no second time: there is nothing left of it, nor of anybody.
  const before = await latest();
  await undo(two);
  await notice(two, 'There is nothing to undo.').waitFor();
  expect(await latest()).toBe(before);
  // Its own step comes back by its own key.
  await two.keyboard.press('ControlOrMeta+Shift+z');
  await notice(two, `redo of batch ${theirs}`).waitFor();
  expect([await undone(mine), await undone(theirs)]).toEqual([true, false]);

  for (const page of [one, two]) expect(await page.locator('.notices .problem').count()).toBe(0);
  expect([...demo.errors, ...errors]).toEqual([]);
  await context.close();
});
