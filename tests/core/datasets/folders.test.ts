import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rejectSentence } from '../../../core/datasets/report.ts';
import { readUtkName } from '../../../core/datasets/utkface.ts';
import { ASSETS, folderWith, hasAssets, readSource } from './fixtures.ts';

const CHIP = '20170109150557335.jpg.chip.jpg';
const wellFormed = (n: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`${20 + i}_0_2_${CHIP}`, 'x']));

describe('UTKFace', () => {
  test('names say age, gender (0 male) and race; Others has no group', () => {
    expect(readUtkName(`26_0_0_${CHIP}`)).toEqual({
      raw: { age: '26', gender: '0', race: '0' },
      labels: [1, 1, 4],
    });
    expect([0, 1, 2, 3, 4].map((race) => readUtkName(`1_1_${race}_${CHIP}`))).toMatchObject(
      [4, 0, 1, 2, undefined].map((group) => ({ labels: [0, 0, group] })),
    );
  });

  test('in folders of people, the format that reads those is named', async () => {
    const named = (folder: string): Record<string, string> => ({ [`${folder}/20_0_2_${CHIP}`]: 'x' });
    const { format, report } = await readSource(
      folderWith({ ...named('ana'), ...named('bo'), ...named('cy') }),
    );
    expect(format).toBe('utkface');
    expect(report.notes).toEqual([
      "The images lie in 3 folders ('ana', 'bo', …). If these are people, --format identities reads them as such; their ages, genders and races were read from the names.",
    ]);
    const own = await readSource(
      folderWith({ ...named('part1'), ...named('part2'), ...named('crop_part1') }),
    );
    expect(own.report.notes).toEqual([]);
  });

  test('malformed names: labels missing → rejected; labels clear → read and reported', async () => {
    const root = folderWith({
      ...wellFormed(80),
      '39_1_20170116174525125.jpg.chip.jpg': 'x',
      [`30_2_1_${CHIP}`]: 'x',
      [`230_1_1_${CHIP}`]: 'x',
      'holiday.jpg': 'x',
      '24_0_1_20170116220224657 .jpg.chip.jpg': 'x',
      '24_0_4_20170116220224658.jpg.chip.jpg': 'x',
    });
    const { format, faces, report } = await readSource(root);
    expect(format).toBe('utkface');
    expect(faces).toHaveLength(82);
    expect(report.rows).toBe(86);
    expect(report.rejects.map(({ file }) => file)).toEqual([
      `230_1_1_${CHIP}`,
      `30_2_1_${CHIP}`,
      '39_1_20170116174525125.jpg.chip.jpg',
      'holiday.jpg',
    ]);
    expect(rejectSentence(report.rejects[1])).toBe(
      `30_2_1_${CHIP}: the name says no labels: its gender '2' is not allowed; allowed: gender 0 (male) or 1 (female).`,
    );
    expect(report.repairs).toEqual([
      {
        value: '24_0_1_20170116220224657 .jpg.chip.jpg',
        read: 'age 24, gender 0, race 1',
        count: 1,
        first: '24_0_1_20170116220224657 .jpg.chip.jpg',
      },
    ]);
    expect(report.notes[0]).toContain('1 faces have race 4 (Others)');
  });

  test.skipIf(!hasAssets)('the real images (skipped where ../shared/assets is absent)', async () => {
    const folder = join(ASSETS, 'images', 'utkface');
    const { faces, report } = await readSource(folder);
    expect(report.rows).toBe(readdirSync(folder).length);
    // 8 malformed names: 3 lack the race, 5 have a damaged timestamp only.
    expect([report.rejects.length, report.repaired]).toEqual([3, 5]);
    expect(faces).toHaveLength(1479);
  });
});

describe('LFW', () => {
  test('folders of people, pairs beside them', async () => {
    const root = folderWith({
      'lfw/Ana_Bee/Ana_Bee_0001.jpg': 'x',
      'lfw/Ana_Bee/Ana_Bee_0002.jpg': 'x',
      'lfw/Cy_Dee/Cy_Dee_0001.jpg': 'x',
      'lfw/Cy_Dee/notes_0001.jpg': 'x',
      'lfw/Cy_Dee/Cy_Dee_0002.jpg': 'x',
      'pairs.txt': '1\t1\nAna_Bee\t1\t2\nAna_Bee\t1\tCy_Dee\t7\n',
    });
    const { format, faces, report } = await readSource(root);
    expect(format).toBe('lfw');
    expect(faces.map(({ path, identity }) => [path, identity])).toEqual([
      ['lfw/Ana_Bee/Ana_Bee_0001.jpg', 'Ana_Bee'],
      ['lfw/Ana_Bee/Ana_Bee_0002.jpg', 'Ana_Bee'],
      ['lfw/Cy_Dee/Cy_Dee_0001.jpg', 'Cy_Dee'],
      ['lfw/Cy_Dee/Cy_Dee_0002.jpg', 'Cy_Dee'],
    ]);
    expect(report.rejects.map(({ file }) => file)).toEqual(['lfw/Cy_Dee/notes_0001.jpg']);
    expect(report.notes).toEqual(['pairs.txt names 2 pairs of 3 images, of which 1 are not here.']);
  });

  test('pairs alone name people and images', async () => {
    const root = folderWith({ 'pairs.txt': '1\t1\nAna_Bee\t1\t2\nAna_Bee\t1\tCy_Dee\t7\nbroken line\n' });
    const { faces, report } = await readSource(join(root, 'pairs.txt'));
    expect(faces.map(({ path }) => path)).toEqual([
      'Ana_Bee/Ana_Bee_0001.jpg',
      'Ana_Bee/Ana_Bee_0002.jpg',
      'Cy_Dee/Cy_Dee_0007.jpg',
    ]);
    expect(report.rejects.map(({ line }) => line)).toEqual([4]);
  });

  test.skipIf(!hasAssets)(
    'the real images and pairs (skipped where ../shared/assets is absent)',
    async () => {
      const images = await readSource(join(ASSETS, 'images', 'lfw'));
      expect([images.format, images.faces.length]).toEqual(['lfw', 807]);
      const pairs = await readSource(join(ASSETS, 'meta', 'lfw_pairs_fold1.txt'));
      expect(pairs.report.rows).toBe(600);
      // The test material is exactly fold 1.
      const here = new Set(images.faces.map((face) => face.path));
      expect(pairs.faces.filter((face) => !here.has(face.path))).toEqual([]);
      const all = await readSource(join(ASSETS, 'meta', 'lfw_pairs.txt'));
      expect([all.report.rows, all.report.rejects, all.report.notes]).toEqual([6000, [], []]);
    },
  );
});

describe('folders', () => {
  test('a folder per identity, with splits', async () => {
    const root = folderWith({
      'train/n1/a.jpg': 'x',
      'train/n2/b.png': 'x',
      'val/n1/c.webp': 'x',
      'val/.hidden.jpg': 'x',
    });
    const { format, faces } = await readSource(root);
    expect(format).toBe('identities');
    expect(faces).toEqual([
      { path: 'train/n1/a.jpg', split: 'train', identity: 'n1' },
      { path: 'train/n2/b.png', split: 'train', identity: 'n2' },
      { path: 'val/n1/c.webp', split: 'val', identity: 'n1' },
    ]);
  });

  test('a plain folder, other files passed over, a link to itself not followed', async () => {
    const root = folderWith({ 'a.jpg': 'x', 'sub/b.JPG': 'x', 'notes.txt': 'x' });
    symlinkSync(root, join(root, 'sub', 'again'));
    const { format, faces, report } = await readSource(root);
    expect(format).toBe('folder');
    expect(faces.map((face) => face.path)).toEqual(['a.jpg', 'sub/b.JPG']);
    expect(report.notes).toEqual([
      '1 links to folders that are read already were not followed again.',
      expect.stringContaining('they are no images by their names (the first is '),
    ]);
  });
});
