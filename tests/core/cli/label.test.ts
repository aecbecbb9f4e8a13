import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cohortWords, parseCohortCode } from '../../../core/attributes/cohort.ts';
import { Project } from '../../../core/project/project.ts';
import { projectOf, scratch } from '../project/scratch.ts';
import { run } from './run.ts';

const folder = scratch();
let made = 0;
const place = (): string => join(folder, `${made++}.visage`);
const fresh = (n: number, labels?: (number | undefined)[]): string => {
  const path = place();
  projectOf(path, n, labels).close();
  return path;
};

describe('visage new', () => {
  test('makes a project once', async () => {
    const path = place();
    expect((await run(['new', path, '--name', 'Our faces', '--json'])).json).toEqual({
      project: path,
      name: 'Our faces',
    });
    const again = await run(['new', path]);
    expect(again.code).toBe(1);
    expect(again.err).toContain('exists already');
    expect((await run(['new', join(folder, 'plain')])).code).toBe(2);
  });
});

describe('visage cohorts', () => {
  test('counts, the largest first, and what lacks a label', async () => {
    const path = fresh(5, [1, 1, 4, 2, 2]);
    const project = Project.open(path);
    const other = project.addSource({ name: 'Other', format: 'csv', root: null });
    project.putFaces(
      other.id,
      [
        { path: 'a.jpg', labels: [0, 0, 0, 0, 0] },
        { path: 'b.jpg', labels: [0] },
      ],
      'read',
    );
    project.close();
    const { code, json } = await run(['cohorts', path, '--json']);
    expect(code).toBe(0);
    expect(json).toEqual({
      faces: 7,
      labelled: 6,
      present: 2,
      cohorts: [
        { code: '11422', count: 5, words: cohortWords(parseCohortCode('11422')) },
        { code: '00000', count: 1, words: cohortWords(0) },
      ],
      unlabelled: { age: 0, gender: 1, race: 1, pitch: 1, yaw: 1 },
      source: null,
    });
    const one = await run(['cohorts', path, '--source', 'Other', '--all', '--json']);
    expect(one.json).toMatchObject({ faces: 2, labelled: 1, source: 'Other' });
    expect((one.json.cohorts as unknown[]).length).toBe(270);
    const text = (await run(['cohorts', path, '--min', '2'])).out;
    expect(text).toContain('11422  20–49 · male · Middle Eastern or White');
    expect(text).not.toContain('00000');
    expect(text).toContain('7 faces: 6 with all five labels, in 2 of 270 cohorts.');
    const each = await run(['cohorts', path, '--by', 'source', '--json']);
    expect((each.json.bySource as { faces: number }[]).map(({ faces }) => faces)).toEqual([5, 2]);
    expect((await run(['cohorts', path, '--source', 'Nix'])).err).toContain("known: 'Set', 'Other'");
    expect((await run(['cohorts', path, '--min', 'x'])).code).toBe(2);
    expect((await run(['cohorts', fresh(0)])).out).toContain("read some with 'visage import'");
  });
});

describe('visage label', () => {
  test('sets by digit and by word, and undoes across commands', async () => {
    const path = fresh(3, [0, 0]);
    const set = await run([
      'label',
      path,
      'set',
      '1',
      '3',
      '--age',
      '20-49',
      '--race',
      'white',
      '--by',
      'ana',
      '--json',
    ]);
    expect(set.json).toMatchObject({ batch: 2, faces: 2, events: 4, changed: 2 });
    const history = await run(['label', path, 'history', '1', '--json']);
    expect(history.json).toMatchObject({ face: 1, path: '1.jpg', labels: [1, 0, 4, -1, -1] });
    expect((history.json.events as { agent: string }[]).map(({ agent }) => agent)).toEqual([
      'Set',
      'Set',
      'ana',
      'ana',
    ]);
    // Another person's step is never taken back unnamed.
    const others = await run(['label', path, 'undo', '--by', 'ben']);
    expect([others.code, others.err]).toEqual([
      1,
      `No labels by 'ben' are left to undo. The latest by anybody is batch 2 by 'ana' (age 20–49, race Middle Eastern or White for 2 faces): 'visage label ${path} undo 2' takes it, or --by says another name.\n`,
    ]);
    const own = await run(['label', path, 'undo', '--by', 'ana', '--json']);
    expect(own.json).toMatchObject({ target: 2, events: 4 });
    const again = await run(['label', path, 'undo', '--by', 'ana']);
    expect([again.code, again.err]).toEqual([1, "No labels by 'ana' are left to undo.\n"]);
    const unknown = await run(['label', path, 'redo', '--by', 'ben']);
    expect(unknown.err).toContain("'ben' has undone nothing that could be redone.");
    expect((await run(['label', path, 'history', '1', '--json'])).json.labels).toEqual([0, 0, -1, -1, -1]);
    expect((await run(['label', path, 'redo', '2', '--json'])).json).toMatchObject({ target: 2 });
    const batches = (await run(['label', path, 'batches'])).out.trim().split('\n');
    expect(batches.length).toBe(4);
    expect(batches[2]).toContain('age 20–49, race Middle Eastern or White for 2 faces');
    expect((await run(['label', path, 'history', '1'])).out).toContain('human: ana');
    const nothing = await run(['label', path, 'undo', '9']);
    expect([nothing.code, nothing.err]).toEqual([1, "There is no batch '9' in this project.\n"]);
  });

  test('labels many by what holds of them, or only says how many', async () => {
    const path = fresh(4, [1, 1, 4, 2, 2]);
    const dry = await run([
      'label',
      path,
      'bulk',
      '--cohort',
      '11422',
      '--set',
      'race=2',
      '--dry-run',
      '--json',
    ]);
    expect(dry.json).toMatchObject({ batch: null, faces: 4, changed: 4, events: 0, dryRun: true });
    const wet = await run([
      'label',
      path,
      'bulk',
      '--where',
      'race=4',
      '--source',
      'Set',
      '--set',
      'race=2',
      '--json',
    ]);
    expect(wet.json).toMatchObject({ faces: 4, changed: 4, events: 4 });
    const none = await run(['label', path, 'bulk', '--where', 'race=4', '--set', 'race=2']);
    expect([none.code, none.out]).toEqual([0, 'No face is like that: nothing was written.\n']);
    const away = await run(['label', path, 'bulk', '--source', 'Set', '--yaw', 'unknown', '--json']);
    expect(away.json.changed).toBe(4);
    expect((await run(['cohorts', path, '--json'])).json).toMatchObject({
      labelled: 0,
      unlabelled: { yaw: 4 },
    });
  });

  test.each([
    [['set', '1'], 'No label was given'],
    [['set', '--age', '1'], 'No face was named'],
    [['set', 'one', '--age', '1'], "'one' is no face"],
    [['set', '1', '--age', '12'], "'12' is no value of age. Allowed: 0 or '0–19'"],
    [['set', '1', '--set', 'height=2'], "'height' is no attribute"],
    [['set', '1', '--set', 'age'], "has no '='"],
    [['set', '1', '--age', '1', '--source', 'Set'], "belong to 'bulk'"],
    [['bulk', '--age', '1'], 'cannot label all faces by mistake'],
    [['bulk', '1', '--age', '1'], "'bulk' takes no faces"],
    [['history'], 'takes the number of one face'],
    [['paint'], 'allowed: set, bulk, undo, redo, history, batches'],
  ])('wrong use %j is exit code 2 with a sentence', async (words, sentence) => {
    const { code, err } = await run(['label', fresh(1), ...words]);
    expect(err).toContain(sentence);
    expect(code).toBe(2);
  });
});

describe('visage verify', () => {
  test('exits with 1 when there are problems', async () => {
    const path = fresh(2);
    expect((await run(['verify', path, '--json'])).json).toEqual({ ok: true, problems: [], what: 'project' });
    writeFileSync(join(path, 'vectors', 'stray.npy'), 'x');
    const { code, json, out } = await run(['verify', path, '--json']);
    expect(code).toBe(1);
    expect(json.ok).toBe(false);
    expect(out).toContain('stray.npy');
    writeFileSync(join(path, 'project.db'), 'no database at all '.repeat(300));
    const damaged = await run(['verify', path, '--json']);
    expect([damaged.code, damaged.json.ok]).toEqual([1, false]);
    expect(String(damaged.json.problems)).toContain('is no database');
    expect((await run(['verify', join(folder, 'nix')])).err).toContain('nothing stands at that path');
  });
});

test.each(['new', 'cohorts', 'label', 'verify'])('visage %s --help shows examples', async (name) => {
  const { code, out } = await run([name, '--help']);
  expect(code).toBe(0);
  expect(out).toContain(`visage ${name} `);
  expect(out).toContain('Example');
});
