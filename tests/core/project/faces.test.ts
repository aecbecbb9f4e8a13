import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import type { NewFace } from '../../../core/project/types.ts';
import { ANA, scratch } from './scratch.ts';

const folder = scratch();
let made = 0;
const fresh = (): Project => Project.create(join(folder, `${made++}.visage`));

const ROWS: NewFace[] = [
  {
    path: 'a.jpg',
    identity: 'Ann',
    split: 'train',
    raw: { age: '20-29' },
    labels: [1, 0],
    confidences: [0.9],
  },
  { path: 'a.jpg', key: '2', box: [1, 2, 30.5, 40], points: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], score: 0.5 },
  { path: 'sub/b.jpg', identity: 'Ann', labels: [undefined, 1, undefined, undefined, 2] },
];

describe('putFaces', () => {
  test('keeps all that a row says', () => {
    const project = fresh();
    const source = project.addSource({ name: 'S', format: 'csv', root: '/data' });
    expect(project.putFaces(source.id, ROWS, 'read')).toEqual({
      added: 3,
      changed: 0,
      unchanged: 0,
      events: 4,
      batch: 1,
    });
    const [first, second, third] = project.faces([1, 2, 3]);
    expect(first).toMatchObject({
      path: 'a.jpg',
      identity: 'Ann',
      split: 'train',
      raw: { age: '20-29' },
      box: null,
    });
    expect(first.labels).toEqual([1, 0, -1, -1, -1]);
    expect(first.confidences[0]).toBeCloseTo(0.9, 6);
    expect(second).toMatchObject({ imageId: first.imageId, key: '2', box: [1, 2, 30.5, 40], score: 0.5 });
    expect([...(second.points as Float32Array)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(third.labels).toEqual([-1, 1, -1, -1, 2]);
    expect(project.imagePath(3)).toBe(join('/data', 'sub', 'b.jpg'));
    const table = project.labelTable();
    expect(project.identityName(table.identities[0])).toBe('Ann');
    expect([...table.identities].map((id) => id === table.identities[0])).toEqual([true, false, true]);
    expect(project.sources()[0].faces).toBe(3);
    project.close();
  });

  test('reading the same again writes nothing', () => {
    const project = fresh();
    const source = project.addSource({ name: 'S', format: 'csv', root: null });
    project.putFaces(source.id, ROWS, 'read');
    expect(project.putFaces(source.id, ROWS, 'read again')).toEqual({
      added: 0,
      changed: 0,
      unchanged: 3,
      events: 0,
      batch: null,
    });
    expect(project.batches().length).toBe(1);
    project.close();
  });

  test('a row that changed writes that change alone, and people stay above it', () => {
    const project = fresh();
    const source = project.addSource({ name: 'S', format: 'csv', root: null });
    project.putFaces(source.id, ROWS, 'read');
    project.label([{ face: 1, attribute: 0, value: 2 }], ANA, { kind: 'label', description: 'age' });
    const changed = [{ ...ROWS[0], labels: [0, 0], raw: { age: '10-19' } }, ROWS[1]];
    expect(project.putFaces(source.id, changed, 'read again')).toMatchObject({
      changed: 1,
      unchanged: 1,
      events: 1,
    });
    expect(project.face(1).labels[0]).toBe(2);
    expect(project.face(1).raw).toEqual({ age: '10-19' });
    project.undo();
    expect(project.face(1).labels[0]).toBe(0);
    project.close();
  });

  test('after its import was undone, reading a source again says it again', () => {
    const project = fresh();
    const source = project.addSource({ name: 'S', format: 'csv', root: null });
    const { batch } = project.putFaces(source.id, ROWS, 'read');
    project.undo(batch as number);
    expect(project.face(1).labels[0]).toBe(-1);
    expect(project.putFaces(source.id, ROWS, 'read again').events).toBe(4);
    expect(project.face(1).labels[0]).toBe(1);
    expect(project.verify()).toEqual([]);
    project.close();
  });

  test('what fails half way leaves nothing behind', () => {
    const project = fresh();
    const source = project.addSource({ name: 'S', format: 'csv', root: null });
    for (const [bad, sentence] of [
      [{ path: '../out.jpg' }, "'../out.jpg' is no path inside a source"],
      [{ path: '/etc/passwd' }, "'/etc/passwd' is no path inside a source"],
      [{ path: 'c.jpg', labels: [7] }, "'c.jpg': '7' is no value of age"],
      [{ path: 'c.jpg', box: [0, 0, -1, 5] }, "'0 0 -1 5' is no box"],
      [{ path: 'c.jpg', points: [1, 2] }, 'The five points of a face are 10 finite numbers'],
    ] as [NewFace, string][]) {
      expect(() => project.putFaces(source.id, [...ROWS, bad], 'read')).toThrow(sentence);
    }
    expect(project.faceCount()).toBe(0);
    expect(project.images()).toEqual([]);
    expect(project.verify()).toEqual([]);
    project.close();
  });
});

describe('sources', () => {
  test('are found again by name; an unknown one lists those that are there', () => {
    const project = fresh();
    const source = project.addSource({ name: 'LFW', format: 'lfw', root: null });
    expect(project.addSource({ name: 'LFW', format: 'lfw', root: '/lfw' })).toEqual({
      ...source,
      root: '/lfw',
    });
    expect(project.addSource({ name: 'LFW', format: 'lfw', root: '/other' }).root).toBe('/lfw');
    project.setSourceRoot(source.id, '/moved');
    expect(project.source(source.id).root).toBe('/moved');
    expect(() => project.source('lfw2')).toThrow("There is no source 'lfw2' in this project; known: 'LFW'.");
    expect(() => project.addSource({ name: 'LFW', format: 'csv', root: null })).toThrow(
      "read as 'lfw' before",
    );
    expect(() => project.setSourceRoot(source.id, 'here')).toThrow('absolute');
    project.close();
  });
});

describe('images', () => {
  const hash = (digit: string): string => digit.repeat(64);
  const three = (): Project => {
    const project = fresh();
    const source = project.addSource({ name: 'S', format: 'folder', root: '/data' });
    project.putFaces(source.id, [{ path: 'a.jpg' }, { path: 'b.jpg' }, { path: 'c.jpg' }], 'read');
    return project;
  };

  test('a moved file is the same image with the same faces', () => {
    const project = three();
    project.recordImages([
      { id: 1, hash: hash('a'), bytes: 10, mtime: 5.5, width: 3, height: 4, state: 'ok' },
    ]);
    project.recordImages([{ id: 1, place: 'deep/a2.jpg', state: 'ok' }]);
    expect(project.images()[0]).toEqual({
      id: 1,
      sourceId: 1,
      path: 'a.jpg',
      place: 'deep/a2.jpg',
      hash: hash('a'),
      bytes: 10,
      mtime: 5,
      width: 3,
      height: 4,
      state: 'ok',
      problem: null,
    });
    expect(project.imagePath(1)).toBe(join('/data', 'deep', 'a2.jpg'));
    expect(project.putFaces(1, [{ path: 'a.jpg' }], 'again').unchanged).toBe(1);
    expect(project.images({ state: 'missing' }).map(({ path }) => path)).toEqual(['b.jpg', 'c.jpg']);
    project.close();
  });

  test('files that swapped their names are recorded in any order', () => {
    const project = three();
    project.recordImages([1, 2].map((id) => ({ id, state: 'ok' })));
    project.recordImages([
      { id: 1, place: 'b.jpg', state: 'ok' },
      { id: 2, place: 'a.jpg', state: 'ok' },
    ]);
    expect(project.images().map(({ place, state }) => [place, state])).toEqual([
      ['b.jpg', 'ok'],
      ['a.jpg', 'ok'],
      ['c.jpg', 'missing'],
    ]);
    project.close();
  });

  test('a file that two images claim stays with the one that has it', () => {
    const project = three();
    project.recordImages([{ id: 2, hash: hash('b'), state: 'ok' }]);
    project.recordImages([{ id: 1, place: 'b.jpg', hash: hash('b'), state: 'ok' }]);
    expect(project.images()[0]).toMatchObject({
      place: 'a.jpg',
      state: 'missing',
      problem: "The file 'b.jpg' was found for 'a.jpg', but it is the image 'b.jpg' already.",
    });
    expect(project.images()[1]).toMatchObject({ place: 'b.jpg', state: 'ok' });
    project.close();
  });

  test('equal content is reported as groups', () => {
    const project = three();
    project.recordImages([1, 2, 3].map((id) => ({ id, hash: hash(id === 2 ? 'b' : 'a'), state: 'ok' })));
    expect(project.duplicates()).toEqual([[1, 3]]);
    expect(() => project.recordImages([{ id: 9, state: 'ok' }])).toThrow("There is no image '9'");
    expect(() => project.recordImages([{ id: 1, hash: 'xyz', state: 'ok' }])).toThrow("'xyz' is no SHA-256");
    project.close();
  });
});

describe('detections', () => {
  test('give a face its box, points and score', () => {
    const project = fresh();
    project.addSource({ name: 'S', format: 'folder', root: null });
    project.putFaces(1, [{ path: 'a.jpg' }], 'read');
    const points = Float32Array.from({ length: 10 }, (_, i) => i / 2);
    project.recordDetections([{ face: 1, box: [1, 2, 3, 4], points, score: 0.75 }]);
    expect(project.face(1)).toMatchObject({ box: [1, 2, 3, 4], points, score: 0.75, landmarks: null });
    expect(() => project.recordDetections([{ face: 2, box: [1, 2, 3, 4], points, score: 1 }])).toThrow(
      "There is no face '2'",
    );
    project.close();
  });
});

describe('selections and counts', () => {
  test('agree with a filter over all faces', () => {
    const project = fresh();
    const rows = (n: number, shift: number): NewFace[] =>
      Array.from({ length: n }, (_, i) => ({
        path: `${i}.jpg`,
        identity: `p${i % 7}`,
        labels: [(i + shift) % 3, i % 2, i % 11 === 0 ? undefined : i % 5, i % 3, 2],
      }));
    for (const [name, n] of [
      ['A', 300],
      ['B', 200],
    ] as const) {
      project.putFaces(project.addSource({ name, format: 'csv', root: null }).id, rows(n, n), name);
    }
    const faces = project.faces(Array.from({ length: 500 }, (_, i) => i + 1));
    const ids = (keep: (face: (typeof faces)[number]) => boolean): number[] =>
      faces.filter(keep).map(({ id }) => id);
    expect([...project.select({})]).toEqual(ids(() => true));
    expect([...project.select({ sources: [2], values: [[0, 2], [1]] })]).toEqual(
      ids(({ sourceId, labels }) => sourceId === 2 && labels[0] !== 1 && labels[1] === 1),
    );
    expect([...project.select({ values: [undefined, undefined, [-1]] })]).toEqual(
      ids(({ labels }) => labels[2] < 0),
    );
    expect([...project.select({ faces: Int32Array.of(9, 3, 9), origins: ['dataset'] })]).toEqual([3, 9]);
    expect([...project.select({ origins: ['human'] })]).toEqual([]);
    expect(() => project.select({ faces: Int32Array.of(501) })).toThrow("There is no face '501'");
    const counts = project.cohortCounts();
    const table = project.labelTable();
    expect(counts.length).toBe(270);
    for (let cohort = 0; cohort < 270; cohort++) {
      expect(counts[cohort]).toBe(table.cohorts.filter((one) => one === cohort).length);
      expect([...project.select({ cohorts: [cohort] })].length).toBe(counts[cohort]);
    }
    expect(project.cohortCounts(2).reduce((a, b) => a + b)).toBe(
      ids(({ sourceId, labels }) => sourceId === 2 && labels[2] >= 0).length,
    );
    const some = project.labelTable(Int32Array.of(400, 5));
    expect([...some.faces]).toEqual([400, 5]);
    expect([...some.sources]).toEqual([2, 1]);
    project.close();
  });
});
