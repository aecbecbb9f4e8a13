import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ColumnQuestion } from '../../../core/datasets/census.ts';
import { parseValues } from '../../../core/datasets/columns.ts';
import { inspectSource } from '../../../core/datasets/inspect.ts';
import type { ColumnMapping } from '../../../core/datasets/reader.ts';
import { importSource } from '../../../core/jobs/import.ts';
import { Project } from '../../../core/project/project.ts';
import { run } from '../cli/run.ts';
import { folderWith, readSource, temporary } from './fixtures.ts';

/** A csv with one column beside the files. */
const table = (column: string, cells: readonly (string | number)[], name = 'list.csv'): string =>
  join(
    folderWith({ [name]: `file,${column}\n${cells.map((cell, i) => `${i}.jpg,${cell}\n`).join('')}` }),
    name,
  );

async function asked(path: string, mapping?: ColumnMapping): Promise<ColumnQuestion[]> {
  return (await inspectSource(path, { mapping })).questions;
}

const ways = ({ options }: ColumnQuestion): string[] => options.map(({ name }) => name);

async function labelsOf(path: string, ...values: string[]): Promise<(number | undefined)[][]> {
  const mapping = { columns: {}, values: Object.fromEntries(values.map(parseValues)) };
  const { faces, report } = await readSource(path, { mapping });
  expect(report.rejects).toEqual([]);
  return faces.map(({ labels }) => [...(labels ?? [])]);
}

describe('numbers that can mean several things are asked about', () => {
  test.for<[string, (string | number)[], string[]]>([
    ['age', [0, 1, 2], ['years', 'codes', 'fairface', 'ijb', 'ignore']],
    ['age', [0, 1, 2, 99], ['years', 'codes', 'fairface', 'ijb', 'ignore']],
    ['age', ['1.0', '2.0', ''], ['years', 'codes', 'fairface', 'ijb', 'ignore']],
    ['age', [1, 2, 3, 4, 5], ['years', 'fairface', 'ijb', 'ignore']],
    ['age', [0, 3, 8], ['years', 'fairface', 'ignore']],
    ['age', [1, 7, 17], ['years', 'ignore']],
    ['age', [0, 1, 2, 200, -9], ['years', 'codes', 'fairface', 'ijb', 'ignore']],
    ['yaw', [0, 1, 2, 360], ['degrees', 'codes', 'ignore']],
    ['yaw', [...Array.from({ length: 60 }, (_, i) => i % 3), 45], ['degrees', 'ignore']],
    ['age', ['0.31', '0.5', '1'], ['years', 'ignore']],
    ['pitch', [0, 0, 0], ['degrees', 'codes', 'ignore']],
    ['yaw', [0, 1, 2], ['degrees', 'codes', 'ignore']],
    ['yaw', [-1, 0, 1], ['degrees', 'codes', 'ignore']],
    ['yaw', [-4, 4, 9], ['degrees', 'ignore']],
    ['yaw', ['0.5', '-1.2', '1'], ['degrees', 'radians', 'ignore']],
    ['gender', [0, 1], ['codes', 'utkface', 'iso5218', 'ignore']],
    ['sex', [1, 2], ['iso5218', 'ignore']],
    ['gender', [-1, 1], ['codes', 'utkface', 'iso5218', 'celeba', 'ignore']],
    ['race', [0, 1, 4], ['codes', 'utkface', 'fairface', 'fairface-model', 'ignore']],
    ['ethnicity', [0, 6], ['fairface', 'fairface-model', 'ignore']],
  ])('%s %j', async ([column, cells, expected]) => {
    const path = table(column, cells);
    const questions = await asked(path);
    expect(questions.map(ways)).toEqual([expected]);
    expect(questions[0].sentence).toContain(`list.csv: the numbers of the column '${column}' (`);
    // The run stops where the dry run asks, and nothing was written.
    const project = Project.create(join(temporary(), 'p.visage'));
    await expect(importSource(project, { source: path })).rejects.toThrow(
      `${questions[0].sentence} Visage does not guess; say which with one of:\n  --values '${questions[0].attribute}:`,
    );
    expect([project.faceCount(), project.sources()]).toEqual([0, []]);
    project.close();
  });

  test('every option that is offered reads every row', async () => {
    for (const [column, cells] of [
      ['age', [0, 1, 2, 99]],
      ['gender', [-1, 1]],
      ['race', [0, 1, 4, -1]],
      ['yaw', [-1, 0, 1, 2]],
    ] as const) {
      const path = table(column, cells);
      const [{ attribute, options }] = await asked(path);
      for (const { name, values } of options) {
        const mapping = { columns: {}, values: { [attribute]: values } };
        const { report, faces } = await readSource(path, { mapping });
        // Years and degrees are measures: −1 is no age, and that is said row by row.
        if (typeof values !== 'string') expect([column, name, report.rejects]).toEqual([column, name, []]);
        expect(faces.length + report.rejects.length).toBe(cells.length);
        expect(await asked(path, mapping)).toEqual([]);
      }
    }
  });

  test('the answers', async () => {
    const age = table('age', [0, 1, 2]);
    expect((await labelsOf(age, 'age:codes')).map(([value]) => value)).toEqual([0, 1, 2]);
    expect((await labelsOf(age, 'age:years')).map(([value]) => value)).toEqual([0, 0, 0]);
    expect((await labelsOf(age, 'age:ignore')).map(([value]) => value)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(
      (await labelsOf(table('age', [0, 2, 3, 5, 6, 8]), 'age:fairface')).map(([value]) => value),
    ).toEqual([0, 0, 1, 1, 2, 2]);
    expect((await labelsOf(table('age', [0, 1, 2, 3, 4, 5]), 'age:ijb')).map(([value]) => value)).toEqual([
      undefined,
      0,
      1,
      1,
      2,
      2,
    ]);
    const yaw = table('yaw', ['0.0', '1.0', '2.0']);
    expect((await labelsOf(yaw, 'yaw:codes')).map((labels) => labels[4])).toEqual([0, 1, 2]);
    expect((await labelsOf(yaw, 'yaw:degrees')).map((labels) => labels[4])).toEqual([2, 2, 2]);
    // ±30° are ±0.5236.
    const turned = table('yaw', ['-0.53', '0.53', '0.52', '-1.2']);
    expect((await labelsOf(turned, 'yaw:radians')).map((labels) => labels[4])).toEqual([0, 1, 2, 0]);
    const gender = table('gender', [0, 1]);
    expect((await labelsOf(gender, 'gender:codes')).map((labels) => labels[1])).toEqual([0, 1]);
    expect((await labelsOf(gender, 'gender:utkface')).map((labels) => labels[1])).toEqual([1, 0]);
    expect((await labelsOf(table('sex', [1, 2]), 'gender:iso5218')).map((labels) => labels[1])).toEqual([
      1, 0,
    ]);
    const race = table('race', [0, 1, 2, 3, 4, 5, 6]);
    expect((await labelsOf(race, 'race:fairface')).map((labels) => labels[2])).toEqual([1, 2, 0, 4, 4, 3, 1]);
    expect((await labelsOf(race, 'race:fairface-model')).map((labels) => labels[2])).toEqual([
      4, 0, 3, 1, 1, 2, 4,
    ]);
    expect(
      (await labelsOf(table('race', [0, 1, 2, 3, 4]), 'race:utkface')).map((labels) => labels[2]),
    ).toEqual([4, 0, 1, 2, undefined]);
  });

  test('an answer that is none names those there are', () => {
    expect(() => parseValues('age:code')).toThrow(
      "allowed after 'age:' are years, codes, fairface, ijb, ignore, or RAW=VALUE,…",
    );
    expect(() => parseValues('race:years')).toThrow("allowed after 'race:' are codes, utkface");
  });
});

describe('a column that says what it is, is read', () => {
  test.for<[string, (string | number)[], number, (number | undefined)[]]>([
    ['age', [2, 34, 1], 0, [0, 1, 0]],
    ['age', ['2.5', 1], 0, [0, 0]],
    ['age', ['0-2', '3-9'], 0, [0, 0]],
    ['age_years', [0, 1, 2], 0, [0, 0, 0]],
    ['Age (years)', [2, 1], 0, [0, 0]],
    ['age in years', [2, 19], 0, [0, 0]],
    ['age', ['09-Mar', 2], 0, [0, 0]],
    ['yaw', [-45, 0, 2], 4, [0, 2, 2]],
    ['yaw', ['5.5', 1], 4, [2, 2]],
    ['yaw', ['2°', 1], 4, [2, 2]],
    ['yaw_deg', [0, 1, 2], 4, [2, 2, 2]],
    ['Yaw (deg)', [0, 1], 4, [2, 2]],
    ['yaw [°]', [0, 1], 4, [2, 2]],
    ['pitch_degrees', [0, 1], 3, [2, 2]],
    ['pitch_rad', [-1, '0.6', 0], 3, [0, 1, 2]],
    ['pitch', ['below −30°', 'above +30°', 'within ±30°', 'within'], 3, [0, 1, 2, 2]],
    ['gender', ['F', 'male'], 1, [0, 1]],
    ['race', ['Black', 'White_Middle Eastern', 'Latino/Hispanic'], 2, [0, 4, 3]],
  ])('%s %j', async ([column, cells, attribute, expected]) => {
    const path = table(column, cells);
    expect(await asked(path)).toEqual([]);
    expect((await labelsOf(path)).map((labels) => labels[attribute])).toEqual(expected);
  });

  test('digits beside their cohort code, also where a spreadsheet took its zeros away', async () => {
    const path = join(
      folderWith({
        'l.csv':
          'file,age,gender,race,pitch,yaw,cohort\na.jpg,2,1,3,0,1,21301\nb.jpg,0,1,0,2,2,1022\nc.jpg,0,0,4,2,2,422\nd.jpg,,,,,,11422\n',
      }),
      'l.csv',
    );
    expect(await asked(path)).toEqual([]);
    const { faces, report } = await readSource(path);
    expect(faces.map(({ labels }) => labels)).toEqual([
      [2, 1, 3, 0, 1],
      [0, 1, 0, 2, 2],
      [0, 0, 4, 2, 2],
      [1, 1, 4, 2, 2],
    ]);
    expect(report.repairs.map(({ value, read }) => [value, read])).toEqual([
      ['1022', '01022'],
      ['422', '00422'],
    ]);
  });

  test('years and words beside a cohort code; a row that contradicts itself is named', async () => {
    const path = join(
      folderWith({
        'l.csv': 'file,age,gender,cohort\na.jpg,34,F,10422\nb.jpg,67,M,21422\nc.jpg,67,M,11422\n',
      }),
      'l.csv',
    );
    const { faces, report } = await readSource(path);
    expect(faces.map(({ labels }) => labels)).toEqual([
      [1, 0, 4, 2, 2],
      [2, 1, 4, 2, 2],
    ]);
    expect(report.rejects.map(({ line, sentence }) => [line, sentence])).toEqual([
      [
        4,
        "age '67' and the cohort '11422' do not say the same; make them agree, or leave one of the columns out.",
      ],
    ]);
  });

  test("a study's 'cohort' is no code of ours, and explains nothing", async () => {
    for (const cells of [
      ['A', 'B'],
      ['1', '2'],
      ['2019', '2020'],
    ]) {
      const path = join(
        folderWith({ 'l.csv': `file,age,cohort\na.jpg,1,${cells[0]}\nb.jpg,2,${cells[1]}\n` }),
        'l.csv',
      );
      expect((await asked(path)).map(({ attribute }) => attribute)).toEqual(['age']);
      expect((await labelsOf(path, 'age:codes')).map((labels) => labels)).toEqual([
        [1, undefined, undefined, undefined, undefined],
        [2, undefined, undefined, undefined, undefined],
      ]);
    }
  });
});

test('the case of codes beside cohort names: both options are spelled out, on the command line too', async () => {
  const rows = Array.from({ length: 6 }, (_, i) => `images/21201-00000${i}.jpg,2,0,1`);
  const root = folderWith({ 'codes.csv': ['file,age,pitch,yaw', ...rows].join('\n') });
  const csv = join(root, 'codes.csv');
  const project = join(temporary(), 'p.visage');
  Project.create(project).close();
  for (const words of [[csv], [csv, '--format', 'csv'], [csv, '--dry-run']]) {
    const { code, out, err } = await run(['import', project, ...words]);
    expect(code).toBe(1);
    for (const said of [
      "codes.csv: the numbers of the column 'age' (2) can be years or codes, and nothing in the table says which. Visage does not guess; say which with one of:",
      "--values 'age:years'",
      "--values 'age:codes'  codes as in Visage's tables: 0 = 0–19, 1 = 20–49, 2 = 50+",
      "the numbers of the column 'pitch' (0) can be degrees or codes",
      "--values 'yaw:degrees'",
      "--values 'yaw:codes'  codes as in Visage's tables: 0 = below −30°, 1 = above +30°, 2 = within ±30°",
      "--values 'yaw:RAW=VALUE,…'",
    ])
      expect(out + err).toContain(said);
  }
  const answers = ['age:codes', 'pitch:codes', 'yaw:codes'].flatMap((answer) => ['--values', answer]);
  const { code, json } = await run(['import', project, csv, ...answers, '--json']);
  expect([code, json.imported]).toEqual([0, 6]);
  const open = Project.open(project, { readOnly: true });
  expect(open.face(1).labels).toEqual([2, -1, -1, 0, 1]);
  open.close();
});

test("FairFace's csv with class numbers is asked about, and takes the answer", async () => {
  const root = folderWith({
    'fairface_label_val.csv':
      'file,age,gender,race,service_test\nval/1.jpg,1,0,2,True\nval/2.jpg,8,1,6,False\n',
  });
  expect((await asked(root)).map(({ attribute, file }) => [attribute, file])).toEqual([
    ['age', 'fairface_label_val.csv'],
    ['gender', 'fairface_label_val.csv'],
    ['race', 'fairface_label_val.csv'],
  ]);
  expect(await labelsOf(root, 'age:fairface', 'gender:utkface', 'race:fairface')).toEqual([
    [0, 1, 0],
    [2, 0, 1],
  ]);
});

test("the predictor's csv is in words: a number in it is refused, row by row", async () => {
  const root = folderWith({
    'p.csv':
      'face_name_align,race,gender,age,race_scores_fair\na.jpg,White,Male,20-29,[0 0 0 0 0 0 1]\nb.jpg,White,Male,2,[0 0 0 0 0 0 1]\n',
  });
  const { report } = await readSource(root, { format: 'fairface' });
  expect(report.rejects.map(({ line, value }) => [line, value]).at(-1)).toEqual([3, '2']);
});

test('a mapping that a format does not heed is wrong use, not silence', async () => {
  const root = folderWith({ 'identity_CelebA.txt': '000001.jpg 1\n' });
  await expect(inspectSource(root, { mapping: { columns: {}, values: { age: 'years' } } })).rejects.toThrow(
    "--values says nothing to the format 'celeba' (CelebA)",
  );
});
