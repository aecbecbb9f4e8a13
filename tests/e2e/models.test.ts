import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readNpy } from '../../core/foundation/npy.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import { Model } from '../../core/graph/model.ts';
import { run } from '../core/cli/run.ts';
import { inType } from '../core/models/typed-networks.ts';
import { type DemoWindow, openDemo } from './window.ts';

let demo: DemoWindow;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-models-e2e-'));
  file = join(folder, 'tiny.onnx');
  const b = new GraphBuilder('tiny');
  const input = b.input('input', ['n', 3, 16, 16]);
  const weights = b.constant(
    'w',
    Float32Array.from({ length: 4 * 3 * 9 }, (_, i) => (i % 7) / 50),
    [4, 3, 3, 3],
  );
  const stage = b.op('Relu', [b.op('Conv', [input, weights])], {}, 'stage');
  const pooled = b.op('GlobalAveragePool', [stage]);
  b.model([b.op('Flatten', [pooled], { axis: 1 }, 'feature')]).write(file);
  demo = await openDemo();
});
afterAll(async () => {
  await demo?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a model is looked into, added, tapped, and embeds as the command that is shown does', async () => {
  const { page } = demo;
  await demo.go('models?tab=models');
  await page.getByRole('button', { name: 'Add a model …' }).click();
  await page.getByLabel('Path', { exact: true }).fill(file);
  await page.getByLabel('Path', { exact: true }).press('Enter');
  const add = page.getByRole('region', { name: 'Add a model' });
  await add.getByText('No manifest knows this file').waitFor();
  expect(await add.locator('.figures').textContent()).toContain(String(4 * 3 * 9));
  await add.getByRole('button', { name: 'Add it' }).click();

  // A tap of the graph, chosen by search, into the manifest.
  await page.getByRole('heading', { name: 'tiny', exact: true }).waitFor();
  const taps = page.getByRole('region', { name: 'Taps' });
  await taps.getByLabel('Search the values of the graph').fill('stage relu');
  await taps.getByRole('button', { name: /^stage\b.*Relu/ }).click();
  await taps.getByLabel('Name of the tap').fill('mine');
  await taps.getByRole('button', { name: 'Save the tap' }).click();
  await taps.getByRole('button', { name: 'Remove mine' }).waitFor();

  await demo.go('models?tab=run&kind=embed&model=tiny');
  const form = page.getByRole('form', { name: 'Embed' });
  await form.getByRole('checkbox', { name: /^mine/ }).check();
  await form.getByLabel('Device').selectOption('cpu');
  const command = (await form.locator('.command').textContent()) ?? '';
  expect(command).toBe(`visage embed ${demo.project} --model tiny --taps mine --device cpu`);
  await form.getByRole('button', { name: 'Embed', exact: true }).click();
  const result = page.locator('.result p');
  await result.waitFor();
  expect(await result.textContent()).toContain("600 faces have features in 'tiny:mine'");
  expect(await page.locator('.page header p').textContent()).toContain('CPU');

  // The same by the command line, on another copy of the demo.
  const copy = join(folder, 'copy.visage');
  cpSync(inject('demo'), copy, { recursive: true });
  await run(['models', copy, 'add', file]);
  const told = await run([
    ...['embed', copy, '--model', 'tiny', '--taps', 'stage:average'],
    ...['--name', 'cli', '--device', 'cpu', '--json'],
  ]);
  expect(told.code).toBe(0);
  const [here, there] = await Promise.all([
    features(demo.project, 'tiny:mine'),
    features(copy, String(told.json.features)),
  ]);
  expect(here.length).toBe(600 * 4);
  expect(here).toEqual(there);
  expect(demo.errors).toEqual([]);
});

test('a manifest that does not fit its network is not saved, and every problem is said', async () => {
  const { page } = demo;
  await demo.go('models?tab=models&model=tiny');
  const manifest = page.getByRole('region', { name: 'Manifest' });
  await manifest.getByLabel('Mean', { exact: true }).fill('1, 2');
  await manifest.getByLabel('Mean', { exact: true }).press('Tab');
  await manifest.getByRole('alert').getByText('preparation.mean').waitFor();
  expect(await manifest.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  await manifest.getByRole('button', { name: 'Discard' }).click();
  await manifest.getByLabel('Description').fill('A tiny network');
  await manifest.getByRole('button', { name: 'Save' }).click();
  await page.getByText("The manifest of 'tiny' was saved.").waitFor();
  const { json } = await run(['models', demo.project, 'list', '--json']);
  const listed = (json.models as { name: string; description: string }[]).find(({ name }) => name === 'tiny');
  expect(listed?.description).toBe('A tiny network');
  expect(demo.errors).toEqual([]);
});

/** Rows in the order of the faces. */
async function features(project: string, name: string): Promise<number[]> {
  const { Project } = await import('../../core/project/project.ts');
  const opened = Project.open(project, { readOnly: true });
  try {
    const set = opened.featureSet(name);
    const faces = opened.featureFaces(set).slice().sort();
    expect(readNpy(set.file).shape).toEqual([faces.length, set.dimensions]);
    return [...opened.featureMatrix(set, faces)];
  } finally {
    opened.close();
  }
}

test('what cannot be taken is said in the words of the command, and a typed network is run before it is kept', async () => {
  const { page } = demo;
  const add = page.getByRole('region', { name: 'Add a model' });
  const choose = async (path: string): Promise<void> => {
    await demo.go('models?tab=models');
    await page.getByRole('button', { name: 'Add a model …' }).click();
    await page.getByLabel('Path', { exact: true }).fill(path);
    await page.getByLabel('Path', { exact: true }).press('Enter');
  };
  const checkpoint = join(folder, 'backbone.pth');
  writeFileSync(checkpoint, Buffer.from('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'));
  await choose(checkpoint);
  const sentence = (await add.getByRole('alert').textContent()) ?? '';
  expect(sentence).toContain(
    'is a checkpoint of PyTorch, not an ONNX file. Convert it first: visage convert',
  );
  const own = join(folder, 'own.visage');
  expect((await run(['new', own])).code).toBe(0);
  const command = await run(['models', own, 'add', checkpoint]);
  expect(command.err).toContain(sentence);
  await add.getByRole('button', { name: 'Cancel' }).click();

  const late = Model.read(file);
  late.opsets.set('', 99);
  late.write(join(folder, 'late.onnx'));
  await choose(join(folder, 'late.onnx'));
  await add.getByRole('button', { name: 'Add it' }).click();
  await page.getByText(/The network 'late\.onnx' cannot be loaded on CPU.*it uses opset 99/).waitFor();
  await add.getByRole('button', { name: 'Cancel' }).click();

  inType(Model.read(file), 'float16').write(join(folder, 'half.onnx'));
  await choose(join(folder, 'half.onnx'));
  await add.getByRole('button', { name: 'Add it' }).click();
  await page.getByText(/'half\.onnx' holds float16; it calculates in float32 here\./).waitFor();
  const listed = (await run(['models', demo.project, 'list', '--json'])).json.models as { name: string }[];
  expect(listed.map(({ name }) => name)).toContain('half');
  expect(listed.map(({ name }) => name)).not.toContain('late');
});
