import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PreparePlan } from '../../core/jobs/prepare/plan.ts';
import { run } from '../core/cli/run.ts';
import { type Host, openWindow, startBrowser, startHost } from './host.ts';

const FACES = 32;
/** The networks run for real here; a busy machine takes its time. */
const LONG = 240_000;

let folder: string;
let host: Host;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-prepare-'));
  const drawn = join(folder, 'drawn');
  const photos = join(folder, 'photos');
  await run(['synth', drawn, '--faces', String(FACES), '--identities', '8', '--size', '250']);
  mkdirSync(photos);
  mkdirSync(join(folder, 'home'));
  const pictures = readdirSync(drawn, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.jpg'));
  for (const [i, name] of pictures.entries()) cpSync(join(drawn, name), join(photos, `${i}.jpg`));
  host = await startHost([], {
    VISAGE_SETTINGS: join(folder, 'settings'),
    VISAGE_HOME: join(folder, 'home'),
  });
  browser = await startBrowser();
  ({ page, errors } = await openWindow(browser, host.address));
}, LONG);
afterAll(async () => {
  await browser?.close();
  await host?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(
  'from New project to a labelled, clustered map by clicks alone: three, beside naming the folder',
  async () => {
    await page.getByRole('button', { name: 'New project …' }).click();
    const path = page.getByLabel('Path', { exact: true });
    await path.fill(join(folder, 'photos'));
    await path.press('Enter');
    await page.getByRole('button', { name: 'Choose this folder' }).click();
    await page
      .getByRole('article')
      .locator('dd.faces', { hasText: String(FACES) })
      .waitFor();
    await page.getByLabel('Folder of the project').fill(join(folder, 'home'));
    const project = join(folder, 'home', 'photos.visage');
    await page.getByText(project, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Make the project' }).click();
    await page.waitForURL(/#\/cohorts/);

    const offer = page.getByRole('region', { name: 'Prepare' });
    await offer.getByText('What each step uses').click();
    const plan = (await run(['prepare', project, '--plan', '--json'])).json as unknown as PreparePlan;
    for (const { title } of plan.steps) await offer.getByText(title, { exact: true }).waitFor();
    expect(await offer.locator('li.off').count()).toBe(
      plan.steps.filter(({ state }) => state !== 'to do').length,
    );
    expect(await offer.textContent()).toContain('face-api-ssd (comes with Visage)');
    // A step that is left out is told so, and can be taken in again.
    await offer.getByRole('checkbox', { name: 'Draw the map' }).uncheck();
    await offer.getByText('You left it out.').waitFor();
    await offer.getByRole('checkbox', { name: 'Draw the map' }).check();
    await offer.getByText('You left it out.').waitFor({ state: 'detached' });

    await offer.getByRole('button', { name: 'Prepare' }).click();
    await page
      .getByRole('region', { name: 'Preparing' })
      .getByText(/Step \d of \d: /)
      .waitFor({ timeout: LONG });
    await page.getByRole('region', { name: 'Preparing' }).waitFor({ state: 'detached', timeout: LONG });
    // Nothing is left to do, so nothing is offered.
    await offer.waitFor({ state: 'detached' });

    await page.goto(`${new URL(host.address).origin}/#/clusters`);
    await page.getByText('face-api-recognition:pooled:k3:s0').first().waitFor();
    await page.goto(`${new URL(host.address).origin}/#/map`);
    await page.locator('canvas').first().waitFor();
    const { json } = await run(['prepare', project, '--plan', '--json']);
    expect((json as unknown as PreparePlan).steps.filter(({ state }) => state === 'to do')).toEqual([]);
    expect(errors).toEqual([]);
  },
  LONG,
);
