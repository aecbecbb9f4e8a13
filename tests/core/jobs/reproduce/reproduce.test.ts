import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startEngine } from '../../../../core/engine/client.ts';
import { type ReproduceResult, reproduce } from '../../../../core/jobs/reproduce.ts';
import { readRun } from '../../../../core/jobs/train/run-manifest.ts';
import { Project } from '../../../../core/project/project.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-reproduce-'));
const engine = startEngine();
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const input = { folder, scale: 'smoke', rows: ['DC', 'AS1:P=30'], device: 'cpu' } as const;
const starts = (result: ReproduceResult): (number | undefined)[] =>
  result.networks.map(({ run }) => readRun(join(folder, 'runs', run))?.starts);

test('trains, judges and tells; started again it goes on, and a seed that is added leaves the others', async () => {
  const first = await reproduce(engine, { ...input, seeds: [1] });
  expect(first.networks.map(({ run }) => run)).toEqual(['dc-s1', 'as1-p30-s1']);
  expect(first.table.map(({ row, k, assigned, source }) => `${row} ${k} ${assigned} ${source}`)).toEqual([
    ...['DC 30 kmeans natural', 'DC 30 kmeans balanced', 'DC 300 kmeans natural', 'DC 300 kmeans balanced'],
    ...['AS1:P=30 30 kmeans natural', 'AS1:P=30 30 kmeans balanced'],
    ...['AS1:P=30 30 classifier natural', 'AS1:P=30 30 classifier balanced'],
  ]);
  // What the project has kept is what was told.
  const project = Project.open(join(folder, 'judged.visage'), { readOnly: true });
  try {
    const clustering = project.clusterings().find(({ name }) => name.startsWith('dc-s1:routing:k30:'));
    const kept = project.scores(clustering?.id).find(({ result }) => result.source === 'natural')?.result;
    expect((kept as { ami: { cohort: number } }).ami.cohort).toBe(first.table[0].figures['ami cohort']?.mean);
  } finally {
    project.close();
  }
  expect(first.verification.map(({ row }) => row)).toEqual(['DC', 'AS1:P=30']);
  const report = readFileSync(first.report, 'utf8');
  expect(report).toContain('| DC:C=300 | k-means, 300 |');
  expect(report).toContain('| AS1:P=30 | classifier, 30 |');

  const before = starts(first);
  const second = await reproduce(engine, { ...input, seeds: [1, 2] });
  expect(starts(second).slice(0, 2)).toEqual(before);
  expect(second.networks.slice(0, 2)).toEqual(first.networks);
  expect(second.table[0].seeds).toBe(2);
  const seeds = second.networks.filter(({ row }) => row === 'DC');
  const amis = seeds.map(
    ({ projects }) => Object.values(projects)[0].clusters[0].scores.natural.ami.cohort as number,
  );
  expect(second.table[0].figures['ami cohort']?.mean).toBeCloseTo((amis[0] + amis[1]) / 2, 12);

  // What is said of the faces changes: they are judged anew, by the networks that there are.
  const labelled = Project.open(join(folder, 'judged.visage'));
  try {
    const faces = labelled.select({}).subarray(0, 150);
    const changes = [...faces].map((face) => ({ face, attribute: 0, value: 2 }));
    labelled.label(changes, { origin: 'human', name: 'someone' }, { kind: 'label', description: 'all old' });
  } finally {
    labelled.close();
  }
  const third = await reproduce(engine, { ...input, seeds: [1] });
  expect(starts(third)).toEqual(before);
  expect(third.table[0].figures['ami age']?.mean).not.toBe(first.table[0].figures['ami age']?.mean);
}, 600_000);

test('a row that is not known is refused before anything is drawn', async () => {
  await expect(reproduce(engine, { ...input, rows: ['AS9'], seeds: [1] })).rejects.toThrow(/'AS9' is no row/);
});
