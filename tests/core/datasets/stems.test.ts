import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { inspectSource } from '../../../core/datasets/inspect.ts';
import { pairStems, stemOf } from '../../../core/datasets/stems.ts';
import { importSource } from '../../../core/jobs/import.ts';
import { Project } from '../../../core/project/project.ts';
import { folderWith, jpeg } from './fixtures.ts';

const newProject = (): Project =>
  Project.create(join(mkdtempSync(join(tmpdir(), 'visage-stems-')), 'p.visage'));

test('stems', () => {
  expect(stemOf('Ijb/IMG/1.JPG')).toBe('ijb/img/1');
  expect(stemOf('ijb/img/3')).toBe('ijb/img/3');
  expect(stemOf('a/b.c/photo.v2')).toBe('a/b.c/photo.v2');
  const row = (id: number, path: string) => ({ id, path });
  const pairs = pairStems(
    [row(1, 'a/1.JPG'), row(2, 'a/2.png'), row(3, 'a/2.jpg'), row(4, 'b/4'), row(5, 'c.jpg')],
    ['A/1.jfif', 'a/2.webp', 'b/4.png', 'b/4.jpg'],
  );
  expect([...pairs.files]).toEqual([[1, 'A/1.jfif']]);
  expect(pairs.doubts.get(2)).toBe(
    "The rows 'a/2.png', 'a/2.jpg' could all mean 'a/2.webp', so none was taken.",
  );
  expect(pairs.doubts.get(4)).toMatch(/Several files differ.*'b\/4.png', 'b\/4.jpg'/);
  expect(pairs.doubts.size).toBe(3);
});

test('pictures of other endings are offered by name, and taken with consent', async () => {
  const root = folderWith({
    'faces.csv':
      'file,age\nijb/img/0.JPG,34\nijb/img/1.png,35\nIJB/img/2.jpg,35\nijb/img/3,40\nijb/img/9.jpg,40\n',
    'ijb/img/0.jpg': await jpeg(1),
    'ijb/img/1.jpg': await jpeg(2),
    'ijb/img/2.jpg': await jpeg(3),
    'ijb/img/3.jfif': await jpeg(4),
  });
  const source = join(root, 'faces.csv');
  const preview = await inspectSource(source);
  expect(preview.root).toBe(root);
  expect(preview.notes.join()).toMatch(/3 of the first rows .* --match-stem takes/);
  const project = newProject();
  const before = await importSource(project, { source });
  expect(before.images).toMatchObject({ ok: 1, missing: 4 });
  expect(before.notes.join()).toMatch(
    /3 missing pictures stand there under another ending or in other case, such as 'ijb\/img\/0.jpg' for 'ijb\/img\/0.JPG'.*--match-stem/,
  );
  const after = await importSource(project, { source, matchStem: true });
  expect(after).toMatchObject({ added: 0, images: { ok: 4, missing: 1, moved: 4, stems: [] } });
  expect(project.imagePath(4)).toBe(join(root, 'ijb/img/3.jfif'));
  // Once taken they stay.
  // 'IJB/img/2.jpg' has its file's own name, so it needs no consent.
  expect((await importSource(project, { source })).images).toMatchObject({ ok: 4, missing: 1 });
  project.close();
});

test('damage in the middle of a JPEG is found with --check alone, also in pictures that are known', async () => {
  const data = Uint8Array.from({ length: 200 * 200 * 3 }, (_, i) => (i * 7919) % 251);
  const whole = await sharp(data, { raw: { width: 200, height: 200, channels: 3 } })
    .jpeg()
    .toBuffer();
  const half = whole.length >> 1;
  const broken = Buffer.concat([whole.subarray(0, half), whole.subarray(half + 1000)]);
  const root = folderWith({ 'ana/1.jpg': whole, 'ana/2.jpg': broken, 'ben/3.jpg': await jpeg(5) });
  const project = newProject();
  expect((await importSource(project, { source: root })).images).toMatchObject({ ok: 3, unreadable: 0 });
  const checked = await importSource(project, { source: root, check: true });
  expect(checked.images).toMatchObject({ ok: 2, unreadable: 1, hashed: 3, changed: 0 });
  expect(checked.images?.problems).toEqual([
    {
      path: 'ana/2.jpg',
      problem: 'The file is damaged: parts of its picture data cannot be decoded.',
    },
  ]);
  project.close();
});
