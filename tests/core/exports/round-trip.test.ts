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
      identity: i === 0 ? 'p1' : i === 1 ? ANA : i === 2 ? undefined : `${name} ${i}`,
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

/** What must come back, by the content of the picture. */
const factsOf = (of: Project, faces: readonly Face[]) =>
  Object.fromEntries(
    faces.map(({ imageId, key, labels, origins, confidences, box, points }) => [
      of.image(imageId).hash,
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
