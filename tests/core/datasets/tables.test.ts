import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { folderWith, readSource } from './fixtures.ts';

const HEADER = ['file', 'age', 'gender', 'race', 'service_test'];
const ROWS = [
  ['train/1.jpg', '50-59', 'Male', 'East Asian', 'True'],
  ['train/8é.jpg', '3-9', 'Female', 'Black', 'False'],
];

const tableText = (delimiter: string, end = '\n'): string =>
  [HEADER, ...ROWS].map((row) => row.join(delimiter) + end).join('');

const utf16 = (text: string, name: string, mark = true): Buffer => iconv.encode(text, name, { addBOM: mark });

/** What both rows must give, however the table is written. */
const RIGHT = [
  { path: 'train/1.jpg', split: 'train', labels: [2, 1, 1] },
  { path: 'train/8é.jpg', split: 'train', labels: [0, 0, 0] },
];

describe('tables as spreadsheets and other countries write them', () => {
  test.each<[string, string, string | Buffer, string[]]>([
    ['commas', 'l.csv', tableText(','), []],
    ['semicolons', 'l.csv', tableText(';', '\r\n'), ['l.csv is separated by semicolons.']],
    ['tabs', 'l.csv', tableText('\t'), ['l.csv is separated by tabs.']],
    ['tabs in a .tsv', 'l.tsv', tableText('\t'), []],
    ['bars', 'l.csv', tableText('|'), ["l.csv is separated by '|'."]],
    [
      'sep=;',
      'l.csv',
      `sep=;\r\n${tableText(';', '\r\n')}`,
      ['l.csv is separated by semicolons, as its first line says.'],
    ],
    ['a mark and sep=', 'l.csv', `\uFEFFsep=,\r\n${tableText(',', '\r\n')}`, []],
    [
      '"sep=\t"',
      'l.csv',
      `"sep=\t"\n${tableText('\t')}`,
      ['l.csv is separated by tabs, as its first line says.'],
    ],
    ['returns alone', 'l.csv', tableText(';', '\r'), ['l.csv is separated by semicolons.']],
    ['mixed line ends', 'l.csv', tableText(',').replace('\n', '\r\n'), []],
    ['a mark', 'l.csv', `\uFEFF${tableText(',')}`, []],
    ['UTF-16 LE', 'l.csv', utf16(tableText(','), 'utf-16le'), ['l.csv was read as UTF-16 (little-endian).']],
    [
      "Excel's 'Unicode text'",
      'l.txt',
      utf16(tableText('\t', '\r\n'), 'utf-16le'),
      ['l.txt was read as UTF-16 (little-endian).', 'l.txt is separated by tabs.'],
    ],
    ['UTF-16 BE', 'l.csv', utf16(tableText(','), 'utf-16be'), ['l.csv was read as UTF-16 (big-endian).']],
    [
      'UTF-16 LE without a mark',
      'l.csv',
      utf16(tableText(','), 'utf-16le', false),
      ['l.csv was read as UTF-16 (little-endian).'],
    ],
    [
      'UTF-16 BE without a mark',
      'l.csv',
      utf16(tableText(','), 'utf-16be', false),
      ['l.csv was read as UTF-16 (big-endian).'],
    ],
    [
      'Windows-1252',
      'l.csv',
      iconv.encode(tableText(','), 'windows-1252'),
      [
        "l.csv is not UTF-8: it was read as Windows-1252 (Western European), which is a guess. Where letters look wrong, say --encoding NAME, or save the table as 'CSV UTF-8'.",
      ],
    ],
  ])('%s', async (_, name, content, notes) => {
    const { format, faces, report } = await readSource(folderWith({ [name]: content }));
    expect(format).toBe('fairface');
    expect(report.rejects).toEqual([]);
    expect(faces).toMatchObject(RIGHT);
    expect(report.rows).toBe(2);
    expect(report.notes).toEqual(notes);
  });

  test('letters beyond ASCII far behind the beginning decide, not the first 16 KB', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `a/${i}.jpg,20-29,Male,White,x\n`).join('');
    const text = `${HEADER.join(',')}\n${many}train/Zoë – 3.jpg,3–9,Male,White,x\n`;
    const { faces, report } = await readSource(
      folderWith({ 'fairface.csv': iconv.encode(text, 'windows-1252') }),
    );
    expect(faces.at(-1)).toMatchObject({ path: 'train/Zoë – 3.jpg', labels: [0, 1, 4] });
    expect(report.notes[0]).toContain('Windows-1252');
    const sound = await readSource(folderWith({ 'fairface.csv': text }));
    expect(sound.faces.at(-1)?.path).toBe('train/Zoë – 3.jpg');
    expect(sound.report.notes).toEqual([]);
  });

  test('rows of two files put together: each line is read as what it is', async () => {
    const text = Buffer.concat([
      Buffer.from(`${HEADER.join(',')}\nübung.jpg,20-29,Male,White,x\n`),
      iconv.encode('straße.jpg,20-29,Male,White,x\n', 'windows-1252'),
    ]);
    const { faces, report } = await readSource(folderWith({ 'fairface.csv': text }));
    expect(faces.map(({ path }) => path)).toEqual(['übung.jpg', 'straße.jpg']);
    expect(report.notes[0]).toContain('fairface.csv is not UTF-8: line 3 was read as Windows-1252');
  });

  test('letters of no Western language are a question with its answers', async () => {
    const text = 'file,age\nИванов/1.jpg,30\nПетрова/2.jpg,40\n';
    const root = folderWith({ 'l.csv': iconv.encode(text, 'windows-1251') });
    await expect(readSource(root)).rejects.toThrow(
      /'l.csv' is not UTF-8, and its letters are those of no Western European language.*\n {2}--encoding windows-1251: Иванов\/1.jpg,30\n/,
    );
    const { faces, report } = await readSource(root, { encoding: 'windows-1251' });
    expect(faces.map(({ path }) => path)).toEqual(['Иванов/1.jpg', 'Петрова/2.jpg']);
    expect(report.notes).toEqual(['l.csv was read as Windows-1251 (Cyrillic).']);
    const japanese = folderWith({ 'l.csv': iconv.encode('file,age\n山田太郎/1.jpg,30\n', 'shift_jis') });
    expect((await readSource(japanese, { encoding: 'Shift_JIS' })).faces[0].path).toBe('山田太郎/1.jpg');
    await expect(readSource(root, { encoding: 'klingon' })).rejects.toThrow(
      "--encoding 'klingon' is not known; allowed: utf-8, utf-16le",
    );
  });

  test('a path never holds a letter that was lost', async () => {
    const root = folderWith({ 'l.csv': Buffer.from('file,age\na\xe9.jpg,30\nb.jpg,40\n', 'latin1') });
    const { faces, report } = await readSource(root, { encoding: 'utf-8' });
    expect(faces.map(({ path }) => path)).toEqual(['b.jpg']);
    expect(report.rejects).toMatchObject([
      { line: 2, sentence: expect.stringContaining('holds bytes that are no letters of UTF-8; say another') },
    ]);
    const lost = await readSource(folderWith({ 'l.csv': 'file,age\na\uFFFD.jpg,30\n' }));
    expect(lost.report.notes).toEqual([
      "1 rows of l.csv hold '\uFFFD', the mark of a letter that was lost when the table was converted; their images are found only if they are called so.",
    ]);
  });

  test('a workbook under the name of a table is said to be one', async () => {
    const root = folderWith({ 'l.csv': Buffer.from('PK\x03\x04 file,age\n'.padEnd(100)) });
    await expect(readSource(root, { format: 'csv', mapping: { columns: { file: 'file' } } })).rejects.toThrow(
      "'l.csv' is a spreadsheet's workbook",
    );
  });

  test('a header of any length', async () => {
    const features = Array.from({ length: 40_000 }, (_, i) => `feature_${i}`);
    const row = (file: string, age: string): string => [file, age, ...features.map(() => '0')].join(',');
    const text = [['file', 'age', ...features].join(','), row('a.jpg', '34'), row('b.jpg', '60')].join('\n');
    expect(text.indexOf('\n')).toBeGreaterThan(500_000);
    const { faces, report } = await readSource(folderWith({ 'l.csv': text }));
    expect(report.rejects).toEqual([]);
    expect(faces.map(({ path, labels }) => [path, labels?.[0]])).toEqual([
      ['a.jpg', 1],
      ['b.jpg', 2],
    ]);
    expect(Object.keys(faces[0].raw ?? {})).toHaveLength(40_001);
  });

  test('quoted line breaks of all kinds keep the lines of what follows', async () => {
    const text =
      'file,age,note\r\n"a.jpg",34,"two\r\nlines"\r\nb.jpg,old,"x\ny\nz"\r\n\r\nc.jpg,older,"q"\r\n';
    const { faces, report } = await readSource(folderWith({ 'l.csv': text }));
    expect(faces.map(({ raw }) => raw?.note)).toEqual(['two\r\nlines']);
    expect(report.rejects.map(({ line }) => line)).toEqual([4, 8]);
  });

  test('empty rows, delimiters at the end of rows, cells that a spreadsheet was told to leave', async () => {
    const text = 'file;age;;\r\na.jpg;34;;\r\n;;;\r\n   \r\n="007.jpg";="34"\r\nc.jpg;34;;x\r\nd.jpg\r\n';
    const { faces, report } = await readSource(folderWith({ 'l.csv': text }));
    expect(faces.map(({ path }) => path)).toEqual(['a.jpg', '007.jpg']);
    expect(report.rows).toBe(4);
    expect(report.rejects.map(({ line, sentence }) => [line, sentence])).toEqual([
      [6, 'the row has 4 columns, the header has 2; as many are needed.'],
      [7, 'the row has 1 column, the header has 2; as many are needed.'],
    ]);
  });

  test('names that stand twice matter only where they are read', async () => {
    const { faces } = await readSource(folderWith({ 'l.csv': 'file,note,note,age\na.jpg,x,y,34\n' }));
    expect(faces[0].raw).toEqual({ note: 'x', 'note 2': 'y', age: '34' });
    const twice = folderWith({ 'l.csv': 'file,age,Age\na.jpg,30,70\n' });
    const { faces: chosen } = await readSource(twice, {
      format: 'csv',
      mapping: { columns: { file: 'file', age: 'Age' } },
    });
    expect(chosen[0].labels?.[0]).toBe(2);
  });
});

describe('numbers', () => {
  const boxes = async (text: string): Promise<(readonly number[] | string | undefined)[]> => {
    const { faces, report } = await readSource(folderWith({ 'l.csv': text }));
    return [...faces.map(({ box }) => box), ...report.rejects.map(({ sentence }) => sentence)];
  };

  test('decimal commas, thousands, and both', async () => {
    expect(await boxes('file;x;y;width;height\na;1,5;2;1.234,5;1 000\nb;1,234;0,5;10;1.234\n')).toEqual([
      [1.5, 2, 1234.5, 1000],
      [1.234, 0.5, 10, 1234],
    ]);
    expect(await boxes('file,x,y,width,height\na,"1,234.5",12.345,"2,000,000",1e2\n')).toEqual([
      [1234.5, 12.345, 2_000_000, 100],
    ]);
    expect(await boxes("file,x,y,width,height\na,1'234.5,−3,10,20\n")).toEqual([[1234.5, -3, 10, 20]]);
  });

  test('a comma that can mean both is refused with both', async () => {
    expect(await boxes('file\tx\ty\twidth\theight\na\t1,234\t2\t10\t20\n')).toEqual([
      "'1,234' can be 1234 or 1.234, and no number of the table's beginning shows which; allowed: either of these.",
    ]);
  });

  test('angles, ages and scores have no thousands', async () => {
    const text = 'file;age;yaw;pitch;score\na;34,5;-45,25;1,234;0,987\nb;19,9;30.5;−31;1\n';
    const { faces, report } = await readSource(folderWith({ 'l.csv': text }));
    expect(report.rejects).toEqual([]);
    expect(faces.map(({ labels, score }) => [labels?.[0], labels?.[3], labels?.[4], score])).toEqual([
      [1, 2, 0, 0.987],
      [0, 0, 1, 1],
    ]);
  });
});

describe("cells that say 'not said'", () => {
  const WORDS = [
    'NaN',
    'nan',
    'NA',
    'n/a',
    '#N/A',
    '<NA>',
    'null',
    'None',
    '-',
    '–',
    '?',
    'unknown',
    '#REF!',
  ];

  test.each(WORDS)("'%s' in every column of any csv", async (word) => {
    const fields = [
      'identity',
      'split',
      'score',
      'age',
      'gender',
      'race',
      'pitch',
      'yaw',
      'x',
      'y',
      'width',
      'height',
    ];
    const text = `file,${fields.join(',')}\na.jpg,${fields.map(() => word).join(',')}\n`;
    const { faces, report } = await readSource(folderWith({ 'l.csv': text }));
    expect(report.rejects).toEqual([]);
    expect(faces).toHaveLength(1);
    const { labels, score, box } = faces[0];
    expect([labels, score, box]).toEqual([Array(5).fill(undefined), undefined, undefined]);
    if (!['unknown', '#REF!'].includes(word)) {
      expect([faces[0].identity, faces[0].split]).toEqual([undefined, undefined]);
    }
  });

  test.each(WORDS)("'%s' in FairFace, its predictor, and IJB", async (word) => {
    const label = await readSource(
      folderWith({ 'fairface.csv': `${HEADER.join(',')}\na.jpg,${word},${word},White,x\n` }),
    );
    expect(label.report.rejects).toEqual([]);
    expect(label.faces[0].labels).toEqual([undefined, undefined, 4]);
    const predictor = await readSource(
      folderWith({
        'out.csv': `face_name_align,race,gender,age,race_scores_fair\na.jpg,${word},Male,${word},${word}\n`,
      }),
    );
    expect(predictor.report.rejects).toEqual([]);
    expect(predictor.faces[0].labels).toEqual([undefined, 1, undefined]);
    const ijb = await readSource(
      folderWith({
        'm.csv': `SUBJECT_ID;FILENAME;FACE_X;FACE_Y;FACE_WIDTH;FACE_HEIGHT;AGE;GENDER;YAW\n7;img/1.jpg;1,5;2;30,5;40;${word};${word};-45,5\n`,
      }),
    );
    expect(ijb.report.rejects).toEqual([]);
    expect(ijb.faces[0]).toMatchObject({
      box: [1.5, 2, 30.5, 40],
      labels: [undefined, undefined, undefined, undefined, 0],
    });
  });

  test('a path is needed all the same', async () => {
    const { faces, report } = await readSource(folderWith({ 'l.csv': 'file,age\nNaN,30\n-,30\na.jpg,30\n' }));
    expect(faces).toHaveLength(1);
    expect(report.rejects.map(({ sentence }) => sentence)).toEqual([
      "the column 'file' is empty; the path of an image is needed.",
      "the column 'file' is empty; the path of an image is needed.",
    ]);
  });

  test('people may be called Na or Null', async () => {
    const { faces } = await readSource(folderWith({ 'l.csv': 'file,identity\na.jpg,Na\nb.jpg,Null\n' }));
    expect(faces.map(({ identity }) => identity)).toEqual(['Na', 'Null']);
  });
});

test('CelebA as a spreadsheet saves it', async () => {
  const root = folderWith({
    'identity_CelebA.csv': iconv.encode('202599;\r\n000001.jpg;2880\r\n000002.jpg;NaN\r\n', 'utf-16le', {
      addBOM: true,
    }),
    'list_landmarks_align_celeba.csv': `image_id;${Array.from({ length: 10 }, (_, i) => `p${i}`).join(';')}\r\n000001.jpg;69,5;109;106;113;77;142;73;152;108;154;\r\n`,
    'list_attr_celeba.txt': `2\n${Array.from({ length: 40 }, (_, i) => (i === 20 ? 'Male' : `a${i}`)).join('\t')}\n${['000001.jpg', ...Array(40).fill('-1')].join('\t')}\n${['000002.jpg', ...Array(20).fill('NaN'), '1', ...Array(19).fill('-1')].join('\t')}\n`,
  });
  const { faces, report } = await readSource(root);
  expect(report.rejects).toEqual([]);
  expect(faces).toMatchObject([
    { path: '000001.jpg', identity: '2880', labels: [undefined, 0] },
    { path: '000002.jpg', labels: [undefined, 1] },
  ]);
  expect(faces[1].identity).toBeUndefined();
  expect(faces[0].points?.[0]).toBe(69.5);
});
