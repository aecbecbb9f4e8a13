import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { JOB_KINDS } from '../../../core/contract/procedures/jobs.ts';
import type { EngineClient } from '../../../core/engine/types.ts';
import { jobWorks } from '../../../core/host/job-works.ts';
import { Project } from '../../../core/project/project.ts';
import { shellLine, shellWord } from '../../../renderer/jobs/command-line.ts';
import {
  commandWords,
  type FormValues,
  initialValues,
  inputOf,
  isSelectable,
  JOB_FORMS,
  problemsOf,
  runsOf,
} from '../../../renderer/jobs/forms.ts';
import { figuresOf, jobLine, shareOf } from '../../../renderer/jobs/job-line.ts';
import { summaryOf, titleOf } from '../../../renderer/jobs/results.ts';
import { run } from '../../core/cli/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-forms-'));
const project = Project.create(join(folder, 'p.visage'));
afterAll(() => {
  project.close();
  rmSync(folder, { recursive: true });
});

const formOf = (kind: string) => {
  const form = JOB_FORMS.find((one) => one.kind === kind);
  if (!form) throw new Error(kind);
  return form;
};

/** A form with every field filled in. */
function filled(kind: string): FormValues {
  const values: FormValues = initialValues(formOf(kind));
  for (const { name, kind: field } of formOf(kind).fields) {
    if (field.type === 'flag') values[name] = true;
    // Lowering the temperature must end before the three epochs do.
    else if (name === 'annealEpochs') values[name] = '1';
    // A share of the people, or four and more of them: three are too few to make pairs of.
    else if (name === 'validate') values[name] = '0.25';
    else if (field.type === 'number')
      values[name] = field.high === 1 ? '0.5' : String(Math.max(3, field.low ?? 3));
    else if (field.type === 'choice') values[name] = field.of[0].value;
    else if (field.type === 'numbers') values[name] = '1, 2';
    else if (field.type === 'device') values[name] = 'cpu';
    else if (field.type === 'attributes') values[name] = ['age', 'race'];
    else if (['models', 'features-list', 'taps'].includes(field.type)) values[name] = ['x'];
    else values[name] = 'x';
  }
  return values;
}

test('every form is of a job that there is, and every job but reading in and export has one', () => {
  const kinds = JOB_FORMS.map(({ kind }) => kind);
  expect([...kinds, 'import', 'export'].sort()).toEqual([...JOB_KINDS].sort());
});

/** Forms, and the ways in which those with conditions can be filled in. */
const WAYS: [kind: string, given: FormValues][] = JOB_FORMS.flatMap(({ kind, fields }) => {
  const choices = fields.filter(({ name }) => fields.some(({ when }) => when?.field === name));
  const [choice] = choices;
  if (choice === undefined || choice.kind.type !== 'choice') return [[kind, {}]];
  return choice.kind.of.map(({ value }): [string, FormValues] => [kind, { [choice.name]: value }]);
});

test.each(WAYS)('%s %j: host and command line both know every field', async (kind, given) => {
  const [values] = runsOf(formOf(kind), { ...filled(kind), ...given });
  expect(problemsOf(formOf(kind), values)).toEqual([]);
  const input = inputOf(formOf(kind), values, isSelectable(formOf(kind), values) ? { sources: [1] } : {});
  // None of these jobs comes so far as to ask anything of it.
  const works = jobWorks(() => ({}) as EngineClient, project);
  // There is no model or feature set 'x': the work begins and says so. A field that is not known is refused before.
  const thrown = await works[kind as 'embed'](input, {}).catch((error: Error) => error.message);
  expect(thrown).not.toContain('was started wrongly');
  expect(String(thrown)).toMatch(/['/]x'/);
  const { code, err } = await run(commandWords(formOf(kind), values, join(folder, 'none.visage')));
  // 2 would be wrong use: an option that the command does not have. What names no project fails at its first word.
  const said = formOf(kind).project === 'none' ? /nothing at 'x'/ : /none\.visage/;
  expect([code, err]).toEqual([1, expect.stringMatching(said)]);
});

test('the command says only what differs from the defaults, and quotes what a shell would split', () => {
  const form = formOf('cluster');
  const values = { ...initialValues(form), features: "net:it's", k: '30', device: 'auto' };
  expect(shellLine(['visage', ...commandWords(form, values, '/a b.visage', ['--source', 'LFW'])])).toBe(
    `visage cluster '/a b.visage' --features 'net:it'\\''s' --k 30 --source LFW`,
  );
  expect(['a-b_c/d.e:f', '', '$x', 'a*'].map(shellWord)).toEqual(['a-b_c/d.e:f', "''", "'$x'", "'a*'"]);
});

test('what is on unless said, and lists of numbers, as job and command take them', () => {
  const form = formOf('train');
  const start = initialValues(form);
  expect(commandWords(form, start, 'P')).toEqual(['train', 'P']);
  const values = { ...start, mirror: false, dropAt: '4, 6.5 7' };
  expect(inputOf(form, values)).toMatchObject({ mirror: false, dropAt: [4, 6.5, 7] });
  expect(inputOf(form, start)).not.toHaveProperty('mirror');
  expect(commandWords(form, values, 'P')).toEqual(['train', 'P', '--drop-at', '4,6.5,7', '--no-mirror']);
  expect(problemsOf(form, { ...start, dropAt: '4, x' })).toEqual([
    "'Drops at epochs' is '4, x'; numbers from 0 are expected, with commas between them.",
  ]);
});

test('what is missing or out of range is a sentence', () => {
  const form = formOf('cluster');
  expect(problemsOf(form, { k: '2.5' })).toEqual([
    "'Features' is missing.",
    "'Clusters' is 2.5; a whole number is expected.",
  ]);
  expect(problemsOf(formOf('embed'), { model: 'x', batch: '5000' })).toEqual([
    "'Faces per run' is 5000; allowed: 1 to 4096.",
  ]);
});

test('rate and remaining time leave out what was done before', () => {
  const progress = {
    ...{ stage: 'Embedding faces', done: 600, total: 1000, unit: 'faces', seconds: 10, from: 500 },
    device: 'CPU',
  };
  expect(jobLine({ kind: 'embed', state: 'running', progress })).toBe(
    'Embedding faces: 600 of 1,000 faces · 10 faces/s · 40 s left · CPU',
  );
  expect(figuresOf({ progress, device: null })).toEqual([
    ['stage', 'Embedding faces'],
    ['faces', '600 of 1,000'],
    ['rate', '10 faces/s'],
    ['remaining', '40 s'],
    ['device', 'CPU'],
  ]);
  expect([shareOf(progress), shareOf(null)]).toEqual([0.6, undefined]);
});

test('what jobs made, in words, with where to look', () => {
  const made = summaryOf('embed', {
    ...{ features: ['n:a', 'n:b'], faces: 1200, embedded: 1, facesPerSecond: 33.4, rejected: 1 },
    rejects: [{ path: 'x.jpg', reason: 'it is no picture.' }],
  });
  expect(made?.text).toBe(
    "1,200 faces have features in 'n:a', 'n:b'; 1 embedded now at 33 faces/s, 1 could not be.",
  );
  expect(made?.troubles).toEqual(['x.jpg: it is no picture.']);
  expect(summaryOf('export', { images: 1, cohorts: 1, short: [], manifest: '/a b/m/manifest.json' })).toEqual(
    {
      text: '1 picture of 1 cohort written; 0 cohorts fell short.',
      links: [{ title: 'Look at it', to: '/export?set=%2Fa%20b%2Fm' }],
      troubles: [],
    },
  );
  expect(summaryOf('embed', null)).toBeNull();
  expect(titleOf('import', { source: '/data/faces/' })).toBe('Read in · faces/');
  expect(titleOf('heads', { features: ['a', 'b'] })).toBe('Attribute heads · a + b');
});
