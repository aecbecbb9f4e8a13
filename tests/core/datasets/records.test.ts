import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lookAtImage } from '../../../core/datasets/imagefile.ts';
import { listLine, namesOf, readList } from '../../../core/datasets/records/list.ts';
import { RecordSet } from '../../../core/datasets/records/record-set.ts';
import { writeRecordSet } from '../../../core/datasets/records/write-set.ts';
import { decode } from '../../../core/engine/images/decode.ts';
import thumbnails, { type Thumbnail } from '../../../core/engine/images/thumbnail-task.ts';
import type { TaskContext } from '../../../core/engine/types.ts';
import { closePackedFiles } from '../../../core/foundation/packed/pictures.ts';
import { RecordFile } from '../../../core/foundation/packed/record-file.ts';
import { RecordWriter } from '../../../core/foundation/packed/record-writer.ts';
import { exportSubset } from '../../../core/jobs/export.ts';
import { importSource } from '../../../core/jobs/import.ts';
import { Project } from '../../../core/project/project.ts';
import { folderWith, jpeg, readSource, temporary } from './fixtures.ts';

/** Two people of three and two pictures, as the ArcFace code lays a training set out. */
async function trainingSet(): Promise<{ folder: string; pictures: Map<string, Buffer> }> {
  const folder = temporary();
  const pictures = new Map<string, Buffer>();
  for (const [i, path] of ['n1/a.jpg', 'n1/b.jpg', 'n1/c.jpg', 'n2/a.jpg', 'n2/b.jpg'].entries()) {
    pictures.set(path, await jpeg(i, 24, 16));
  }
  const people = ['n1', 'n2'].map((name) => ({
    name,
    pictures: [...pictures.keys()].filter((path) => path.startsWith(name)),
  }));
  writeRecordSet(folder, 'train', people, (path) => pictures.get(path) as Buffer, [24, 16]);
  return { folder, pictures };
}

describe('RecordIO training sets', () => {
  test('what is written has the records that the ArcFace code looks for', async () => {
    const { folder, pictures } = await trainingSet();
    expect(readdirSync(folder).sort()).toEqual(['property', 'train.idx', 'train.lst', 'train.rec']);
    expect(readFileSync(join(folder, 'property'), 'utf8')).toBe('2,16,24\n');
    expect(readFileSync(join(folder, 'train.lst'), 'utf8').split('\n')[3]).toBe('4\t1\tn2/a.jpg');
    const file = new RecordFile(join(folder, 'train.rec'));
    expect([...file.keys].map((key) => [...file.read(key).labels])).toEqual([
      [6, 8],
      ...[[0], [0], [0], [1], [1]],
      ...[
        [1, 4],
        [4, 6],
      ],
    ]);
    expect(Buffer.from(file.read(4).picture).equals(pictures.get('n2/a.jpg') as Buffer)).toBe(true);
    file.close();
  });

  test('a folder or one file is recognised and read; identities have their names from the list', async () => {
    const { folder } = await trainingSet();
    for (const path of [folder, join(folder, 'train.rec')]) {
      const { format, faces, report } = await readSource(path);
      expect([format, report.rejects, report.notes]).toEqual(['records', [], []]);
      expect(faces).toEqual(
        [1, 2, 3, 4, 5].map((key) => ({ path: `train.rec/${key}.jpg`, identity: key < 4 ? 'n1' : 'n2' })),
      );
    }
  });

  test('files of im2rec have no record 0 and no list', async () => {
    const folder = temporary();
    const writer = new RecordWriter(join(folder, 'x.rec'));
    writer.append(0, 7, await jpeg(1));
    writer.append(1, [9, 0.5], await jpeg(2));
    writer.close();
    const { faces } = await readSource(folder);
    expect(faces.map(({ path, identity }) => [path, identity])).toEqual([
      ['x.rec/0.jpg', '7'],
      ['x.rec/1.jpg', '9'],
    ]);
    const set = new RecordSet(join(folder, 'x.rec'));
    expect([set.identities, set.keys]).toEqual([undefined, [0, 1]]);
    set.close();
  });

  test('a file that is cut short gives what is whole, and a sentence for each that is not', async () => {
    const { folder } = await trainingSet();
    const path = join(folder, 'train.rec');
    const bytes = readFileSync(path);
    const offset = Number(/^4\t(\d+)$/m.exec(readFileSync(join(folder, 'train.idx'), 'latin1'))?.[1]);
    writeFileSync(path, bytes.subarray(0, offset + 40));
    const { faces, report } = await readSource(folder);
    expect(faces.map((face) => face.path)).toEqual([1, 2, 3].map((key) => `train.rec/${key}.jpg`));
    expect(report.rejects.map(({ value, sentence }) => [value, sentence.includes('is cut short')])).toEqual([
      ['4', true],
      ['5', true],
    ]);
  });

  test('a picture that is damaged inside its record is found when it is looked at', async () => {
    const { folder } = await trainingSet();
    const path = join(folder, 'train.rec');
    const offset = Number(/^4\t(\d+)$/m.exec(readFileSync(join(folder, 'train.idx'), 'latin1'))?.[1]);
    const bytes = readFileSync(path);
    bytes.fill(0, offset + 32, offset + 60);
    writeFileSync(path, bytes);
    expect((await lookAtImage(join(path, '4.jpg'))).state).toBe('unreadable');
    expect((await lookAtImage(join(path, '3.jpg'))).state).toBe('ok');
    expect((await lookAtImage(join(path, '99.jpg'))).state).toBe('missing');
    closePackedFiles();
  });

  test('without its index, and with other files beside it', async () => {
    const { folder } = await trainingSet();
    rmSync(join(folder, 'train.idx'));
    expect((await readSource(folder)).faces).toHaveLength(5);
    folderWith({ 'other.rec': 'not records', 'notes.txt': 'x' }, folder);
    expect((await readSource(folder)).faces).toHaveLength(5);
  });

  test('imported, its pictures are hashed, counted and decoded like files', async () => {
    const { folder, pictures } = await trainingSet();
    const project = Project.create(join(temporary(), 'p.visage'));
    try {
      const result = await importSource(project, { source: folder });
      expect(result).toMatchObject({
        format: 'records',
        imported: 5,
        rejected: 0,
        images: { total: 5, ok: 5 },
      });
      const again = await importSource(project, { source: folder });
      expect(again).toMatchObject({ added: 0, changed: 0, unchanged: 5, images: { ok: 5, hashed: 0 } });
      const [face] = project.select({});
      const picture = await decode(project.imagePath(face) as string);
      expect([picture.width, picture.height]).toEqual([24, 16]);

      const shown: Thumbnail[] = [];
      const context = {
        part: async (made: unknown) => void shown.push(made as Thumbnail),
        signal: new AbortController().signal,
      } as unknown as TaskContext;
      const path = project.imagePath(face) as string;
      await thumbnails([{ id: 1, path, region: null, size: 12 }], context);
      expect(shown).toEqual([{ id: 1, bytes: expect.any(Uint8Array) }]);

      const labelled = [0, 1, 2, 3, 4].map((attribute) => ({ face, attribute, value: 0 }));
      project.label(labelled, { origin: 'human', name: 'a' }, { kind: 'label', description: 'labels' });
      const settings = {
        perCohort: 1,
        seed: 1,
        balance: { sources: false, identities: false },
        short: 'take-all' as const,
      };
      const input = { ...settings, selection: {}, layout: 'visage' as const, out: join(temporary(), 'out') };
      await expect(exportSubset(project, { ...input, mode: 'link' })).rejects.toThrow('nothing can link');
      expect(await exportSubset(project, { ...input, mode: 'copy' })).toMatchObject({ images: 1 });
      const written = readdirSync(input.out, { recursive: true, encoding: 'utf8' }).find((name) =>
        name.endsWith('.jpg'),
      );
      expect(
        readFileSync(join(input.out, written as string)).equals(pictures.get('n1/a.jpg') as Buffer),
      ).toBe(true);
    } finally {
      project.close();
      closePackedFiles();
    }
  });
});

test('lists: lines that are none are said, and names that are not unique are no names', () => {
  const rejected: number[] = [];
  const entries = readList(
    '1\t0\tn1/a.jpg\nbroken\n2\t1\tn2/a.jpg\n3\t1\tn3/a.jpg\n4\t2\tn1/b.jpg\n',
    (line) => rejected.push(line),
  );
  expect([entries.length, rejected]).toEqual([4, [2]]);
  expect([...namesOf(entries)]).toEqual([]);
  expect([...namesOf(entries.slice(0, 2))]).toEqual([
    [0, 'n1'],
    [1, 'n2'],
  ]);
});

test("lists: a tab in a person's name is part of the path, in lists of one label and of several", () => {
  const text = '1\t0\tAna\tMaria/a.jpg\n2\t1\tBo/b.jpg\n3\t2\t12\t3/c.jpg\n';
  const rejected: number[] = [];
  const entries = readList(text, (line) => rejected.push(line));
  expect(rejected).toEqual([]);
  expect(entries).toEqual([
    { key: 1, labels: [0], path: 'Ana\tMaria/a.jpg' },
    { key: 2, labels: [1], path: 'Bo/b.jpg' },
    { key: 3, labels: [2], path: '12\t3/c.jpg' },
  ]);
  expect([...namesOf(entries)]).toEqual([
    [0, 'Ana\tMaria'],
    [1, 'Bo'],
    [2, '12\t3'],
  ]);
  expect(entries.map(listLine).join('')).toBe(text);
  const several = readList('1\t0\t0.5\tAna\tMaria/a.jpg\n2\t1\t-2\tBo/b.jpg\n', () => {});
  expect(several).toEqual([
    { key: 1, labels: [0, 0.5], path: 'Ana\tMaria/a.jpg' },
    { key: 2, labels: [1, -2], path: 'Bo/b.jpg' },
  ]);
});
