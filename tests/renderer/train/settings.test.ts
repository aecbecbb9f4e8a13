import { expect, test } from 'vitest';
import { PRESETS, presetRecipe, SCALES, type ScaleName } from '../../../core/jobs/train/presets.ts';
import { recipeOf } from '../../../core/jobs/train/recipe.ts';
import { classesOf } from '../../../core/training/data/classes.ts';
import { holdOut } from '../../../core/training/data/held-out.ts';
import { EpochSampler } from '../../../core/training/data/sampler.ts';
import { commandWords, inputOf, problemsOf } from '../../../renderer/jobs/forms.ts';
import { TRAIN_FORM } from '../../../renderer/jobs/train-form.ts';
import { alike, bytesText, dataPlan } from '../../../renderer/train/data-plan.ts';
import {
  changedFields,
  freeName,
  presetValues,
  startingRuns,
  trainInput,
  trainWords,
} from '../../../renderer/train/settings.ts';
import { run } from '../../core/cli/run.ts';
import { runOf } from './runs.ts';

const scales = Object.keys(SCALES) as ScaleName[];

test.each(PRESETS.map(({ name }) => name))('the form says all that the preset %s says', (name) => {
  const preset = PRESETS.find((one) => one.name === name);
  for (const scale of scales) {
    const recipe = presetRecipe(preset as NonNullable<typeof preset>, scale);
    const values = presetValues(TRAIN_FORM, { ...recipe });
    expect(problemsOf(TRAIN_FORM, values)).toEqual([]);
    expect(recipeOf(inputOf(TRAIN_FORM, values))).toEqual(recipeOf(recipe));
    expect(changedFields(TRAIN_FORM, values, values)).toEqual(new Set());
  }
});

test('what a user changes is known by name, but not what is nobody’s preset', () => {
  const preset = presetValues(TRAIN_FORM, { ...presetRecipe(PRESETS[0], 'small'), dropAt: [1, 2] });
  expect(preset.dropAt).toBe('1, 2');
  const values = {
    ...preset,
    width: '0.5',
    epochs: '4',
    clusters: '',
    name: 'x',
    device: 'cpu',
    mirror: false,
  };
  // 4 epochs are the preset's, as text from the field; an empty field is one that was not said.
  expect(changedFields(TRAIN_FORM, values, preset)).toEqual(new Set(['width', 'mirror']));
});

test('a name is free, says preset and seed, and is one that a run may have', () => {
  expect(freeName('AS1:P=30', 1, new Set())).toBe('AS1-P30-s1');
  expect(freeName('AS2:T=0.1', '', new Set(['AS2-T0.1-s1', 'AS2-T0.1-s1-2']))).toBe('AS2-T0.1-s1-3');
  for (const { name } of PRESETS) expect(freeName(name, 7, new Set())).toMatch(/^\w[\w.-]{0,79}$/);
});

test('the command does what the job does, for a project and for a folder', async () => {
  const values = { ...presetValues(TRAIN_FORM, { network: 'dc', size: 32 }), add: true, device: 'auto' };
  const project = { kind: 'project', selection: { sources: [1] }, words: ['--source', 'One'] } as const;
  expect(trainInput(TRAIN_FORM, values, 'n', project)).toMatchObject({
    ...{ network: 'dc', size: 32, add: true, name: 'n', selection: { sources: [1] } },
  });
  expect(trainWords(TRAIN_FORM, values, 'n', project, 'P.visage')?.join(' ')).toBe(
    'train P.visage --network dc --size 32 --name n --add --source One',
  );
  expect(trainWords(TRAIN_FORM, values, 'n', { ...project, words: null }, 'P.visage')).toBeNull();
  const folder = { kind: 'folder', path: '/none/faces' } as const;
  expect(trainInput(TRAIN_FORM, values, 'n', folder)).toMatchObject({ folder: '/none/faces', add: true });
  const words = trainWords(TRAIN_FORM, values, 'n', folder, 'P.visage') as string[];
  expect(words.join(' ')).toBe('train /none/faces --network dc --size 32 --name n --runs P.visage/runs');
  // 2 would be wrong use: an option that the command does not have.
  expect(await run(words)).toMatchObject({ code: 1, err: expect.stringContaining('/none/faces') });
  expect(commandWords(TRAIN_FORM, presetValues(TRAIN_FORM, {}), 'P')).toEqual(['train', 'P']);
}, 60_000);

test('a network starts from done runs of its own architecture', () => {
  const runs = [
    runOf('dc', { network: 'dc', width: 0.25, size: 32 }),
    runOf('dc-wide', { network: 'dc', width: 0.5, size: 32 }),
    runOf('bl', { network: 'bl', width: 0.25, size: 32 }),
    runOf('dc-stopped', { network: 'dc', width: 0.25, size: 32 }, { state: 'stopped', files: null }),
  ];
  const values = { ...presetValues(TRAIN_FORM, {}), network: 'dc', width: '0.25', size: 32 };
  expect(startingRuns(runs, values).map(({ name }) => name)).toEqual(['dc']);
});

test('what a recipe makes of a data set is what training makes of it', () => {
  const counts = [9, 7, 7, 3, 1, 1, 0];
  const portions = { least: 3, batch: 4, accumulate: 2, epochs: 5, size: 16, hold: 0 };
  const plan = dataPlan(counts, portions);
  const identities = counts.flatMap((count, i) => Array.from({ length: count }, () => `p${i}`));
  const classes = classesOf(identities, new Uint8Array(identities.length).fill(1), ['p6'], 3);
  const sampler = new EpochSampler(classes.rows.length, { batch: 8, seed: 1, mirror: true });
  expect(plan).toEqual({
    identities: classes.names.length,
    pictures: classes.rows.length,
    held: 0,
    few: { identities: 2, pictures: 2 },
    perIdentity: { least: 3, median: 7, most: 9 },
    stepsPerEpoch: sampler.stepsPerEpoch,
    steps: 5 * sampler.stepsPerEpoch,
    bytes: 28 * 16 * 16 * 3,
    problem: '',
  });
  // Who is held out is drawn: how many they are is known, how many pictures they have only about.
  const eight = classesOf(
    Array.from({ length: 72 }, (_, i) => `p${i % 8}`),
    new Uint8Array(72).fill(1),
    [],
    3,
  );
  const { trained } = holdOut(eight, eight.names, { hold: 4, seed: 1 });
  expect(dataPlan(new Array(8).fill(9), { ...portions, hold: 4 })).toMatchObject({
    ...{ identities: trained.names.length, held: 4, pictures: trained.rows.length, stepsPerEpoch: 4 },
  });
  // The same sentences as training's own.
  expect(() => classesOf(identities, new Uint8Array(28).fill(1), [], 9)).toThrow(
    dataPlan(counts, { ...portions, least: 9 }).problem,
  );
  expect(dataPlan(counts, { ...portions, batch: 64 }).problem).toBe(
    'There are 26 pictures and a step takes 128: choose a smaller batch.',
  );
  expect(dataPlan([], portions).problem).toContain('there is none');
});

test('sizes in words, and the run whose speed says how long it may take', () => {
  expect([12, 38_000, 9_216_000, 218_000_000_000].map(bytesText)).toEqual([
    '12 bytes',
    '38 kB',
    '9.2 MB',
    '218 GB',
  ]);
  const runs = [
    runOf('slow', { network: 'dc', width: 0.5 }),
    runOf('none', { network: 'dc' }, { imagesPerSecond: null }),
    runOf('same', { network: 'dc' }),
  ];
  expect(alike(runs, { ...recipeOf({ network: 'dc', epochs: 3 }) })?.name).toBe('same');
  expect(alike(runs, { ...recipeOf({ network: 'bl' }) })).toBeUndefined();
});
