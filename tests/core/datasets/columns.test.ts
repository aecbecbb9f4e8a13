import { describe, expect, test } from 'vitest';
import { parseColumns, parseValues } from '../../../core/datasets/columns.ts';
import { folderWith, readSource } from './fixtures.ts';

describe('the mapping as it is written on the command line', () => {
  test('columns', () => {
    expect(parseColumns('file=path, age=Age in years')).toEqual({ file: 'path', age: 'Age in years' });
    expect(() => parseColumns('file')).toThrow('FIELD=COLUMN');
    expect(() => parseColumns('shoe=size')).toThrow(
      "the field 'shoe', which is none; the fields are: file, identity",
    );
  });

  test('values', () => {
    expect(parseValues('gender:1=male,2=female,9=')).toEqual([
      'gender',
      { '1': 'male', '2': 'female', '9': '' },
    ]);
    expect(parseValues('yaw:codes')[1]).toEqual({ '0': 'below −30°', '1': 'above +30°', '2': 'within ±30°' });
    expect(() => parseValues('race:1=green')).toThrow("allowed on the right of '=': 'Black'");
    expect(() => parseValues('hair:1=green')).toThrow('one of age, gender, race, pitch, yaw');
  });
});

describe('any csv', () => {
  test('obvious columns need no mapping; empty cells say nothing; everything is kept raw', async () => {
    const root = folderWith({
      'list.csv':
        'Image,Age,Sex,Ethnicity,yaw,x,y,width,height,mood\na.jpg,34,F,Asian,-45,1,2,3,4,calm\nb.jpg,,,,,,,,,\n',
    });
    const { format, name, faces, report } = await readSource(root);
    expect([format, name]).toEqual(['csv', 'list']);
    expect(report.rejects).toEqual([]);
    expect(faces[0]).toMatchObject({
      path: 'a.jpg',
      labels: [1, 0, 1, undefined, 0],
      box: [1, 2, 3, 4],
      raw: { Age: '34', Sex: 'F', Ethnicity: 'Asian', mood: 'calm', yaw: '-45' },
    });
    expect(faces[1].labels).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(faces[1].box).toBeUndefined();
  });

  test('a mapping with value mappings, several faces per image, points', async () => {
    const xy = [1, 2, 3, 4, 5].flatMap((p) => [`p${p}x`, `p${p}y`]);
    const root = folderWith({
      'list.csv': `photo,nr,who,g,code,tilt,${xy.join(',')}\n./a.jpg,1,ana,1,0,below,1,2,3,4,5,6,7,8,9,10\na.jpg,2,bo,2,2,above,,,,,,,,,,\na.jpg,2,bo,2,2,above,,,,,,,,,,\nb.jpg,1,cy,3,1,within,1,2,,,,,,,,\n`,
    });
    const columns = parseColumns(
      `file=photo,key=nr,identity=who,gender=g,age=code,pitch=tilt,${xy.map((point) => `${point}=${point}`).join(',')}`,
    );
    const values = Object.fromEntries(
      ['gender:1=male,2=female', 'age:codes', 'pitch:below=below,above=above'].map(parseValues),
    );
    const { faces, report } = await readSource(root, { format: 'csv', mapping: { columns, values } });
    expect(faces).toMatchObject([
      { path: 'a.jpg', key: '1', identity: 'ana', labels: [0, 1, undefined, 0, undefined] },
      { path: 'a.jpg', key: '2', identity: 'bo', labels: [2, 0, undefined, 1, undefined] },
    ]);
    expect(Array.from(faces[0].points ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(report.rejects.map(({ line, sentence }) => [line, sentence])).toEqual([
      [4, "'a.jpg' stands here a second time; its first row, on line 3, counts."],
      [5, "gender '3' is not allowed; allowed: 1, 2."],
    ]);
  });

  test('what cannot be read says which columns there are', async () => {
    const root = folderWith({ 'list.csv': 'picture,age\na.jpg,3\n' });
    await expect(readSource(root, { format: 'csv' })).rejects.toThrow(
      "list.csv needs a column that names the image; say it with --columns file=COLUMN. Its columns are: 'picture', 'age'.",
    );
    await expect(readSource(root, { format: 'csv', mapping: { columns: { file: 'nope' } } })).rejects.toThrow(
      "there is no column 'nope'; the columns are: 'picture', 'age'.",
    );
  });
});

test('what `visage synth` writes', async () => {
  const xy = (prefix: string, n: number): string[] =>
    Array.from({ length: n }, (_, i) => [`${prefix}${i + 1}x`, `${prefix}${i + 1}y`]).flat();
  const header = [
    'file',
    'identity',
    'age_years',
    'age',
    'gender',
    'race',
    'pitch',
    'yaw',
    'roll',
    ...xy('p', 5),
    ...xy('l', 68),
    'box_x',
    'box_y',
    'box_w',
    'box_h',
    'hair',
  ];
  const row = (age: string, yaw: string, file = 'images/000001.png'): string =>
    [
      file,
      'id7',
      '25',
      age,
      '1',
      '3',
      '-31',
      yaw,
      '2',
      ...xy('p', 5).map((_, i) => i),
      ...xy('l', 68).map((_, i) => i / 2),
      '1',
      '2',
      '3',
      '4',
      'red',
    ].join(',');
  const root = folderWith({
    'faces.csv': [
      header.join(','),
      row('1', '31'),
      row('3', '0', 'images/2.png'),
      row('1', 'left', 'images/3.png'),
    ].join('\n'),
  });
  const { format, faces, report } = await readSource(root);
  expect(format).toBe('synthetic');
  expect(faces).toHaveLength(1);
  expect(faces[0]).toMatchObject({
    path: 'images/000001.png',
    identity: 'id7',
    labels: [1, 1, 3, 0, 1],
    box: [1, 2, 3, 4],
  });
  expect(faces[0].raw).toMatchObject({ age_years: '25', yaw: '31', roll: '2', hair: 'red' });
  expect(faces[0].landmarks?.[135]).toBe(67.5);
  expect(report.rejects.map(({ line }) => line)).toEqual([3, 4]);
  expect(report.rejects[0].sentence).toBe("age '3' is not allowed; allowed: 0 (0–19), 1 (20–49), 2 (50+).");
});
