import { expect, test } from 'vitest';
import type { SourcePreview } from '../../../core/contract/procedures/files.ts';
import { nextSteps, type ProjectState } from '../../../renderer/start/next-steps.ts';
import { matching, nextIndex } from '../../../renderer/start/picker.ts';
import {
  coverageOf,
  draftsProblem,
  importInput,
  importWords,
  newDraft,
} from '../../../renderer/start/sources.ts';

const preview = (name: string, imported = 3): SourcePreview => ({
  ...{ path: '/x', format: 'folder', title: 'folder', why: 'pictures', others: [], name, root: '/x' },
  ...{ rows: imported, imported, rejected: 0, repaired: 0, rejects: [], repairs: [], notes: [] },
  ...{ says: { age: 3, race: 1 }, sample: [], seconds: 0 },
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
