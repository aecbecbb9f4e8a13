import { describe, expect, test } from 'vitest';
import { columnsFor, heightOf, inSight, topToShow } from '../../../renderer/clusters/in-sight.ts';
import { extractable } from '../../../renderer/clusters/run/extractable.ts';
import { parseKs, planRuns, type RunSettings } from '../../../renderer/clusters/run/run-plan.ts';
import { Turns } from '../../../renderer/clusters/turns.ts';

const settings: RunSettings = {
  features: ['net:routing', 'net:pooled'],
  ks: '300, 30 30',
  seed: 7,
  metric: 'cosine',
  device: 'auto',
  suffix: ' women ',
};
const faces = new Map([
  ['net:routing', 3000],
  ['net:pooled', 200],
]);

describe('a run', () => {
  test('is every feature set with every k, under the names that the command line gives', () => {
    const plan = planRuns({ ...settings, ks: '30', suffix: '' }, faces);
    expect(plan).toEqual({
      runs: [
        { features: 'net:routing', k: 30, name: 'net:routing:k30:s7:cosine' },
        { features: 'net:pooled', k: 30, name: 'net:pooled:k30:s7:cosine' },
      ],
    });
    const named = planRuns({ ...settings, features: ['net:routing'], metric: 'euclidean' }, faces);
    expect(named).toMatchObject({
      runs: [{ name: 'net:routing:k30:s7:women' }, { name: 'net:routing:k300:s7:women' }],
    });
  });

  test.for([
    [{ ks: '' }, 'Say how many clusters'],
    [{ ks: '30, many' }, "'many' is no number of clusters"],
    [{ ks: '0' }, "'0' is no number"],
    [{ ks: '2.5' }, "'2.5' is no number"],
    [{ features: [] }, 'at least one feature set'],
    [{ seed: -1 }, 'seed is a whole number'],
    [{ seed: Number.NaN }, 'seed is a whole number'],
    [{}, "200 faces cannot make 300 clusters of 'net:pooled'"],
  ] as const)('%j says what is wrong', ([change, sentence]) => {
    const plan = planRuns({ ...settings, ...change }, faces);
    expect('problem' in plan ? plan.problem : '').toContain(sentence);
  });

  test('numbers of clusters are read with commas, blanks or semicolons, each once', () => {
    expect(parseKs('1000; 30,300 30')).toEqual({ ks: [30, 300, 1000] });
  });
});

test('features can be extracted with networks whose manifests name taps', () => {
  const taps = [
    { name: 'embedding', kind: 'embedding' },
    { name: 'routing', kind: 'routing' },
    { name: 'other' },
    7,
  ];
  const models = [
    { name: 'net', manifest: { taps } },
    { name: 'detector', manifest: { taps: [] } },
    { name: 'odd', manifest: {} },
  ];
  expect(extractable(models).map(({ model, taps: own }) => [model, own.length])).toEqual([['net', 3]]);
  expect(extractable(models, 'routing')).toEqual([
    { model: 'net', taps: [{ name: 'routing', kind: 'routing' }] },
  ]);
});

describe('cells in sight', () => {
  const cells = { count: 1003, columns: 10, cellHeight: 100 };
  test('are those of the view and a row around', () => {
    expect(columnsFor(1000, 92)).toBe(10);
    expect(columnsFor(50, 92)).toBe(1);
    expect(heightOf(cells)).toBe(10_100);
    expect(inSight(cells, 0, 450)).toEqual([0, 60]);
    expect(inSight(cells, 5050, 450)).toEqual([490, 560]);
    expect(inSight(cells, 9700, 450)).toEqual([960, 1003]);
    expect(inSight({ ...cells, count: 0 }, 0, 450)).toEqual([0, 0]);
  });
  test('are brought into sight with least movement', () => {
    expect(topToShow(cells, 25, 0, 450)).toBe(0);
    expect(topToShow(cells, 45, 0, 450)).toBe(50);
    expect(topToShow(cells, 5, 300, 450)).toBe(0);
  });
});

describe('turns', () => {
  test('so many at a time, the latest moment first, each in its order; a wish taken back is never begun', async () => {
    const begun: string[] = [];
    const turns = new Turns(1);
    const ask = (name: string) => turns.ask(() => begun.push(name));
    const endA = ask('a');
    const endB = ask('b');
    await Promise.resolve();
    const endC = ask('c');
    const endD = ask('d');
    ask('e');
    expect(begun).toEqual(['a']);
    endC();
    endA();
    endA();
    expect(begun).toEqual(['a', 'd']);
    endD();
    expect(begun).toEqual(['a', 'd', 'e']);
    endB();
    expect(begun).toEqual(['a', 'd', 'e']);
  });
});
