import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { numpyList } from '../../../core/datasets/fairface-predictor.ts';
import { rejectSentence } from '../../../core/datasets/report.ts';
import { ASSETS, folderWith, hasAssets, readSource } from './fixtures.ts';

const HEADER = 'file,age,gender,race,service_test';

describe('label csv', () => {
  test('folds labels, keeps them raw, repairs spreadsheet dates', async () => {
    const root = folderWith({
      'fairface_label_val.csv': `${HEADER}\nval/1.jpg,9-Mar,Male,East Asian,FALSE\nval/2.jpg,more than 70,Female,Latino_Hispanic,TRUE\n`,
    });
    const { format, faces, report } = await readSource(root);
    expect(format).toBe('fairface');
    expect(faces).toEqual([
      {
        path: 'val/1.jpg',
        split: 'val',
        labels: [0, 1, 1],
        raw: { age: '9-Mar', gender: 'Male', race: 'East Asian', service_test: 'FALSE' },
      },
      {
        path: 'val/2.jpg',
        split: 'val',
        labels: [2, 0, 3],
        raw: { age: 'more than 70', gender: 'Female', race: 'Latino_Hispanic', service_test: 'TRUE' },
      },
    ]);
    expect(report.repairs).toEqual([
      { value: '9-Mar', read: '3-9', count: 1, first: 'fairface_label_val.csv, line 2', by: 'spreadsheet' },
    ]);
  });

  test('byte order mark, CRLF, quotes, another order of columns', async () => {
    const root = folderWith({
      'x.csv': '\uFEFFrace,service_test,"gender",file,age\r\n"White",True,Female,"train/1,a.jpg",20-29\r\n',
    });
    const { faces } = await readSource(root);
    expect(faces[0]).toMatchObject({ path: 'train/1,a.jpg', labels: [1, 0, 4] });
  });

  test('every rejected row has file, line, value and what is allowed; the rest goes on', async () => {
    const root = folderWith({
      'fairface.csv': [
        HEADER,
        'a.jpg,20-29,Male,White,x',
        'b.jpg,old,Male,White,x',
        'c.jpg,20-29,Male,White',
        '',
        '"d\n.jpg",20-29,Mule,White,x',
        'e.jpg,20-29,Male,Martian,x',
        ',20-29,Male,White,x',
        'a.jpg,30-39,Male,White,x',
        '/etc/f.jpg,20-29,Male,White,x',
        '../g.jpg,20-29,Male,White,x',
        'h.jpg,20-29,Male,"Whi"te,x',
        'i.jpg,20-29,Male,Black,x',
      ].join('\r\n'),
    });
    const { faces, report } = await readSource(root);
    expect(faces.map((face) => face.path)).toEqual(['a.jpg', 'i.jpg']);
    expect(report.rows).toBe(11);
    expect(report.rejects.map(({ line }) => line)).toEqual([3, 4, 6, 8, 9, 10, 11, 12, 13]);
    expect(rejectSentence(report.rejects[0])).toBe(
      "fairface.csv, line 3: age 'old' is not allowed; allowed: years 0–130, a range such as '20-29', '70+' or 'more than 70'.",
    );
    expect(rejectSentence(report.rejects[1])).toBe(
      'fairface.csv, line 4: the row has 4 columns, the header has 5; as many are needed.',
    );
    expect(report.rejects[2].sentence).toContain("gender 'Mule' is not allowed; allowed: 'Female' or 'Male'");
    expect(report.rejects[3].sentence).toContain("race 'Martian' is not allowed; allowed: Black, East Asian");
    expect(report.rejects[5].sentence).toContain('on line 2');
    expect(report.rejects[6].sentence).toContain('absolute path');
    expect(report.rejects[8].sentence).toContain(`race '"Whi"te' is not allowed`);
  });

  test('a quote that is never closed costs the rows after it, not those before', async () => {
    const root = folderWith({
      'fairface.csv': `${HEADER}\na.jpg,20-29,Male,White,x\n"b.jpg,20-29,Male,White,x\nc.jpg,20-29,Male,White,x\n`,
    });
    const { faces, report } = await readSource(root);
    expect(faces).toHaveLength(1);
    expect(report.rejects).toHaveLength(1);
    expect(report.rejects[0].line).toBe(3);
    expect(report.rejects[0].sentence).toBe(
      'the row cannot be read as csv: a quote is opened in it and never closed, which swallows all rows to the end of the file.',
    );
  });

  test('a wrong header is a sentence with the columns there are', async () => {
    const root = folderWith({ 'fairface.csv': 'file,alter,gender,race\na.jpg,1,Male,White\n' });
    await expect(readSource(join(root, 'fairface.csv'), { format: 'fairface' })).rejects.toThrow(
      /holds no FairFace csv: the columns file, age, gender, race are needed, but fairface.csv has 'file, alter, gender, race'/,
    );
    const twice = folderWith({ 'fairface.csv': 'file,age,age,gender,race\na.jpg,1,1,Male,White\n' });
    await expect(readSource(twice)).rejects.toThrow("line 1: the column 'age' stands there twice");
  });

  test('absolute paths inside the image folder are taken relative to it', async () => {
    const root = folderWith({ 'fairface.csv': `${HEADER}\n/data/faces/train/1.jpg,20-29,Male,White,x\n` });
    const { faces } = await readSource(root, { images: '/data/faces' });
    expect(faces[0].path).toBe('train/1.jpg');
  });
});

describe('predictor csv', () => {
  test('lists as NumPy prints them', () => {
    expect(numpyList('[7.7522168e-04 1.\n  2.9779517e-03]')).toEqual([7.7522168e-4, 1, 2.9779517e-3]);
    expect(numpyList('[0.9973657  0.00263427]')).toEqual([0.9973657, 0.00263427]);
    for (const text of ['', '[]x', '[a b]', '1 2']) expect(numpyList(text)).toBeUndefined();
  });

  test('the confidence is that of the folded group', async () => {
    const header =
      'face_name_align,race,race4,gender,age,race_scores_fair,race_scores_fair_4,gender_scores_fair,age_scores_fair';
    const row =
      'f/a.jpg,Middle Eastern,White,Male,50-59,"[0.3 0.1 0.05\n 0.05 0.05 0.05 0.4]",[1 0 0 0],[0.75 0.25],[0 0 0 0.1 0.1 0.1 0.3 0.2 0.2]';
    const root = folderWith({
      'out.csv': `${header}\n${row}\nf/b.jpg,White,White,Male,50-59,[1 2],x,[1 0],x\n`,
    });
    const { faces, report } = await readSource(root);
    expect(faces).toHaveLength(1);
    expect(faces[0].labels).toEqual([2, 1, 4]);
    expect(faces[0].confidences).toEqual([
      expect.closeTo(0.7, 12),
      expect.closeTo(0.75, 12),
      expect.closeTo(0.7, 12),
    ]);
    expect(faces[0].raw?.race_scores_fair).toBe('[0.3 0.1 0.05 0.05 0.05 0.05 0.4]');
    expect(report.rejects[0]).toMatchObject({ line: 4 });
  });
});

describe.skipIf(!hasAssets)('the real files (skipped where ../shared/assets is absent)', () => {
  test("the same rows as Python's csv module reads", async () => {
    const script = `
import csv, json, sys, collections
out = {}
for part in ('train', 'val'):
    with open(sys.argv[1] + '/fairface_label_%s.csv' % part, newline='', encoding='utf-8-sig') as f:
        for row in csv.DictReader(f):
            out.setdefault('rows', 0); out['rows'] += 1
            for k in ('age', 'gender', 'race'):
                c = out.setdefault(k, {}); c[row[k]] = c.get(row[k], 0) + 1
print(json.dumps(out))`;
    const run = spawnSync('/usr/bin/python3', ['-c', script, join(ASSETS, 'meta')], { encoding: 'utf8' });
    const theirs = JSON.parse(run.stdout) as Record<string, Record<string, number>> & { rows: number };
    const { faces, report } = await readSource(join(ASSETS, 'meta'), { format: 'fairface' });
    expect(report.rows).toBe(97_698);
    expect(report.rows).toBe(theirs.rows);
    expect(report.rejects).toEqual([]);
    for (const key of ['age', 'gender', 'race']) {
      const ours: Record<string, number> = {};
      for (const face of faces) {
        const word = face.raw?.[key] ?? '';
        ours[word] = (ours[word] ?? 0) + 1;
      }
      expect(ours).toEqual(theirs[key]);
    }
    expect(report.repairs.map(({ value, read, count }) => ({ value, read, count }))).toEqual([
      { value: '9-Mar', read: '3-9', count: theirs.age['9-Mar'] },
      { value: '19-Oct', read: '10-19', count: theirs.age['19-Oct'] },
    ]);
  });

  test('the predictor, score lists over several lines', async () => {
    const { faces, report } = await readSource(join(ASSETS, 'meta', 'fairface_test_outputs.csv'));
    expect(faces).toHaveLength(5);
    expect(report.rejects).toEqual([]);
    for (const face of faces) for (const c of face.confidences ?? []) expect(c).toBeGreaterThan(0.3);
  });
});
