import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readManifest } from '../../../core/exports/manifest.ts';
import type { LayoutName } from '../../../core/exports/types.ts';
import { verifyExport } from '../../../core/exports/verify.ts';
import { manifestText } from '../../../core/exports/write.ts';
import { compositionOf } from '../../../core/jobs/export/composition.ts';
import { listExports, readExport } from '../../../core/jobs/export/listing.ts';
import {
  type ExportInput,
  exportSubset,
  lookedAtPlan,
  previewExport,
  rebuildExport,
} from '../../../core/jobs/export.ts';
import { Project } from '../../../core/project/project.ts';
import type { NewFace } from '../../../core/project/types.ts';
import { run } from '../cli/run.ts';

let folder: string;
let project: Project;
let input: ExportInput;

const PER_COHORT = { '11422': 8, '01022': 5, '21322': 2 };

/** Three cohorts of one source; a picture's bytes are its path, which is all that an export looks at. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-export-'));
  project = Project.create(join(folder, 'p.visage'));
  const root = join(folder, 'pictures');
  const source = project.addSource({ name: 'Set, "quoted"', format: 'folder', root });
  const faces: NewFace[] = Object.entries(PER_COHORT).flatMap(([code, count]) =>
    Array.from({ length: count }, (_, i) => ({
      path: `${code}/${i}.JPG`,
      identity: `person ${i % 3}`,
      box: [1, 2, 3.25, 4] as const,
      labels: [...code].map(Number),
    })),
  );
  project.putFaces(source.id, faces, 'test faces');
  for (const { path } of faces) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `picture ${path}`);
  }
  project.recordImages(
    project.images().map(({ id, path }) => ({
      id,
      state: 'ok' as const,
      hash: createHash('sha256').update(`picture ${path}`).digest('hex'),
      bytes: `picture ${path}`.length,
    })),
  );
  input = {
    perCohort: 5,
    seed: 3,
    balance: { sources: true, identities: true },
    short: 'leave-out',
    selection: {},
    layout: 'visage',
    mode: 'copy',
    out: join(folder, 'out'),
  };
});
afterEach(() => {
  project.close();
  rmSync(folder, { recursive: true, force: true });
});

const tree = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]),
  );

test('an export holds what the plan says, and verifies', async () => {
  const result = await exportSubset(project, input);
  expect(result).toMatchObject({ images: 10, cohorts: 2, short: [{ code: '21322', count: 2, missing: 3 }] });
  expect(await verifyExport(input.out)).toEqual([]);
  const files = tree(input.out);
  expect(Object.keys(files).filter((path) => path.startsWith('images/'))).toHaveLength(10);
  expect(files['images/01022-000001.jpg']).toBe('picture 01022/0.JPG');
  const rows = files['faces.csv'].trimEnd().split('\n');
  expect(rows).toHaveLength(11);
  expect(rows[1]).toContain('images/01022-000001.jpg,01022,0,dataset,,1,dataset,,0,dataset,');
  expect(rows[1]).toContain('"Set, ""quoted"""');
  expect(JSON.parse(files['faces.json'])).toHaveLength(10);
});

test.for(['visage', 'cohorts', 'fairface', 'imagefolder'] as LayoutName[])(
  'the manifest rebuilds layout %s byte for byte, though labels have changed since',
  async (layout) => {
    await exportSubset(project, { ...input, layout });
    project.label(
      [{ face: 1, attribute: 0, value: 2 }],
      { origin: 'human', name: 'ana' },
      { kind: 'label', description: 'x' },
    );
    const again = join(folder, 'again');
    await rebuildExport(project, { manifest: join(input.out, 'manifest.json'), out: again });
    expect(tree(again)).toEqual(tree(input.out));
    expect(await verifyExport(again)).toEqual([]);
  },
);

test('the same settings give the same bytes twice', async () => {
  await exportSubset(project, input);
  await exportSubset(project, { ...input, out: join(folder, 'twice') });
  expect(tree(join(folder, 'twice'))).toEqual(tree(input.out));
});

test('layouts are what their readers expect', async () => {
  await exportSubset(project, { ...input, layout: 'imagefolder', out: join(folder, 'hf') });
  const hf = tree(join(folder, 'hf'));
  const [header, first] = hf['train/metadata.csv'].split('\n');
  expect(header.split(',')[0]).toBe('file_name');
  expect(Object.keys(hf)).toContain(`train/${first.split(',')[0]}`);
  await exportSubset(project, { ...input, layout: 'cohorts', out: join(folder, 'by-cohort') });
  expect(readdirSync(join(folder, 'by-cohort', '11422'))).toHaveLength(5);
  await exportSubset(project, { ...input, layout: 'fairface', out: join(folder, 'ff') });
  const [names, row] = tree(join(folder, 'ff'))['fairface_label.csv'].split('\n');
  expect(names).toMatch(/^file,age,gender,race,pitch,yaw,cohort,age_origin,/);
  expect(row).toMatch(/^images\/01022-000001.jpg,0-19,Male,Black,within 30,within 30,01022,dataset,/);
});

test('the Croissant description names every column of the csv and its hash', async () => {
  await exportSubset(project, input);
  const files = tree(input.out);
  const croissant = JSON.parse(files['croissant.json']);
  expect(croissant.conformsTo).toBe('http://mlcommons.org/croissant/1.0');
  expect(
    croissant.recordSet[0].field.map(
      (field: { source: { extract: { column: string } } }) => field.source.extract.column,
    ),
  ).toEqual(files['faces.csv'].split('\n')[0].split(','));
  expect(croissant.distribution[0].sha256).toBe(
    createHash('sha256').update(files['faces.csv']).digest('hex'),
  );
  expect(croissant.distribution[1]).toMatchObject({ '@type': 'cr:FileSet', includes: 'images/*' });
});

test('linked pictures are links, listed ones stay where they are', async () => {
  await exportSubset(project, { ...input, mode: 'link' });
  expect(readFileSync(join(input.out, 'images/01022-000001.jpg'), 'utf8')).toBe('picture 01022/0.JPG');
  const listed = join(folder, 'listed');
  await exportSubset(project, { ...input, mode: 'list', out: listed });
  expect(readdirSync(listed).sort()).toEqual(['croissant.json', 'faces.csv', 'faces.json', 'manifest.json']);
  expect(await verifyExport(listed)).toEqual([]);
  expect((await readManifest(join(listed, 'manifest.json'))).faces[0].file).toBe(
    join(folder, 'pictures/01022/0.JPG'),
  );
});

test('a model never passes for a person: the tables say who said each label', async () => {
  const ids = project.select({ cohorts: [] });
  expect(ids).toHaveLength(0);
  const all = project.select({});
  project.label(
    [...all].map((face) => ({ face, attribute: 3, value: 2, confidence: 0.75 })),
    { origin: 'human', name: 'ana' },
    { kind: 'label', description: 'x' },
  );
  await exportSubset(project, input);
  expect(tree(input.out)['faces.csv'].split('\n')[1]).toContain(',2,human,0.75,2,dataset,,');
});

describe('what is wrong is found and said', () => {
  test('changed, missing, added files and a changed manifest', async () => {
    await exportSubset(project, input);
    writeFileSync(join(input.out, 'images/01022-000001.jpg'), 'other');
    rmSync(join(input.out, 'images/01022-000002.jpg'));
    writeFileSync(join(input.out, 'notes.txt'), 'mine');
    expect(await verifyExport(input.out)).toEqual([
      "'images/01022-000001.jpg' is not the file that was exported: its content differs.",
      "'images/01022-000002.jpg' is missing or cannot be read.",
      "'notes.txt' does not belong to the export.",
    ]);
    const path = join(input.out, 'manifest.json');
    const manifest = await readManifest(path);
    writeFileSync(path, manifestText(manifest).replace('"seed": 3', '"seed":  3'));
    expect((await verifyExport(input.out))[0]).toBe("'manifest.json' was changed after it was written.");
  });

  test('pictures that went or changed since import are drawn around, listed, and rebuilt bit for bit', async () => {
    const at = (path: string): string => join(folder, 'pictures', path);
    writeFileSync(at('11422/0.JPG'), 'picture 11422/X.JPG');
    rmSync(at('11422/1.JPG'));
    writeFileSync(at('11422/2.JPG'), 'another size');
    rmSync(at('01022/3.JPG'));
    const result = await exportSubset(project, input);
    // Five of eight are left of one cohort, which is filled; the other had five and falls short.
    expect(result).toMatchObject({ images: 5, cohorts: 1 });
    expect(result.short.map(({ code, count }) => [code, count])).toEqual([
      ['01022', 4],
      ['21322', 2],
    ]);
    const whole = readdirSync(input.out);
    const passed = result.passedOver.map(({ cohort, path, reason }) => [cohort, path, reason]);
    const possible = [
      ['01022', '01022/3.JPG', 'It cannot be read: there is no such file or folder (ENOENT).'],
      ['11422', '11422/0.JPG', 'Its content is not the one that the project knows.'],
      ['11422', '11422/1.JPG', 'It cannot be read: there is no such file or folder (ENOENT).'],
      ['11422', '11422/2.JPG', 'Its file has 12 bytes, not 19.'],
    ];
    expect(passed).toEqual(possible);
    const manifest = await readManifest(join(input.out, 'manifest.json'));
    expect(manifest.passedOver).toEqual(result.passedOver);
    expect(await verifyExport(input.out)).toEqual([]);
    expect((await readExport(input.out)).passedOver).toHaveLength(4);
    const again = join(folder, 'again');
    await rebuildExport(project, { manifest: result.manifest, out: again });
    expect(readFileSync(join(again, 'manifest.json'))).toEqual(readFileSync(result.manifest));
    expect(readdirSync(again)).toEqual(whole);
    // The dry run looks at the disk as well; where nothing can be filled, the sentence says why.
    const looked = await lookedAtPlan(project, {}, input, 'list');
    expect(looked.passedOver).toHaveLength(4);
    await expect(exportSubset(project, { ...input, perCohort: 6, out: join(folder, 'x') })).rejects.toThrow(
      /No cohort has 6 faces; the largest, \d+, has \d.*passed over.*--images/,
    );
    expect(readdirSync(folder).sort()).toEqual(['again', 'out', 'p.visage', 'pictures']);
  });

  test('what the project knows to be unreadable counts in no cohort, before a disk is asked', async () => {
    const [first] = project.images();
    project.recordImages([{ id: first.id, state: 'unreadable', problem: 'The file is empty (0 bytes).' }]);
    const settings = { ...input, perCohort: 8 };
    const plan = await previewExport(project, {}, settings);
    expect(plan.passedOver).toEqual([
      {
        source: 'Set, "quoted"',
        path: first.path,
        key: '',
        cohort: '11422',
        reason: 'The file is empty (0 bytes).',
      },
    ]);
    expect(plan.cohorts).toEqual([]);
    // A set without such faces says nothing of them, so that its bytes are those of earlier versions.
    expect(manifestText({ faces: [], passedOver: undefined } as never)).not.toContain('passedOver');
  });

  test('a folder that holds something, a cohort size that nobody reaches, pictures that were never seen', async () => {
    mkdirSync(input.out);
    writeFileSync(join(input.out, 'thesis.tex'), 'years of work');
    await expect(exportSubset(project, input)).rejects.toThrow('is not empty');
    expect(readdirSync(input.out)).toEqual(['thesis.tex']);
    await expect(exportSubset(project, { ...input, perCohort: 9 })).rejects.toThrow(
      'No cohort has 9 faces; the largest, 11422, has 8',
    );
    project.recordImages([{ id: project.images()[0].id, state: 'missing' }]);
    await expect(
      exportSubset(project, { ...input, short: 'take-all', out: join(folder, 'x') }),
    ).resolves.toMatchObject({ images: 12, passedOver: [{ reason: 'Its picture is missing.' }] });
  });

  test('a manifest that leads out of the export, or is none', async () => {
    await exportSubset(project, input);
    const path = join(input.out, 'manifest.json');
    const text = readFileSync(path, 'utf8');
    for (const evil of ['../evil.jpg', '/etc/evil.jpg', 'images/../../evil.jpg', 'C:\\\\evil.jpg']) {
      writeFileSync(path, text.replace('images/01022-000001.jpg', evil));
      await expect(rebuildExport(project, { manifest: path, out: join(folder, 'x') }), evil).rejects.toThrow(
        'is no manifest',
      );
    }
    writeFileSync(path, '{"format": "visage-export"');
    await expect(readManifest(path)).rejects.toThrow('is not JSON');
    writeFileSync(path, '{"format": "other"}');
    await expect(readManifest(path)).rejects.toThrow('is no manifest of an export');
  });

  test('cancelling leaves nothing', async () => {
    const controller = new AbortController();
    const run = exportSubset(project, input, {
      signal: controller.signal,
      onProgress: ({ done }) => done === 3 && controller.abort(),
    });
    await expect(run).rejects.toThrow('Cancelled');
    expect(readdirSync(folder).sort()).toEqual(['p.visage', 'pictures']);
  });
});

test('a rebuild finds pictures that have moved by their content', async () => {
  await exportSubset(project, input);
  const image = project.images().find(({ path }) => path === '01022/1.JPG')!;
  renameSync(join(folder, 'pictures/01022/1.JPG'), join(folder, 'pictures/moved.jpg'));
  project.recordImages([{ id: image.id, place: 'moved.jpg', state: 'ok' }]);
  await rebuildExport(project, { manifest: join(input.out, 'manifest.json'), out: join(folder, 'again') });
  expect(await verifyExport(join(folder, 'again'))).toEqual([]);
  expect(tree(join(folder, 'again'))).toEqual(tree(input.out));
});

test('a link out of the export is followed by nobody: the file it stands for is what is checked', async () => {
  await exportSubset(project, input);
  const target = join(input.out, 'images/01022-000001.jpg');
  rmSync(target);
  symlinkSync('/etc/hostname', target);
  expect(statSync(target).isFile()).toBe(true);
  expect(await verifyExport(input.out)).toEqual([
    "'images/01022-000001.jpg' is not the file that was exported: its content differs.",
  ]);
});

test('a preview counts what is written afterwards, over a selection too', async () => {
  const { perCohort, seed, balance, short } = input;
  const settings = { perCohort, seed, balance, short };
  const plan = await previewExport(project, {}, settings);
  await exportSubset(project, input);
  const written = await readManifest(join(input.out, 'manifest.json'));
  expect(plan.chosen.map(({ path }) => path)).toEqual(written.faces.map(({ path }) => path));
  expect(plan.chosen.map(({ identity }) => identity)).toEqual(written.faces.map(({ identity }) => identity));
  expect(compositionOf(plan)).toEqual({
    sources: [{ name: 'Set, "quoted"', images: 10, perCohort: [5, 5] }],
    identities: 3,
    unnamed: 0,
  });
  // Ids with gaps, beginning inside a portion.
  const some = Int32Array.of(2, 4, 5, 7, 8, 9, 12);
  const part = await previewExport(project, { faces: some }, { ...settings, perCohort: 2 });
  expect(part.chosen.every(({ face }) => some.includes(face))).toBe(true);
  expect(part.chosen.map(({ path }) => path)).toEqual(part.chosen.map(({ face }) => project.face(face).path));
  const controller = new AbortController();
  controller.abort();
  await expect(previewExport(project, {}, settings, { signal: controller.signal })).rejects.toThrow(
    'Cancelled',
  );
});

test('an export that the command wrote elsewhere is listed, and none that could not be remembered is hushed up', async () => {
  const { path } = project;
  project.close();
  const words = ['export', path, '--per-cohort', '5', '--out'];
  expect((await run([...words, join(folder, 'elsewhere')])).code).toBe(0);
  const listed = async (): Promise<unknown> => (await run(['export', path, '--list', '--json'])).json.exports;
  expect(await listed()).toMatchObject([{ folder: join(folder, 'elsewhere'), exists: true, images: 10 }]);
  const writer = Project.open(path);
  try {
    const { code, err } = await run([...words, join(folder, 'meanwhile')]);
    expect([code, existsSync(join(folder, 'meanwhile', 'manifest.json'))]).toEqual([0, true]);
    expect(err).toMatch(/is open for writing.*The export is written all the same.*not listed by --list/);
  } finally {
    writer.close();
  }
  expect(await listed()).toHaveLength(1);
});

test('exports are listed, also where one was removed, and read without their faces', async () => {
  const inside = join(project.path, 'exports', 'sub5');
  const job = project.beginJob('export', {});
  const result = await exportSubset(project, { ...input, out: inside }, { job });
  project.endJob(job, { state: 'done', result: { ...result }, problem: null, device: null });
  const elsewhere = await exportSubset(project, input);
  const gone = project.beginJob('export', {});
  project.endJob(gone, { state: 'done', result: { ...elsewhere }, problem: null, device: null });
  rmSync(input.out, { recursive: true });
  const list = await listExports(project);
  expect(list.map(({ folder: at, exists, images, cohorts }) => [at, exists, images, cohorts])).toEqual([
    [input.out, false, 10, 2],
    [inside, true, 10, 2],
  ]);
  expect(list[1].settings).toMatchObject({ perCohort: 5, seed: 3, layout: 'visage', mode: 'copy' });
  const read = await readExport(inside);
  expect(read).toMatchObject({ images: 10, identities: 3, short: [{ code: '21322', missing: 3 }] });
  expect(read.hash).toBe(
    createHash('sha256')
      .update(readFileSync(join(inside, 'manifest.json')))
      .digest('hex'),
  );
  for (const file of read.files)
    expect(
      createHash('sha256')
        .update(readFileSync(join(inside, file.path)))
        .digest('hex'),
    ).toBe(file.sha256);
  await expect(readExport(input.out)).rejects.toThrow('cannot be read');
});
