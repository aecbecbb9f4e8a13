import { expect, test } from 'vitest';
import {
  comparedCsv,
  curvesCsv,
  differing,
  endFigures,
  recipeRows,
} from '../../../renderer/train/compare.ts';
import { recipeLine, runFigures, runLine } from '../../../renderer/train/figures.ts';
import { liveFigures } from '../../../renderer/train/live-figures.ts';
import { curveOf, runOf } from './runs.ts';

const bl = runOf('bl', { network: 'bl', epochs: 2, seed: 4 });
const dc = runOf('dc', { network: 'dc', epochs: 2, seed: 4, rate: 0.2 }, { loss: null, accuracy: 0.5 });
const rowOf = (rows: ReturnType<typeof differing>, title: string) =>
  rows.find((row) => row.title === title)?.cells;

test('only settings that differ are told, in the words of the form', () => {
  expect(differing([bl, dc]).map(({ title, cells }) => [title, ...cells])).toEqual([
    ['network', 'bl', 'dc'],
    ['learning rate', '0.0125', '0.2'],
  ]);
  expect(differing([bl, bl])).toEqual([]);
  // One seed, though two parts of a recipe hold it.
  const seeds = differing([bl, runOf('b', { network: 'bl', epochs: 2, seed: 5 })]);
  expect(seeds).toEqual([{ title: 'seed', cells: ['4', '5'] }]);
});

test('clusters, starting network and faces are compared too', () => {
  const more = { data: { ...bl.data, from: '/faces/other', hash: 'f'.repeat(64) } };
  const as1 = runOf(
    'as1',
    { network: 'dc', epochs: 2, seed: 4, rate: 0.2, clusters: 30, start: '/p/runs/dc/network.onnx' },
    more,
  );
  const rows = differing([dc, as1]);
  expect(rowOf(rows, 'clusters')).toEqual(['–', '30']);
  expect(rowOf(rows, 'starts from')).toEqual(['–', 'dc']);
  expect(rowOf(rows, 'faces')).toEqual(['p.visage, list aaaaaaaa', 'other, list ffffffff']);
  expect(rowOf(rows, 'weight of clusters')).toBeUndefined();
  const heavier = runOf(
    'as1b',
    {
      network: 'dc',
      epochs: 2,
      seed: 4,
      rate: 0.2,
      clusters: 30,
      clusterWeight: 2,
      start: '/p/runs/dc/network.onnx',
    },
    more,
  );
  expect(differing([as1, heavier])).toEqual([{ title: 'weight of clusters', cells: ['1', '2'] }]);
});

test('end figures, and what is not there', () => {
  const rows = endFigures([bl, dc]);
  expect(rowOf(rows, 'validation on people held out')).toBeUndefined();
  expect(rowOf(endFigures([bl, { ...dc, validation: 0.9 }]), 'validation on people held out')).toEqual([
    '–',
    '90.0 %',
  ]);
  expect(rowOf(rows, 'loss of the last epoch')).toEqual(['1.500', '–']);
  expect(rowOf(rows, 'accuracy of the last epoch')).toEqual(['25.0 %', '50.0 %']);
  expect(rowOf(rows, 'parameters')).toEqual(['1.50 M', '1.50 M']);
  expect(rowOf(rows, 'training time')).toEqual(['1 min 30 s', '1 min 30 s']);
  expect(comparedCsv([bl, dc], rows).split('\r\n').slice(0, 3)).toEqual([
    ',bl,dc',
    'loss of the last epoch,1.500,–',
    'accuracy of the last epoch,25.0 %,50.0 %',
  ]);
});

test('curves as csv: every step of every run, what is not known empty', () => {
  const lines = curvesCsv([
    { name: 'a', curve: curveOf([1, 2], (step) => step / 8) },
    {
      name: 'b',
      curve: { ...curveOf([1], () => 3), clustering: Float64Array.of(0.5), validation: Float64Array.of(0.9) },
    },
  ]).split('\r\n');
  expect(lines).toEqual([
    'run,step,epoch,seconds,loss,accuracy,validation,clustering loss,learning rate,images/s,routing temperature',
    `a,1,${1 / 3},0.5,0.125,0.01,,,0.1,16,`,
    `a,2,${2 / 3},1,0.25,0.02,,,0.1,16,`,
    `b,1,${1 / 3},0.5,3,0.01,0.9,0.5,0.1,16,`,
    '',
  ]);
});

test('a run in a line, and in figures', () => {
  expect(recipeLine(bl)).toBe('bl, width 1, 112 px · cosface · seed 4');
  expect(runLine(bl)).toBe('done · loss 1.500, 25.0 %');
  expect(runLine({ ...bl, state: 'stopped', epoch: 1.5 })).toBe(
    'stopped at 1.5 of 2 epochs · loss 1.500, 25.0 %',
  );
  expect(runFigures(bl)).toEqual([
    ['epochs', '2 of 2'],
    ['steps', '6'],
    ['loss', '1.500'],
    ['accuracy', '25.0 %'],
    ['images/s', '40'],
    ['training time', '1 min 30 s'],
    ['device', 'CPU'],
  ]);
  expect(recipeRows(bl)).toContainEqual(['batch', '64']);
});

test('figures of a run that is training are read off the end of its curve and its job', () => {
  const curve = curveOf(
    Array.from({ length: 30 }, (_, i) => i + 1),
    (step) => (step > 10 ? 2 : 100),
  );
  const progress = { stage: 'Training', done: 30, total: 60, unit: 'steps', seconds: 15, from: 0 };
  expect(liveFigures(bl, { progress, device: 'CPU' }, curve)).toEqual([
    ['epochs', '10.00 of 2'],
    ['steps', '30 of 60'],
    ['loss', '2.000'],
    ['accuracy', '20.5 %'],
    ['images/s', '16'],
    ['remaining', '15 s'],
    ['device', 'CPU'],
  ]);
  const preparing = { ...progress, stage: 'Preparing pictures', unit: 'pictures' };
  expect(liveFigures(bl, { progress: preparing, device: null }, undefined)).toEqual([
    ['now', 'Preparing pictures'],
    ['pictures', '30 of 60'],
    ['remaining', '15 s'],
  ]);
});
