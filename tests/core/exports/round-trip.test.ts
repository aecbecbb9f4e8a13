import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ImageMode, LayoutName } from '../../../core/exports/types.ts';
import { type ExportInput, exportSubset } from '../../../core/jobs/export.ts';
import { type ImportInput, type ImportResult, importSource } from '../../../core/jobs/import.ts';
import { Project } from '../../../core/project/project.ts';
import type { Face, NewFace, Origin } from '../../../core/project/types.ts';
import { jpeg, temporary } from '../datasets/fixtures.ts';

/** Every layout that `visage export` writes, and each of its files that can be named alone. */
const LAYOUTS: readonly LayoutName[] = ['visage', 'cohorts', 'fairface', 'imagefolder'];
const COMMON = ['faces.csv', 'faces.json', 'manifest.json', 'croissant.json'];
const OWN: Partial<Record<LayoutName, string>> = {
  fairface: 'fairface_label.csv',
  imagefolder: 'train/metadata.csv',
};

let folder: string;
let project: Project;

/** Codes with leading zeros, with every digit of every attribute among them. */
const CODES = ['00000', '01022', '11422', '21311', '10222', '20100'];
const ANA = 'Ana, "the =first"';
/** Words that mean nothing elsewhere, and one that a spreadsheet would run. */
const NAMES = ['None', '=1+1', '-'];

/** Two data sets in folders far apart, in both of which somebody is called 'p1'; all four origins, odd confidences. */
beforeEach(async () => {
  folder = temporary();
  project = Project.create(join(folder, 'p.visage'));
  onTestFinished(() => project.close());
  let seed = 0;
  for (const [name, root] of [
    ['One', join(folder, 'deep/er/one')],
    ['Two', join(folder, 'two')],
  ] as const) {
    const source = project.addSource({ name, format: 'folder', root });
    const faces: NewFace[] = CODES.map((code, i) => ({
      path: `a b/${code}-ü${i}.JPG`,
      identity:
        i === 0
          ? 'p1'
          : i === 1
            ? ANA
            : i === 2
              ? undefined
              : `${NAMES[i - 3]} ${name}`.replace(/ (One)$/, ''),
      key: i === 3 ? 'face 2' : '',
      box: [1, 2.5, Math.fround(3.3), 4] as const,
      points: Float32Array.from({ length: 10 }, (_, k) => k + 1 / 3),
      labels: [...code].map(Number),
    }));
    project.putFaces(source.id, faces, 'faces');
    const findings = [];
    for (const { id, path } of project.images({ source: source.id })) {
      const bytes = await jpeg(seed++);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), bytes);
      const hash = createHash('sha256').update(bytes).digest('hex');
      findings.push({ id, state: 'ok' as const, hash, bytes: bytes.length });
    }
    project.recordImages(findings);
  }
  const all = [...project.select({})];
  const say = (faces: readonly number[], attribute: number, origin: Origin, confidence?: number): void => {
    const changes = project.faces(Int32Array.from(faces)).map(({ id, labels }) => ({
      face: id,
      attribute,
      value: labels[attribute],
      ...(confidence && { confidence }),
    }));
    project.label(changes, { origin, name: `${origin} x` }, { kind: 'label', description: 'x' });
  };
  say(all.slice(0, 5), 1, 'human');
  say(all.slice(3, 9), 4, 'rule', 0.25);
  // What a network said where the data set said nothing: its value stands with a confidence of many digits.
  const silent = project.addSource({ name: 'Two', format: 'folder', root: join(folder, 'two') });
  const [bytes, path] = [await jpeg(99), 'models.jpg'];
  writeFileSync(join(folder, 'two', path), bytes);
  project.putFaces(silent.id, [{ path, identity: 'p1' }], 'more');
  const face = project.select({}).at(-1) as number;
  project.recordImages([
    {
      id: project.face(face).imageId,
      state: 'ok',
      hash: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
    },
  ]);
  project.label(
    [1, 0, 3, 2, 1].map((value, attribute) => ({ face, attribute, value, confidence: (attribute + 1) / 7 })),
    { origin: 'model', name: 'net', hash: 'a'.repeat(64) },
    { kind: 'prelabel', description: 'x' },
  );
});

async function write(layout: LayoutName, mode: ImageMode, out = join(folder, 'out')): Promise<string> {
  const input: ExportInput = {
    perCohort: 1,
    seed: 3,
    balance: { sources: false, identities: false },
    short: 'take-all',
    selection: {},
    layout,
    mode,
    out,
  };
  // All faces, not one of each cohort.
  await exportSubset(project, { ...input, perCohort: 2 });
  return out;
}

async function read(
  source: string,
  input: Partial<ImportInput> = {},
): Promise<{ result: ImportResult; faces: Face[]; hashes: (string | null)[]; project: Project }> {
  const again = Project.create(join(temporary(), 'again.visage'));
  onTestFinished(() => again.close());
  const result = await importSource(again, { source, ...input });
  const faces = again.faces(again.select({}));
  return { result, faces, hashes: faces.map(({ imageId }) => again.image(imageId).hash), project: again };
}

interface Facts extends Pick<Face, 'key' | 'labels' | 'origins' | 'confidences'> {
  box: number[] | undefined;
  points: number[] | null;
}

/** What must come back, by the content of the picture. */
const factsOf = (of: Project, faces: readonly Face[]): Record<string, Facts> =>
  Object.fromEntries(
    faces.map(({ imageId, key, labels, origins, confidences, box, points }): [string, Facts] => [
      String(of.image(imageId).hash),
      { key, labels, origins, confidences, box: box?.map(Math.fround), points: points && [...points] },
    ]),
  );

const facts = () => factsOf(project, project.faces(project.select({})));

/** Names of persons by content; 'p1' is two people, told apart by their data set. */
const people = () =>
  Object.fromEntries(
    project
      .faces(project.select({}))
      .map(({ imageId, sourceId, identity }) => [
        project.image(imageId).hash,
        identity === 'p1' || identity === ANA ? `${project.source(sourceId).name}/${identity}` : identity,
      ]),
  );

const peopleOf = (of: Project, faces: readonly Face[]) =>
  Object.fromEntries(faces.map(({ imageId, identity }) => [of.image(imageId).hash, identity]));

async function sameAgain(source: string, input?: Partial<ImportInput>): Promise<ImportResult> {
  const back = await read(source, input);
  expect(back.result.rejects).toEqual([]);
  expect(back.result).toMatchObject({
    format: 'visage',
    imported: 13,
    images: { ok: 13, missing: 0, changed: 0 },
  });
  expect(factsOf(back.project, back.faces)).toEqual(facts());
  expect(peopleOf(back.project, back.faces)).toEqual(people());
  // The second time nothing changes.
  const again = await importSource(back.project, { source, ...input });
  expect(again).toMatchObject({ added: 0, changed: 0, unchanged: 13, events: 0, images: { hashed: 0 } });
  return back.result;
}

describe.each(LAYOUTS)('layout %s', (layout) => {
  test.each(['copy', 'link', 'list'] as const)(
    'pictures as %s: labels, who said them and how surely, people, pictures',
    async (mode) => {
      await sameAgain(await write(layout, mode));
    },
  );

  test('each of its files named alone says the same', async () => {
    const out = await write(layout, 'copy');
    for (const file of [...COMMON, OWN[layout]].filter((name) => name !== undefined)) {
      const result = await sameAgain(join(out, file));
      expect([file, result.source]).toEqual([file, 'out']);
    }
  });

  test('after the folder was copied, moved and its pictures were renamed', async () => {
    const out = await write(layout, 'copy');
    const copy = join(folder, 'else where/copy');
    cpSync(out, copy, { recursive: true });
    rmSync(out, { recursive: true });
    await sameAgain(copy);
    const rows = readFileSync(join(copy, 'faces.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const [a, b, c] = rows.map((row) => row.split(',')[0]);
    // Two pictures swap their names, a third goes elsewhere: the content says whose they are.
    renameSync(join(copy, a), join(copy, 'x.jpg'));
    renameSync(join(copy, b), join(copy, a));
    renameSync(join(copy, 'x.jpg'), join(copy, b));
    mkdirSync(join(copy, 'sorted/by hand'), { recursive: true });
    renameSync(join(copy, c), join(copy, 'sorted/by hand/face.jpeg'));
    const back = await sameAgain(copy);
    expect(back.images?.moved).toBe(3);
  });

  test('a known export that moved is the same source at its new place', async () => {
    const out = await write(layout, 'copy');
    const back = await read(out);
    renameSync(out, join(folder, 'moved'));
    const again = await importSource(back.project, { source: join(folder, 'moved'), name: 'out' });
    expect(again).toMatchObject({ added: 0, changed: 0, unchanged: 13, events: 0, images: { ok: 13 } });
  });
});

test('pictures alone: their names, or those of their folders, still say the five labels', async () => {
  for (const layout of LAYOUTS) {
    const out = await write(layout, 'copy', join(folder, layout));
    for (const file of [...COMMON, OWN[layout]])
      if (file !== undefined) rmSync(join(out, file), { force: true });
    const { result, project: again, faces } = await read(out);
    expect(result).toMatchObject({ format: 'cohorts', imported: 13, rejected: 0 });
    const labels = Object.fromEntries(faces.map((face) => [again.image(face.imageId).hash, face.labels]));
    expect(labels).toEqual(
      Object.fromEntries(Object.entries(facts()).map(([hash, face]) => [hash, face.labels])),
    );
  }
});

test('people numbered from 00000 on stay people', async () => {
  const root = join(folder, 'people');
  for (const person of ['00000', '00001']) {
    mkdirSync(join(root, person), { recursive: true });
    writeFileSync(join(root, person, 'a.jpg'), await jpeg(Number(person)));
  }
  expect((await read(root)).result.format).toBe('identities');
  mkdirSync(join(root, '00003'));
  writeFileSync(join(root, '00003', 'a.jpg'), await jpeg(7));
  expect((await read(root)).result.format).toBe('identities');
});

describe('an export that lists its pictures', () => {
  test('finds them by content below the folder that is named, when the data sets have moved', async () => {
    const out = await write('fairface', 'list');
    renameSync(join(folder, 'two'), join(folder, 'deep/er/2'));
    renameSync(join(folder, 'deep'), join(folder, 'new place'));
    const lost = await read(out);
    expect(lost.result).toMatchObject({ root: null, imported: 13, images: null });
    expect(lost.faces.map(({ labels }) => labels.join('')).sort()).toEqual(
      Object.values(facts())
        .map(({ labels }) => labels.join(''))
        .sort(),
    );
    await sameAgain(out, { images: join(folder, 'new place') });
    // Attached later, they are the same faces.
    const found = await importSource(lost.project, { source: out, images: join(folder, 'new place') });
    expect(found).toMatchObject({ added: 0, unchanged: 13, events: 0, images: { ok: 13, missing: 0 } });
    expect(factsOf(lost.project, lost.project.faces(lost.project.select({})))).toEqual(facts());
  });

  test('looks for a missing picture where its data set was, not in all that lies around', async () => {
    const out = await write('visage', 'list');
    const [first] = readFileSync(join(out, 'faces.csv'), 'utf8').split('\n').slice(1);
    const path = first.split(',')[0];
    mkdirSync(join(folder, 'somewhere else'));
    cpSync(path, join(folder, 'somewhere else/stray.jpg'));
    rmSync(path);
    const { result } = await read(out);
    expect(result.images).toMatchObject({ ok: 12, missing: 1 });
  });

  test('of Windows, read on another system: labels now, pictures where they are named', async () => {
    const out = await write('visage', 'list');
    const table = join(out, 'faces.csv');
    writeFileSync(
      table,
      readFileSync(table, 'utf8')
        .replaceAll(`${folder}/`, 'C:\\Users\\Ana\\')
        .replace(/^(C:[^,]*)/gm, (path) => path.replaceAll('/', '\\')),
    );
    const { result } = await read(table);
    expect(result).toMatchObject({ imported: 13, rejected: 0, root: null });
    await sameAgain(table, { images: folder });
  });
});

test('pictures that were converted are matched by their paths, and said to be others', async () => {
  const out = await write('visage', 'copy');
  const rows = readFileSync(join(out, 'faces.csv'), 'utf8').trimEnd().split('\n').slice(1);
  const path = rows[0].split(',')[0];
  writeFileSync(join(out, path), await jpeg(50));
  rmSync(join(out, rows[1].split(',')[0]));
  const { result } = await read(out);
  expect(result.images).toMatchObject({ ok: 12, missing: 1, changed: 1 });
});

test('labels that were changed in a spreadsheet: what agrees with its cohort is read, the rest is named', async () => {
  const out = await write('visage', 'copy');
  const table = join(out, 'faces.csv');
  const rows = readFileSync(table, 'utf8').trimEnd().split('\n');
  const header = rows[0].split(',');
  const change = (row: number, values: Record<string, string>): void => {
    const cells = rows[row].split(',');
    for (const [column, value] of Object.entries(values)) cells[header.indexOf(column)] = value;
    rows[row] = cells.join(',');
  };
  // The first rows are of cohort 00000, whose zeros a spreadsheet leaves out.
  change(1, { cohort: '0' });
  change(2, { age: '2', cohort: '20000', age_origin: 'human' });
  change(3, { age: '1' });
  change(4, { age_origin: 'me' });
  change(5, { gender_confidence: '1,5' });
  writeFileSync(table, rows.join('\n'));
  const { result, faces } = await read(out);
  expect(result.rejects.map(({ line, sentence }) => [line, sentence.replace(/'\d{5}'/, "'…'")])).toEqual([
    [4, "age '1' and the cohort '…' do not say the same; make them agree, or leave one of the columns out."],
    [5, "'me' is no origin of age; allowed: model, dataset, rule, human."],
    [6, `the row has ${header.length + 1} columns, the header has ${header.length}; as many are needed.`],
  ]);
  expect(result.repairs.map(({ value, read: meant }) => [value, meant])).toEqual([['0', '00000']]);
  expect(faces[0].labels).toEqual([0, 0, 0, 0, 0]);
  expect([faces[1].labels, faces[1].origins[0]]).toEqual([[2, 0, 0, 0, 0], 'human']);
});

test('several exports in one folder are named, not mixed', async () => {
  await write('visage', 'copy', join(folder, 'all/a'));
  await write('imagefolder', 'copy', join(folder, 'all/b'));
  await expect(read(join(folder, 'all'))).rejects.toThrow(
    "holds 2 exports ('a', 'b'); name one of the folders.",
  );
});

test('what persons said stays theirs, and undo of the latest labelling leaves an import alone', async () => {
  const { project: again, faces } = await read(await write('visage', 'copy'));
  expect(again.batches().filter(({ kind, origin }) => kind === 'import' && origin === 'human')).toHaveLength(
    1,
  );
  expect(() => again.undo(undefined, 'ana')).toThrow('There is nothing to undo');
  const asked = again.batches().find(({ origin }) => origin === 'human');
  again.undo(asked?.id, 'ana');
  const human = faces.filter(({ origins }) => origins.includes('human'));
  for (const { id } of human) expect(again.face(id).origins).not.toContain('human');
});

test('read as any csv, the table still says what its digits are', async () => {
  for (const layout of ['visage', 'fairface', 'imagefolder'] as const) {
    const out = await write(layout, 'copy', join(folder, `csv ${layout}`));
    const {
      result,
      project: again,
      faces,
    } = await read(join(out, OWN[layout] ?? 'faces.csv'), { format: 'csv' });
    expect(result).toMatchObject({ format: 'csv', imported: 13, rejected: 0, images: { ok: 13 } });
    const said = factsOf(again, faces);
    for (const [hash, { labels, origins, confidences }] of Object.entries(facts())) {
      expect(said[hash]).toMatchObject({ labels, origins, confidences });
    }
  }
});

test('an export from before its tables had sizes and points: pictures are found by their hash all the same', async () => {
  const out = await write('visage', 'copy');
  const table = join(out, 'faces.csv');
  const rows = readFileSync(table, 'utf8').trimEnd().split('\n');
  const kept = rows[0].split(',').indexOf('sha256') + 1;
  // Quoted commas stand before the columns that are cut off, so the row is cut from its end.
  const cut = rows[0].split(',').length - kept;
  writeFileSync(table, rows.map((row) => row.split(',').slice(0, -cut).join(',')).join('\n'));
  renameSync(join(out, rows[1].split(',')[0]), join(out, 'moved.jpg'));
  const { result } = await read(table);
  expect(result).toMatchObject({ format: 'visage', imported: 13, images: { ok: 13, moved: 1, missing: 0 } });
});

test("another's imagefolder: its table below the folder finds its pictures", async () => {
  const root = join(folder, 'hub');
  mkdirSync(join(root, 'train'), { recursive: true });
  writeFileSync(join(root, 'train/a.jpg'), await jpeg(70));
  writeFileSync(join(root, 'train/metadata.csv'), 'file_name,age,gender\na.jpg,34,F\n');
  const { result, faces } = await read(root);
  expect(result).toMatchObject({ format: 'csv', images: { ok: 1, missing: 0 } });
  expect(faces[0].labels).toEqual([1, 0, -1, -1, -1]);
});
