import { expect, test } from 'vitest';
import type { ColumnQuestion, SourcePreview } from '../../../core/contract/procedures/files.ts';
import { nextSteps, type ProjectState } from '../../../renderer/start/next-steps.ts';
import { matching, nextIndex } from '../../../renderer/start/picker.ts';
import {
  asksEncoding,
  coverageOf,
  draftsProblem,
  importInput,
  importWords,
  newDraft,
  ownAnswer,
  questionsAfter,
  repairWords,
} from '../../../renderer/start/sources.ts';

const preview = (name: string, imported = 3): SourcePreview => ({
  ...{ path: '/x', format: 'folder', title: 'folder', why: 'pictures', others: [], name, root: '/x' },
  ...{
    rows: imported,
    imported,
    rejected: 0,
    repaired: 0,
    rejects: [],
    repairs: [],
    notes: [],
    questions: [],
    moved: null,
  },
  ...{ says: { age: 3, race: 1 }, guessed: false, sample: [], seconds: 0 },
});

test('entries are narrowed by what is typed behind the folder', () => {
  const entries = ['faces', 'Fairface', 'list.csv'].map((name) => ({ name }));
  const names = (typed: string): string[] => matching(entries, typed, '/data').map(({ name }) => name);
  expect(names('/data')).toHaveLength(3);
  expect(names('/data/fa')).toEqual(['faces', 'Fairface']);
  expect(names('/data/fac')).toEqual(['faces']);
  expect(names('/data/faces/more')).toHaveLength(3);
  expect(names('/database')).toHaveLength(3);
  expect(['ArrowDown', 'ArrowUp', 'Home', 'End', 'a'].map((key) => nextIndex(1, key, 3))).toEqual([
    2,
    0,
    0,
    2,
    undefined,
  ]);
  expect(nextIndex(0, 'ArrowDown', 0)).toBeUndefined();
});

test('a draft as the job and as the command', () => {
  const draft = { ...newDraft('/a'), format: 'csv', images: '/b', name: ' Ours ', noImages: true };
  expect(importInput(draft)).toEqual({
    source: '/a',
    format: 'csv',
    images: '/b',
    name: 'Ours',
    noImages: true,
  });
  expect(importWords(draft, 'p.visage').join(' ')).toBe(
    'import p.visage /a --format csv --images /b --name Ours --no-images',
  );
  expect(importInput(newDraft('/a'))).toEqual({ source: '/a' });
  const careful = { ...newDraft('/a'), matchStem: true, check: true };
  expect(importInput(careful)).toEqual({ source: '/a', matchStem: true, check: true });
  expect(importWords(careful, 'p.visage').join(' ')).toBe('import p.visage /a --match-stem --check');
  expect(importInput({ ...careful, noImages: true })).toEqual({ source: '/a', noImages: true });
});

test('letters are asked for where they were guessed, could not be told, or were said', () => {
  const draft = { ...newDraft('/a'), preview: preview('a') };
  expect(asksEncoding(draft)).toBe(false);
  expect(asksEncoding({ ...draft, preview: { ...preview('a'), guessed: true } })).toBe(true);
  expect(asksEncoding({ ...draft, preview: null, problem: 'Say it with --encoding.' })).toBe(true);
  const said = { ...draft, encoding: 'big5' };
  expect(asksEncoding(said)).toBe(true);
  expect(importInput(said)).toEqual({ source: '/a', encoding: 'big5' });
  expect(importWords(said, 'p.visage').join(' ')).toBe('import p.visage /a --encoding big5');
});

test('repairs say who had damaged what', () => {
  const repair = { value: '9-Mar', read: '3-9', count: 1200, first: 'x.csv, line 2' };
  expect(repairWords(repair)).toBe("'9-Mar' read as '3-9', 1,200 ×");
  expect(repairWords({ ...repair, by: 'spreadsheet' })).toContain('×; a spreadsheet had changed it');
});

test('what keeps sources from being read in', () => {
  const draft = (name: string, more = {}) => ({ ...newDraft(`/${name}`), preview: preview(name), ...more });
  expect(draftsProblem([draft('a'), draft('b')])).toBe('');
  expect(draftsProblem([draft('a'), draft('b', { name: 'a' })])).toContain("Two sources are called 'a'");
  expect(draftsProblem([draft('a', { busy: true })])).toContain('still being looked into');
  expect(draftsProblem([draft('a', { problem: 'no', preview: null })])).toContain("'/a' cannot be read");
  expect(draftsProblem([draft('a', { preview: preview('a', 0) })])).toContain('holds no face');
  expect(draftsProblem([draft('a')], ['a'])).toContain('has a source');
  expect(coverageOf(preview('a')).filter(({ faces }) => faces > 0)).toEqual([
    { what: 'age', faces: 3, share: 1 },
    { what: 'race', faces: 1, share: 1 / 3 },
  ]);
});

test('next steps are what is lacking, each a click away', () => {
  const empty: ProjectState = {
    ...{ faces: 0, labelled: 0, tasks: [], embedders: [], features: [] },
    ...{ clusterings: 0, maps: 0, exports: 0 },
  };
  expect(nextSteps(empty).filter(({ done }) => done)).toEqual([]);
  const some = nextSteps({
    ...empty,
    ...{
      faces: 10,
      labelled: 4,
      tasks: ['pose', 'embedding'],
      embedders: ['net'],
      features: ['net:routing', 'net:embedding'],
    },
  });
  const ones = { faces: 1, labelled: 1, tasks: ['pose'], clusterings: 1, maps: 1, exports: 1 };
  expect(nextSteps({ ...empty, ...ones, features: ['net:a'] }).map(({ says }) => says)).toEqual([
    '1 face',
    '1 model',
    '1 of 1 face with all five attributes',
    '1 feature set',
    '1 clustering',
    '1 map',
    '1 export',
  ]);
  expect(some.map(({ id, done }) => [id, done])).toEqual([
    ['faces', true],
    ['models', true],
    ['labels', false],
    ['embed', true],
    ['cluster', false],
    ['map', false],
    ['export', false],
  ]);
  expect(some[2]).toMatchObject({ title: 'Pre-label with models', to: '/models?tab=run&kind=prelabel' });
  expect(some[4].to).toBe('/models?tab=run&kind=cluster&features=net%3Aembedding');
});

test('what is asked about a column holds the import up, and an answer goes with the job and its command', () => {
  const question = (attribute: string, column = attribute): ColumnQuestion => ({
    ...{ attribute, file: 'l.csv', column, sentence: '…' },
    values: [
      { value: '1', rows: 2 },
      { value: '2', rows: 1 },
    ],
    options: [{ name: 'years', title: 'years', values: 'years', words: `${attribute}:years` }],
  });
  const [age, gender] = [question('age'), question('gender', 'sex')];
  const open = {
    ...newDraft('/l.csv'),
    questions: [age, gender],
    preview: { ...preview('l'), questions: [gender] },
  };
  expect(draftsProblem([open])).toBe("'/l.csv': say what the numbers of the column 'sex' mean.");

  const own = ownAnswer(gender, { '1': 'male', '2': '' });
  expect(own).toEqual({ name: 'own', values: { '1': 'male', '2': '' }, words: 'gender:1=male,2=' });
  const answers = { age: { name: 'years', values: 'years', words: 'age:years' }, gender: own };
  const answered = { ...open, answers, preview: preview('l') };
  expect(draftsProblem([answered])).toBe('');
  expect(importInput(answered)).toEqual({
    source: '/l.csv',
    mapping: { columns: {}, values: { age: 'years', gender: { '1': 'male', '2': '' } } },
  });
  expect(importWords(answered, 'p.visage').slice(3)).toEqual([
    '--values',
    'age:years',
    '--values',
    'gender:1=male,2=',
  ]);
  // What was answered is not asked again by the host, and can be answered otherwise all the same.
  expect(questionsAfter({ questions: [age], answers: { age: answers.age } }, [gender])).toEqual([
    age,
    gender,
  ]);
  expect(questionsAfter({ questions: [age, gender], answers: {} }, [gender])).toEqual([gender]);
});

test('a draft whose pictures are those of a moved source waits until that is answered', () => {
  const moved = { source: 'first', format: 'folder', root: '/old', compared: 6, matched: 6 };
  const asked = { ...newDraft('/b'), preview: { ...preview('b'), moved } };
  expect(draftsProblem([asked])).toBe("'/b': say whether 'first' has moved there.");
  expect(draftsProblem([{ ...asked, name: 'first' }])).toBe('');
  expect(draftsProblem([{ ...asked, another: true }])).toBe('');
  expect(importInput({ ...asked, another: true })).toMatchObject({ another: true });
  expect(importWords({ ...asked, another: true }, 'p')).toContain('--another');
});
