import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cancelled } from '../../../core/foundation/fault.ts';
import { importSource } from '../../../core/jobs/import.ts';
import { Project } from '../../../core/project/project.ts';
import { folderWith, jpeg, temporary } from '../datasets/fixtures.ts';
import { run } from './run.ts';

const FAIRFACE = 'file,age,gender,race,service_test';
const ROWS = [
  'train/1.jpg,9-Mar,Male,White,x',
  'train/2.jpg,30-39,Female,Indian,x',
  'val/1.jpg,60-69,Male,Black,x',
];

/** A new project, as its path. */
function emptyProject(): string {
  const path = join(temporary(), 'p.visage');
  Project.create(path).close();
  return path;
}

/** Everything that an import can write, to be compared before and after. */
function stateOf(path: string) {
  const project = Project.open(path, { readOnly: true });
  try {
    const ids = project.select({});
    return {
      sources: project.sources(),
      faces: project.faces(ids),
      history: Array.from(ids, (id) => project.history(id)),
      images: project.images(),
      batches: project.batches(),
    };
  } finally {
    project.close();
  }
}

const images = async (names: readonly string[]): Promise<Record<string, Buffer>> =>
  Object.fromEntries(await Promise.all(names.map(async (name, i) => [name, await jpeg(i)] as const)));

describe('visage import', () => {
  test('labels first, their images later; the second time nothing changes', async () => {
    const project = emptyProject();
    const labels = folderWith({ 'fairface.csv': [FAIRFACE, ...ROWS, 'x.jpg,old,Male,White,x'].join('\n') });
    const csv = join(labels, 'fairface.csv');
    const first = await run(['import', project, csv, '--json']);
    expect(first.code).toBe(0);
    expect(first.json).toMatchObject({
      rows: 4,
      imported: 3,
      rejected: 1,
      repaired: 1,
      added: 3,
      events: 9,
      format: 'fairface',
      source: 'FairFace',
      root: null,
      images: null,
    });
    expect(first.json.seconds).toBeGreaterThan(0);
    expect((first.json.rejects as object[])[0]).toMatchObject({
      file: 'fairface.csv',
      line: 5,
      value: 'old',
    });
    const before = stateOf(project);
    expect(before.faces.map((face) => face.labels)).toEqual([
      [0, 1, 4, -1, -1],
      [1, 0, 2, -1, -1],
      [2, 1, 0, -1, -1],
    ]);
    expect(before.faces[0].origins.slice(0, 3)).toEqual(['dataset', 'dataset', 'dataset']);
    expect(before.faces[0].raw.age).toBe('9-Mar');
    expect(before.batches).toHaveLength(1);

    const again = await run(['import', project, csv, '--json']);
    expect(again.json).toMatchObject({ imported: 3, added: 0, changed: 0, unchanged: 3, events: 0 });
    expect(stateOf(project)).toEqual(before);

    const root = folderWith(await images(['train/1.jpg', 'train/2.jpg']));
    const attached = await run(['import', project, csv, '--images', root, '--json']);
    expect(attached.json).toMatchObject({
      events: 0,
      unchanged: 3,
      root,
      images: { total: 3, ok: 2, missing: 1, hashed: 2, moved: 0 },
    });
    const known = stateOf(project);
    expect(known.images.map(({ state, width }) => [state, width])).toEqual([
      ['ok', 24],
      ['ok', 24],
      ['missing', null],
    ]);
    // The images are known by size and time now, and the root need not be said again.
    const once = await run(['import', project, csv, '--json']);
    expect(once.json).toMatchObject({ root, images: { ok: 2, hashed: 0 } });
    expect(stateOf(project)).toEqual(known);
  });

  test('a long import is one batch, which can be undone and redone', async () => {
    const path = emptyProject();
    const rows = Array.from({ length: 9001 }, (_, i) => `train/${i}.jpg,20-29,Male,White,x`);
    const labels = folderWith({ 'fairface.csv': [FAIRFACE, ...rows].join('\n') });
    await run(['import', path, join(labels, 'fairface.csv')]);
    const project = Project.open(path);
    const [batch, ...others] = project.batches();
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ kind: 'import', events: 27_003, origin: 'dataset', agent: 'FairFace' });
    const last = project.select({}).at(-1) as number;
    project.undo(batch.id);
    expect(project.face(last).labels).toEqual([-1, -1, -1, -1, -1]);
    project.redo(batch.id);
    expect(project.face(last).labels).toEqual([1, 1, 4, -1, -1]);
    project.close();
  });

  test('text for people: repairs, rejects (20 of them), and --rejects has all', async () => {
    const project = emptyProject();
    const bad = Array.from({ length: 25 }, (_, i) => `b${i}.jpg,"o,ld",Male,White,x`);
    const labels = folderWith({ 'fairface.csv': [FAIRFACE, ...ROWS, ...bad].join('\n') });
    const rejects = join(labels, 'rejects.csv');
    const { code, out } = await run(['import', project, join(labels, 'fairface.csv'), '--rejects', rejects]);
    expect(code).toBe(0);
    expect(out).toContain('28 rows read: 3 faces, 25 rejected, 1 repaired.');
    expect(out).toContain("repaired: '9-Mar' read as '3-9', 1 × (first: fairface.csv, line 2)");
    expect(out.match(/age 'o,ld' is not allowed/g)).toHaveLength(20);
    expect(out).toContain('… and 5 more; --rejects FILE writes all of them.');
    const lines = readFileSync(rejects, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(26);
    expect(lines[0]).toBe('file,line,value,problem');
    expect(lines[1]).toMatch(/^fairface.csv,5,"o,ld","age 'o,ld' is not allowed/);
  });

  test('--dry-run writes nothing, not even a project', async () => {
    const root = folderWith(await images(['ana/1.jpg', 'bo/1.jpg']));
    const preview = await run(['import', join(root, 'none.visage'), root, '--dry-run', '--json']);
    expect(preview.code).toBe(0);
    expect(preview.json).toMatchObject({ dryRun: true, format: 'identities', rows: 2, imported: 2, root });
    const text = await run(['import', 'x', root, '--dry-run']);
    expect(text.out).toContain('It could also be read as folder');
    expect(text.out).toContain('ana/1.jpg: identity ana');
  });

  test('wrong use is 2, failed work is 1, each with a sentence', async () => {
    const project = emptyProject();
    const root = folderWith({ 'a.csv': 'file,age\na.jpg,old\n', 'b.txt': 'x' });
    expect(await run(['import', project])).toMatchObject({ code: 2 });
    expect(await run(['import', project, root, '--format', 'excel'])).toMatchObject({ code: 2 });
    expect(await run(['import', project, root, '--columns', 'shoe=size'])).toMatchObject({ code: 2 });
    const mixed = await run(['import', project, root, '--format', 'fairface', '--columns', 'file=file']);
    expect(mixed).toMatchObject({ code: 2 });
    const gone = await run(['import', project, join(root, 'gone')]);
    expect(gone.code).toBe(1);
    expect(gone.err).toContain('There is nothing at');
    const noFolder = await run(['import', project, join(root, 'a.csv'), '--images', join(root, 'b.txt')]);
    // The one row is rejected before images matter, and nothing imported is no success.
    expect(noFolder.code).toBe(1);
    expect(noFolder.out).toContain("age 'old' is not allowed");
  });

  test('any csv by --columns and --values', async () => {
    const project = emptyProject();
    const root = folderWith({ 'a.csv': 'bild,g\na.jpg,2\nb.jpg,1\n' });
    const words = ['--columns', 'file=bild,gender=g', '--values', 'gender:1=male,2=female'];
    const { json } = await run([
      'import',
      project,
      root,
      ...words,
      '--name',
      'mine',
      '--no-images',
      '--json',
    ]);
    expect(json).toMatchObject({ format: 'csv', source: 'mine', imported: 2, events: 2, images: null });
    expect(stateOf(project).faces.map((face) => face.labels[1])).toEqual([0, 1]);
  });

  test("a predictor's labels are a model's", async () => {
    const project = emptyProject();
    const root = folderWith({
      'out.csv':
        'face_name_align,race,race4,gender,age,race_scores_fair,race_scores_fair_4,gender_scores_fair,age_scores_fair\nf/a.jpg,White,White,Male,50-59,[1 0 0 0 0 0 0],[1 0 0 0],[0.75 0.25],[0 0 0 0 0 0.5 0.5 0 0]\n',
    });
    const first = await run(['import', project, root, '--json']);
    expect(first.json).toMatchObject({ imported: 1, events: 3 });
    const [face] = stateOf(project).faces;
    expect(face.labels).toEqual([2, 1, 4, -1, -1]);
    expect(face.origins.slice(0, 3)).toEqual(['model', 'model', 'model']);
    expect(face.confidences.slice(0, 3)).toEqual([0.5, 0.75, 1]);
    const before = stateOf(project);
    expect((await run(['import', project, root, '--json'])).json).toMatchObject({ events: 0 });
    expect(stateOf(project)).toEqual(before);
  });
});

describe('images', () => {
  test('unreadable files keep their rows, with the reason; duplicates are reported', async () => {
    const project = emptyProject();
    const same = await jpeg(9);
    const whole = await jpeg(5, 300, 300);
    const root = folderWith({
      'a.jpg': same,
      'b.jpg': same,
      'empty.jpg': '',
      'half.jpg': whole.subarray(0, whole.length - 300),
      'words.png': 'hello',
    });
    const { json, code } = await run(['import', project, root, '--json']);
    expect(code).toBe(0);
    expect(json).toMatchObject({ rows: 5, imported: 5, images: { ok: 2, unreadable: 3 } });
    expect((json.duplicates as string[][])[0].map((name) => name.split(': ')[1])).toEqual(['a.jpg', 'b.jpg']);
    const states = stateOf(project).images.map(({ path, state, problem }) => [path, state, problem]);
    expect(states[2]).toEqual(['empty.jpg', 'unreadable', 'The file is empty (0 bytes).']);
    expect(states[3].slice(0, 2)).toEqual(['half.jpg', 'unreadable']);
    expect(states[4][2]).toContain('is not a picture that can be read');
    const again = await run(['import', project, root, '--json']);
    expect(again.json).toMatchObject({ images: { ok: 2, unreadable: 3, hashed: 0 } });
  });

  test('a moved, renamed and reorganised folder keeps its faces and their labels', async () => {
    const project = emptyProject();
    const parent = folderWith(await images(['set/ana/1.jpg', 'set/ana/2.jpg', 'set/bo/1.jpg']));
    await run(['import', project, join(parent, 'set')]);
    const before = stateOf(project);
    {
      const open = Project.open(project);
      open.label(
        [{ face: before.faces[1].id, attribute: 0, value: 2 }],
        { origin: 'human', name: 'ana' },
        { kind: 'label', description: 'x' },
      );
      open.close();
    }
    // The whole folder goes elsewhere, one image is renamed, one changes its folder, one is new.
    mkdirSync(join(parent, 'elsewhere', 'set', 'cy'), { recursive: true });
    renameSync(join(parent, 'set'), join(parent, 'old'));
    const set = join(parent, 'elsewhere', 'set');
    renameSync(join(parent, 'old', 'ana'), join(set, 'ana'));
    renameSync(join(set, 'ana', '2.jpg'), join(set, 'cy', 'two.jpg'));
    mkdirSync(join(set, 'bo'));
    renameSync(join(parent, 'old', 'bo', '1.jpg'), join(set, 'bo', 'one.jpg'));
    writeFileSync(join(set, 'bo', 'new.jpg'), await jpeg(77));
    const { json } = await run(['import', project, set, '--json']);
    expect(json).toMatchObject({
      source: 'set',
      root: set,
      imported: 4,
      added: 1,
      images: { ok: 4, missing: 0, moved: 2 },
    });
    const after = stateOf(project);
    expect(after.faces).toHaveLength(4);
    expect(after.faces[1]).toMatchObject({ id: before.faces[1].id, identity: 'cy' });
    expect(after.faces[1].labels[0]).toBe(2);
    expect(after.images.map(({ place }) => place).sort()).toEqual([
      'ana/1.jpg',
      'bo/new.jpg',
      'bo/one.jpg',
      'cy/two.jpg',
    ]);
    // And reading it there again changes nothing.
    const again = await run(['import', project, set, '--json']);
    expect(again.json).toMatchObject({ added: 0, changed: 0, events: 0, images: { hashed: 0, ok: 4 } });
    expect(stateOf(project)).toEqual(after);
  });

  test('labels whose folder lies higher or deeper, or whose files were gathered, find their images', async () => {
    const labels = folderWith({ 'fairface.csv': [FAIRFACE, ...ROWS].join('\n') });
    const csv = join(labels, 'fairface.csv');
    const tree = folderWith(await images(['a/b/train/1.jpg', 'a/b/train/2.jpg', 'a/b/val/1.jpg']));
    for (const [root, ok] of [
      [tree, 3],
      [join(tree, 'a', 'b', 'train'), 2],
    ] as const) {
      const { json } = await run(['import', emptyProject(), csv, '--images', root, '--json']);
      expect(json).toMatchObject({ images: { ok, missing: 3 - ok } });
    }
    // Two rows end in 1.jpg: one file of that name is given to neither.
    const gathered = folderWith(await images(['1.jpg', '2.jpg']));
    const { json } = await run(['import', emptyProject(), csv, '--images', gathered, '--json']);
    expect(json).toMatchObject({ images: { ok: 1, missing: 2 } });
  });

  test('a second folder of the same name is another source only under another name', async () => {
    const project = emptyProject();
    const one = folderWith(await images(['set/1.jpg']));
    const two = folderWith({ 'set/2.jpg': await jpeg(8) });
    await run(['import', project, join(one, 'set')]);
    const refused = await run(['import', project, join(two, 'set')]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(
      "give it a name with --name; if it is the same one at a new place, say --name 'set'",
    );
    const lists = folderWith({
      'a/list.csv': 'file\n1.jpg\n',
      'a/1.jpg': 'x',
      'b/list.csv': 'file\n1.jpg\n',
      'b/1.jpg': 'y',
    });
    const third = emptyProject();
    expect((await run(['import', third, join(lists, 'a', 'list.csv')])).code).toBe(0);
    expect((await run(['import', third, join(lists, 'b', 'list.csv')])).err).toContain("--name 'list'");
    expect((await run(['import', project, join(two, 'set'), '--name', 'other'])).code).toBe(0);
    expect(stateOf(project).sources.map(({ name, faces }) => [name, faces])).toEqual([
      ['set', 1],
      ['other', 1],
    ]);
  });

  test('changed, vanished and returned files', async () => {
    const project = emptyProject();
    const root = folderWith(await images(['a.jpg', 'b.jpg', 'c.jpg']));
    await run(['import', project, root]);
    writeFileSync(join(root, 'a.jpg'), await jpeg(50, 60, 60));
    utimesSync(join(root, 'a.jpg'), 1, 1);
    const kept = readFileSync(join(root, 'b.jpg'));
    rmSync(join(root, 'b.jpg'));
    const gone = await run(['import', project, root, '--json']);
    expect(gone.json).toMatchObject({ rows: 2, faces: 3, images: { changed: 1, missing: 1, ok: 2 } });
    writeFileSync(join(root, 'b.jpg'), kept);
    const back = await run(['import', project, root, '--json']);
    expect(back.json).toMatchObject({ added: 0, images: { missing: 0, ok: 3 } });
  });

  test('a cancelled import keeps what it finished and goes on from there', async () => {
    const path = emptyProject();
    const names = Array.from({ length: 1300 }, (_, i) => `${i}.jpg`);
    const picture = await jpeg(1);
    // Different bytes behind the end of the picture: different hashes, same pixels.
    const root = folderWith(
      Object.fromEntries(names.map((name) => [name, Buffer.concat([picture, Buffer.from(name)])])),
    );
    const project = Project.open(path);
    const cancel = new AbortController();
    const first = importSource(
      project,
      { source: root },
      {
        signal: cancel.signal,
        onProgress: ({ stage, done }) => {
          if (stage === 'Looking at images' && done === 700) cancel.abort(new Cancelled());
        },
      },
    );
    await expect(first).rejects.toThrow(Cancelled);
    expect(project.jobs()[0]).toMatchObject({ kind: 'import', state: 'cancelled' });
    expect(project.faceCount()).toBe(1300);
    const hashed = project.images({ state: 'ok' }).length;
    expect(hashed).toBeGreaterThanOrEqual(699);
    const second = await importSource(project, { source: root });
    expect(second).toMatchObject({ added: 0, events: 0, images: { ok: 1300, hashed: 1300 - hashed } });
    expect(project.jobs()[0]).toMatchObject({ state: 'done' });
    project.close();
  });
});
