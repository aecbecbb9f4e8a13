import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { writeRecordSet } from '../../../../core/datasets/records/write-set.ts';
import { startEngine } from '../../../../core/engine/client.ts';
import type { Preparation } from '../../../../core/engine/preparation.ts';
import { readNpy } from '../../../../core/foundation/npy.ts';
import { synth } from '../../../../core/jobs/synth.ts';
import { Project } from '../../../../core/project/project.ts';
import { listHash } from '../../../../core/training/data/candidates.ts';
import { classesOf } from '../../../../core/training/data/classes.ts';
import { trainingPreparation } from '../../../../core/training/data/crop.ts';
import { folderFaces } from '../../../../core/training/data/folder-faces.ts';
import type { PackInput, PackOutput } from '../../../../core/training/data/pack-task.ts';
import { projectFaces } from '../../../../core/training/data/project-faces.ts';

const TASK = new URL('../../../../core/training/data/pack-task.ts', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'visage-training-set-'));
const engine = startEngine();
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const SIDE = 16;
/** A JPEG of one grey level, which JPEG keeps to within 1. */
const grey = (level: number): Promise<Uint8Array> =>
  sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: { r: level, g: level, b: level } } })
    .jpeg()
    .toBuffer();

/** Folders of people, with pictures whose grey level is theirs alone. */
async function people(name: string, counts: Record<string, number>): Promise<string> {
  const root = join(folder, name);
  let level = 10;
  for (const [person, count] of Object.entries(counts)) {
    mkdirSync(join(root, person), { recursive: true });
    for (let i = 0; i < count; i++) {
      level += 7;
      writeFileSync(join(root, person, `${i}.jpg`), await grey(level));
    }
  }
  return root;
}

const ready = (count: number): Uint8Array => new Uint8Array(count).fill(1);

describe('folders', () => {
  test('a folder per person: identities in order, empty ones by name, the same hash wherever it lies', async () => {
    const counts = { zoe: 2, ana: 3, nobody: 0, ben: 1 };
    const found = await folderFaces(await people('some', counts));
    expect(found.faces.map(({ identity }) => identity)).toEqual(['ana', 'ana', 'ana', 'ben', 'zoe', 'zoe']);
    expect(found.faces.map(({ image }) => image.face)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(found.empty).toEqual(['nobody']);
    const again = await folderFaces(await people('elsewhere', counts));
    expect(listHash(again.faces)).toBe(listHash(found.faces));
    const more = await folderFaces(await people('more', { ...counts, ben: 2 }));
    expect(listHash(more.faces)).not.toBe(listHash(found.faces));

    const { names, rows, labels, remarks } = classesOf(
      found.faces.map(({ identity }) => identity),
      ready(6),
      found.empty,
      2,
    );
    expect(names).toEqual(['ana', 'zoe']);
    expect([...rows]).toEqual([0, 1, 2, 4, 5]);
    expect([...labels]).toEqual([0, 0, 0, 1, 1]);
    expect(remarks).toEqual([
      "1 identity has no picture that can be read and is no class: 'nobody'.",
      "1 identity with fewer than 2 pictures left out: 'ben'.",
    ]);
  });

  test('a RecordIO set: labels of the records, whole pictures', async () => {
    const root = join(folder, 'records');
    mkdirSync(root);
    const pictures = new Map<string, Uint8Array>();
    for (const [i, path] of ['a/0', 'a/1', 'b/0', 'b/1'].entries()) pictures.set(path, await grey(40 * i));
    writeRecordSet(
      root,
      'train',
      [
        { name: 'a', pictures: ['a/0', 'a/1'] },
        { name: 'b', pictures: ['b/0', 'b/1'] },
      ],
      (path) => pictures.get(path) as Uint8Array,
      [SIDE, SIDE],
    );
    const { faces } = await folderFaces(root);
    expect(faces.map(({ identity, name }) => [identity, name])).toEqual([
      ['a', 'train.rec/1.jpg'],
      ['a', 'train.rec/2.jpg'],
      ['b', 'train.rec/3.jpg'],
      ['b', 'train.rec/4.jpg'],
    ]);
    const { preparation, remark } = trainingPreparation(faces, 'auto', SIDE);
    expect(preparation.crop.kind).toBe('whole');
    expect(remark).toMatch(/should be aligned already/);
    const { output, pixels } = await packed(
      faces.map(({ image }) => image),
      preparation,
    );
    expect(output).toMatchObject({ packed: 4, rejects: [] });
    expect(output.hash).toBe(createHash('sha256').update(pixels).digest('hex'));
    for (let i = 0; i < 4; i++) expect(Math.abs(pixels[i * SIDE * SIDE * 3] - 40 * i)).toBeLessThanOrEqual(1);
  });

  test('what `visage synth` draws is aligned by its points', async () => {
    const root = join(folder, 'drawn');
    await synth({ folder: root, faces: 4, identities: 2, seed: 3, size: 64, balanced: false, format: 'png' });
    const { faces } = await folderFaces(root);
    expect(new Set(faces.map(({ identity }) => identity)).size).toBe(2);
    expect(trainingPreparation(faces, 'auto', SIDE).preparation.crop.kind).toBe('aligned');
    expect(trainingPreparation(faces, 'whole', SIDE).preparation.crop.kind).toBe('whole');
  });

  test('that name nobody are refused in a sentence', async () => {
    const plain = join(folder, 'plain');
    mkdirSync(plain);
    writeFileSync(join(plain, 'a.jpg'), await grey(1));
    writeFileSync(join(plain, 'b.jpg'), await grey(2));
    await expect(folderFaces(plain)).rejects.toThrow(
      /names no person \(2 faces\)\. Training needs identities/,
    );
  });
});

async function packed(faces: PackInput['faces'], preparation: Preparation) {
  const path = join(folder, 'pictures.npy');
  const output = await engine.run<PackInput, PackOutput>(TASK, { faces, preparation, path });
  const { shape, data } = readNpy(path);
  expect(shape).toEqual([output.packed, SIDE, SIDE, 3]);
  return { output, pixels: data as Uint8Array };
}

test('a picture that cannot be read is left out of the file and named', async () => {
  const root = await people('damaged', { ana: 2, ben: 1 });
  writeFileSync(join(root, 'ana', '1.jpg'), 'no picture');
  const { faces } = await folderFaces(root);
  const { preparation } = trainingPreparation(faces, 'auto', SIDE);
  const { output, pixels } = await packed(
    faces.map(({ image }) => image),
    preparation,
  );
  expect(output.packed).toBe(2);
  expect(output.rejects.map(({ face }) => face)).toEqual([1]);
  expect(output.rejects[0].sentence.length).toBeGreaterThan(10);
  // The third picture moved up: grey levels 17 and 31.
  expect(Math.abs(pixels[0] - 17)).toBeLessThanOrEqual(1);
  expect(Math.abs(pixels[SIDE * SIDE * 3] - 31)).toBeLessThanOrEqual(1);
  expect(() => trainingPreparation(faces, 'aligned', SIDE)).toThrow(
    /None of the 3 faces has its five points/,
  );
});

describe('projects', () => {
  test('identities of two sources are not one person; nameless and placeless faces are counted', async () => {
    const project = Project.create(join(folder, 'p.visage'));
    try {
      const one = project.addSource({ name: 'One', format: 'identities', root: folder });
      const two = project.addSource({ name: 'Two', format: 'identities', root: folder });
      const bare = project.addSource({ name: 'Bare', format: 'csv', root: null });
      const put = (source: number, path: string, identity?: string) =>
        project.putFaces(source, [{ path, ...(identity && { identity }) }], 'test');
      put(one.id, 'b.jpg', 'p1');
      put(one.id, 'a.jpg', 'p1');
      put(two.id, 'a.jpg', 'p1');
      put(two.id, 'c.jpg');
      put(bare.id, 'd.jpg', 'p9');
      const { faces, empty, remarks } = await projectFaces(project);
      expect(faces.map(({ identity, name }) => [identity, name])).toEqual([
        ['One/p1', 'One/a.jpg'],
        ['One/p1', 'One/b.jpg'],
        ['Two/p1', 'Two/a.jpg'],
      ]);
      expect(empty).toEqual(['Bare/p9']);
      expect(remarks).toEqual([
        '1 face without an identity left out.',
        '1 face left out: their source has no folder of images yet (import it with --images).',
      ]);
      expect((await projectFaces(project, { sources: [two.id] })).faces).toHaveLength(1);
      const nobody = project.select({ sources: [two.id] }).slice(-1);
      await expect(projectFaces(project, { faces: nobody })).rejects.toThrow(
        /None of the 1 selected face says whose it is/,
      );
    } finally {
      project.close();
    }
  });
});

test('fewer than two classes is no training set', () => {
  expect(() => classesOf(['a', 'a', 'b'], ready(3), [], 2)).toThrow(
    "Training needs at least two identities of 2 or more pictures, and there is one. 1 identity with fewer than 2 pictures left out: 'b'. With --least 1 identities of a single picture are kept.",
  );
  expect(classesOf(['a', 'a', 'b'], ready(3), [], 1).names).toEqual(['a', 'b']);
  expect(() => classesOf(['a', 'b'], Uint8Array.of(1, 0), [], 1)).toThrow(
    /1 identity has no picture that can be read/,
  );
  expect(() => classesOf(['a', 'b'], ready(2), [], 0)).toThrow(/At least '0' pictures/);
});
