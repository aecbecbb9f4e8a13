import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readRun, type TrainResult } from '../../core/jobs/train/run-manifest.ts';
import { readCurve } from '../../core/training/curve.ts';
import { run } from '../core/cli/run.ts';
import { until } from './client.ts';
import { type DemoWindow, openDemo } from './window.ts';

const LONG = 180_000;
let demo: DemoWindow;
const folder = mkdtempSync(join(tmpdir(), 'visage-train-e2e-'));
beforeAll(async () => {
  demo = await openDemo();
  demo.page.setDefaultTimeout(60_000);
}, LONG);
afterAll(async () => {
  await demo?.close();
  rmSync(folder, { recursive: true, force: true });
});

const runFolder = (name: string): string => join(demo.project, 'runs', name);
const article = (name: string): Locator => demo.page.getByRole('article', { name, exact: true });
const figure = (name: string, title: string): Promise<string> =>
  article(name).locator(`[data-figure="${title}"] dd`).innerText();
const state = (name: string, is: string): Promise<void> =>
  article(name).locator('.state', { hasText: is }).waitFor({ timeout: LONG });

/** Fills in the form of a new run; a tiny network of 60 people with ten pictures each. */
async function form(fields: Record<string, string>): Promise<Locator> {
  await demo.go('train?new=');
  const at = demo.page.getByRole('form', { name: 'New training run' });
  // The preset has filled the form.
  await until(async () => ((await at.locator('#train-width').inputValue()) === '0.25' ? true : undefined));
  await at.getByRole('button', { name: 'All options' }).click();
  const tiny = { width: '0.125', size: '16', embedding: '16', batch: '50', warmUp: '' };
  for (const [name, value] of Object.entries({ ...tiny, ...fields })) {
    await at.locator(`#train-${name}`).fill(value);
  }
  await at.locator('#train-device').selectOption('cpu');
  return at;
}

/** What Plotly draws in a chart of the page. */
const traces = (label: string): Promise<{ name: string; x: number[]; customdata?: number[] }[]> =>
  demo.page
    .getByRole('figure', { name: label, exact: true })
    .evaluate((element) =>
      (element as unknown as { data: { name: string; x: number[]; customdata?: number[] }[] }).data.map(
        ({ name, x, customdata }) => ({ name, x: [...x], customdata: customdata && [...customdata] }),
      ),
    );

/** Values of the only run's smoothed line, once all steps are drawn. */
const drawn = (label: string, steps: number): Promise<number[]> =>
  until(async () => {
    const [, smooth] = await traces(label);
    return smooth?.x.length === steps ? smooth.customdata : undefined;
  }, LONG);

test(
  'a run is set up from a preset, seen while it trains, and ends as the command that is shown does',
  async () => {
    const { page } = demo;
    const at = await form({ epochs: '6', validate: '6' });
    const width = at.locator('[data-field="width"]');
    await width.getByRole('button', { name: 'Width: changed, back to 0.25' }).click();
    expect(await width.locator('input').inputValue()).toBe('0.25');
    expect(await width.getByRole('button').count()).toBe(0);
    await width.locator('input').fill('0.125');

    // 54 people of ten pictures, 50 a step.
    const fact = (title: string): Promise<string> => at.locator(`dd[data-figure="${title}"]`).innerText();
    await at.getByText('Faces are aligned by their five points.').waitFor();
    expect(await Promise.all(['identities', 'held out', 'pictures', 'steps per epoch'].map(fact))).toEqual([
      ...['54', '6 identities', 'about 540', 'about 10'],
    ]);
    const command = await at.locator('.command').innerText();
    expect(command).toBe(
      `visage train ${demo.project} --width 0.125 --size 16 --embedding 16 --scale 32 --margin 0.2 --epochs 6 --batch 50 --rate 0.1 --schedule cosine --validate 6 --name BL-s1 --device cpu`,
    );
    await at.getByRole('button', { name: 'Start training' }).click();

    await page.waitForURL(/train\?run=BL-s1/);
    // Points come while it trains.
    const seen = await until(async () => {
      const shown = page.getByRole('figure', { name: 'BL-s1 Loss', exact: true });
      if ((await shown.count()) === 0) return undefined;
      const [trace] = await traces('BL-s1 Loss');
      return trace && trace.x.length > 0 ? trace.x.length : undefined;
    }, LONG);
    expect(seen).toBeLessThan(60);
    await state('BL-s1', 'done');

    const told = readRun(runFolder('BL-s1'))?.result as TrainResult;
    const percent = (value: number | null): string => `${(100 * Number(value)).toFixed(1)} %`;
    expect(await figure('BL-s1', 'loss')).toBe(told.loss.toFixed(3));
    expect(await figure('BL-s1', 'accuracy')).toBe(percent(told.accuracy));
    expect(await figure('BL-s1', 'validation')).toBe(percent(told.validation));
    expect(await figure('BL-s1', 'steps')).toBe('60');
    const curve = readCurve(join(runFolder('BL-s1'), 'curve.jsonl'));
    expect(await drawn('BL-s1 Loss', 60)).toEqual(curve.map(({ loss }) => loss));
    const [judged] = await traces('BL-s1 Validation');
    expect(judged.customdata).toEqual(
      curve.flatMap(({ validation }) => (validation === undefined ? [] : [100 * validation])),
    );
    expect(judged.customdata).toHaveLength(6);

    // The same words on another copy of the project.
    const copy = join(folder, 'copy.visage');
    cpSync(inject('demo'), copy, { recursive: true });
    const words = command.split(' ').slice(1);
    const { code, json } = await run([words[0], copy, ...words.slice(2), '--json']);
    expect(code).toBe(0);
    const { loss, accuracy, validation, hash } = json as unknown as TrainResult;
    expect({ loss, accuracy, validation, hash }).toEqual({
      ...{ loss: told.loss, accuracy: told.accuracy, validation: told.validation, hash: told.hash },
    });
    expect(demo.errors).toEqual([]);
  },
  2 * LONG,
);

test(
  'what the network saw is shown, its curve is saved, and the project takes the network',
  async () => {
    const { page } = demo;
    await demo.go('train?run=BL-s1');
    const samples = page.getByRole('region', { name: /^What the network sees/ });
    await samples.getByRole('button', { name: 'All 32' }).click();
    const widths = await until(async () => {
      const all = await samples
        .getByRole('img')
        .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
      return all.length === 32 && all.every((one) => one > 0) ? all : undefined;
    });
    expect(new Set(widths)).toEqual(new Set([16]));

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as csv' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    const curve = readCurve(join(runFolder('BL-s1'), 'curve.jsonl'));
    expect(lines).toHaveLength(61);
    expect(lines[60].split(',').slice(0, 3)).toEqual(['BL-s1', '60', '6']);
    expect(Number(lines[60].split(',')[4])).toBe(curve[59].loss);

    await page.getByRole('button', { name: 'Add the network to the project' }).click();
    await article('BL-s1').getByText('The project has this network as ‘BL-s1’.').waitFor();
    await page.getByRole('link', { name: 'Embed faces with it' }).click();
    await page.getByRole('form', { name: 'Embed' }).waitFor();
    expect(await page.getByLabel('Model', { exact: true }).inputValue()).toBe('BL-s1');
    expect(demo.errors).toEqual([]);
  },
  LONG,
);

test(
  'a run that is stopped goes on where it was',
  async () => {
    const { page } = demo;
    const at = await form({ epochs: '30', seed: '2' });
    expect(await at.locator('#train-name').getAttribute('placeholder')).toBe('BL-s2');
    await at.getByRole('button', { name: 'Start training' }).click();
    await page.waitForURL(/train\?run=BL-s2/);
    await article('BL-s2').getByRole('figure', { name: 'BL-s2 Loss' }).waitFor({ timeout: LONG });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await state('BL-s2', 'stopped');
    const made = readCurve(join(runFolder('BL-s2'), 'curve.jsonl')).length;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(360);

    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await state('BL-s2', 'done');
    expect(readRun(runFolder('BL-s2'))?.result).toMatchObject({ resumed: made, steps: 360 });
    expect(await drawn('BL-s2 Loss', 360)).toEqual(
      readCurve(join(runFolder('BL-s2'), 'curve.jsonl')).map(({ loss }) => loss),
    );
    expect(demo.errors).toEqual([]);
  },
  2 * LONG,
);

test(
  'a run that diverges says so in a sentence',
  async () => {
    const at = await form({ epochs: '1', rate: '1e30', name: 'wild' });
    await at.getByRole('button', { name: 'Start training' }).click();
    await state('wild', 'ended with a problem');
    const sentence = await article('wild').getByRole('alert').innerText();
    expect(sentence).toContain('training diverged. A smaller learning rate');
    expect(sentence).toBe(readRun(runFolder('wild'))?.problem);
    expect(demo.errors).toEqual([]);
  },
  LONG,
);

test(
  'runs are compared: curves over each other, what they came to, and in which settings they differ',
  async () => {
    const { page } = demo;
    await demo.go('train');
    for (const name of ['BL-s1', 'BL-s2'])
      await page.getByRole('checkbox', { name: `Compare ${name}` }).check();
    const compared = page.getByRole('article', { name: 'Compared runs' });
    await compared.getByRole('figure', { name: 'compared runs Accuracy' }).waitFor();
    await until(async () => ((await traces('compared runs Loss')).length === 4 ? true : undefined));
    const [, first, , second] = await traces('compared runs Loss');
    expect([first.name, first.x.length, second.name, second.x.length]).toEqual(['BL-s1', 60, 'BL-s2', 360]);
    await compared.getByRole('radio', { name: 'steps', exact: true }).click();
    await until(async () => ((await traces('compared runs Loss'))[1].x[59] === 60 ? true : undefined));

    const cells = (row: string): Promise<string[]> =>
      compared.locator(`tr[data-row="${row}"] td`).allInnerTexts();
    const told = ['BL-s1', 'BL-s2'].map((name) => readRun(runFolder(name))?.result as TrainResult);
    expect(await cells('loss of the last epoch')).toEqual(told.map(({ loss }) => loss.toFixed(3)));
    expect(await cells('seed')).toEqual(['1', '2']);
    expect(await cells('held out')).toEqual(['6', '–']);
    expect(await compared.locator('tr[data-row="width"]').count()).toBe(0);
    expect(demo.errors).toEqual([]);
  },
  LONG,
);
