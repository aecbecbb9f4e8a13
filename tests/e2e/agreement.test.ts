import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTRIBUTES } from '../../core/attributes/attributes.ts';
import type { AgreementResult } from '../../core/jobs/agreement.ts';
import { Project } from '../../core/project/project.ts';
import type { LabelEvent } from '../../core/project/types.ts';
import { run } from '../core/cli/run.ts';
import { openWindow, startHost } from './host.ts';
import { suggestLabels } from './suggested.ts';
import { type DemoWindow, openDemo } from './window.ts';

/** What ana says of the first 30 faces before the window opens. */
const ana = (face: number, attribute: number): number =>
  (face * 3 + attribute) % ATTRIBUTES[attribute].values.length;

let demo: DemoWindow;
beforeAll(async () => {
  demo = await openDemo({
    prepare: (path) => {
      suggestLabels(path);
      const project = Project.open(path);
      const changes = Array.from({ length: 30 }, (_, i) =>
        ATTRIBUTES.map((_, attribute) => ({ face: i + 1, attribute, value: ana(i + 1, attribute) })),
      ).flat();
      project.label(changes, { origin: 'human', name: 'ana' }, { kind: 'bulk', description: 'by ana' });
      project.close();
    },
  });
  await demo.go('annotate');
  await demo.page.locator('.cell').first().waitFor();
});
afterAll(() => demo.close());

const press = (keys: string) => demo.page.keyboard.press(keys);
const latest = async (face: number): Promise<LabelEvent> =>
  ((await run(['label', demo.project, 'history', String(face), '--json'])).json.events as LabelEvent[]).at(
    -1,
  ) as LabelEvent;

test('who works blind sees nothing of an attribute before having spoken of it', async () => {
  const { page } = demo;
  const active = page.locator('#face-1 .active');
  expect(await active.locator('.mark').innerText()).toBe('●');
  await page.getByLabel('Annotator', { exact: true }).fill('ben');
  await press('Enter');
  await page.getByLabel('blind').check();
  await page.locator('#face-1 .active', { hasText: 'hidden' }).waitFor();
  expect(await page.locator('.cell .mark', { hasText: /[●◇■]/ }).count()).toBe(0);
  expect(await page.locator('.cell').first().textContent()).not.toMatch(/0–19|20–49|50\+/);

  await page.getByRole('button', { name: 'Single' }).click();
  await page.locator('.single').focus();
  await page.locator('.stage[aria-label="Face 1"]').waitFor();
  expect(await page.locator('.attribute em').count()).toBe(0);
  expect(await page.locator('section[aria-label="Label history"] li').count()).toBe(0);
  // Ben says what ana says, but another gender of every third face.
  for (let face = 1; face <= 12; face++) {
    for (let attribute = 0; attribute < 5; attribute++) {
      const value = ana(face, attribute);
      await press(String(1 + (attribute === 1 && face % 3 === 0 ? 1 - value : value)));
      if (attribute < 4) await page.locator(`.attribute:nth-of-type(${attribute + 2}).active`).waitFor();
    }
    await page.locator(`.stage[aria-label="Face ${face + 1}"]`).waitFor();
  }
  await press('ArrowLeft');
  await page.locator('.stage[aria-label="Face 12"]').waitFor();
  await page.locator('.attribute:nth-of-type(2) em', { hasText: 'ana' }).waitFor();
});

test('the panel shows what the command line gives, and deciding closes a difference', async () => {
  const { page } = demo;
  const asked = async (): Promise<AgreementResult> =>
    (await run(['agreement', demo.project, '--json'])).json as unknown as AgreementResult;
  const expected = await asked();
  const gender = expected.attributes[1];
  expect(gender).toMatchObject({ faces: 12, agreement: 8 / 12, open: 4 });
  await page.getByRole('button', { name: 'Agreement' }).click();
  const row = page.locator('table[aria-label="Agreement per attribute"] tbody tr').nth(1);
  await row.waitFor();
  const figure = (value: number | null): string =>
    value === null ? '—' : value.toFixed(3).replace('-', '−');
  expect((await row.locator('td').allInnerTexts()).slice(0, 6)).toEqual([
    'gender',
    '12',
    `${(100 * (gender.agreement ?? 0)).toFixed(1)} %`,
    figure(gender.pairs[0].kappa),
    figure(gender.alpha),
    '4',
  ]);
  await row.getByRole('button', { name: 'gender' }).click();
  const cells = page.locator('.confusion td');
  expect(await cells.allInnerTexts()).toEqual(
    gender.pairs[0].confusion.flat().map((n) => (n > 0 ? String(n) : '·')),
  );

  await row.getByRole('button', { name: 'reconcile' }).click();
  await page.locator('.stage[aria-label="Face 3"]').waitFor();
  expect(await page.locator('.why li').innerText()).toContain('ana says');
  await page.locator('.single').focus();
  await press(String(1 + ana(3, 1)));
  await page.locator('.stage[aria-label="Face 6"]').waitFor();
  expect(await latest(3)).toMatchObject({ attribute: 1, value: ana(3, 1), agent: 'ben' });
  const after = await asked();
  expect(after.attributes[1]).toEqual({ ...gender, open: 3 });
  expect(demo.errors).toEqual([]);
});

test('a project that is open for reading only shows everything and changes nothing', async () => {
  // The demo's host writes it, so a second host may only read.
  const host = await startHost([demo.project]);
  const { page, context, errors } = await openWindow(demo.browser, host.address);
  try {
    await page.waitForURL(/#\/cohorts/);
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.locator('.cell').first().waitFor();
    expect(await page.locator('.readonly[role=status]').innerText()).toContain('Read-only');
    const before = await page.locator('#face-41 .active').innerText();
    expect(before).not.toBe('');
    await page.locator('#face-41').click();
    await page.keyboard.press('1');
    await page.getByText('labels are shown and cannot be changed').waitFor();
    expect(await page.locator('#face-41 .active').innerText()).toBe(before);
    expect(await page.locator('.values button').first().isDisabled()).toBe(true);
    expect((await latest(41)).origin).toBe('model');
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    await host.stop();
  }
});
