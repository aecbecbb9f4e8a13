import { describe, expect, test } from 'vitest';
import { folderWith, readSource } from './fixtures.ts';

const OCC = Array.from({ length: 18 }, (_, i) => `OCC${i + 1}`);
const COLUMNS = `SUBJECT_ID,FILENAME,SIGHTING_ID,FACE_X,FACE_Y,FACE_WIDTH,FACE_HEIGHT,FRAME_NUM,FACIAL_HAIR,AGE,INDOOR_OUTDOOR,SKINTONE,GENDER,YAW,ROLL,${OCC.join(',')}`;
const NONE = OCC.map(() => '0').join(',');

describe('official csv', () => {
  test('codes fold; skin tone is no race; NaN says nothing', async () => {
    const root = folderWith({
      'ijbc_metadata.csv': [
        COLUMNS,
        `1,img/1.png,100,10,20,30.5,40,NaN,0,2,1,3,1,-42.5,3.1,${NONE}`,
        `1,img/1.png,101,60,20,30,40,NaN,0,0,1,3,0,12,0,${NONE}`,
        `2,frames/2.png,102,1,2,3,4,17.0,NaN,NaN,NaN,NaN,NaN,NaN,NaN,${OCC.map(() => 'NaN').join(',')}`,
        `2,frames/3.png,103,1,2,3,4,17,0,5.0,1,3,1.0,30.1,0,${NONE}`,
      ].join('\n'),
    });
    const { format, faces, report } = await readSource(root);
    expect(format).toBe('ijbc');
    expect(report.rejects).toEqual([]);
    expect(faces.map((face) => face.labels)).toEqual([
      [1, 1, undefined, undefined, 0],
      [undefined, 0, undefined, undefined, 2],
      [undefined, undefined, undefined, undefined, undefined],
      [2, 1, undefined, undefined, 1],
    ]);
    // Two sightings of one person in one file are two faces.
    expect(new Set(faces.map((face) => `${face.path} ${face.key}`)).size).toBe(4);
    expect(faces[0]).toMatchObject({ identity: '1', box: [10, 20, 30.5, 40] });
    expect(faces[0].raw).toMatchObject({
      age: '2',
      skintone: '3',
      yaw: '-42.5',
      roll: '3.1',
      facial_hair: '0',
    });
    expect(faces[2].raw).toEqual({ subject_id: '2', sighting_id: '102', frame_num: '17.0' });
  });

  test('AGE codes: 0–19, 20–34, 35–49, 50–64, 65+', async () => {
    const rows = [1, 2, 3, 4, 5].map(
      (age) => `1,img/${age}.png,${age},1,1,9,9,NaN,0,${age},1,1,1,0,0,${NONE}`,
    );
    const { faces } = await readSource(folderWith({ 'a.csv': [COLUMNS, ...rows].join('\n') }));
    expect(faces.map((face) => face.labels?.[0])).toEqual([0, 1, 1, 2, 2]);
  });

  test('protocol csvs add their templates to the faces of the metadata', async () => {
    const face = `1,img/1.png,100,10,20,30,40,NaN,0,2,1,3,1,0,0,${NONE}`;
    const root = folderWith({
      'ijbc_metadata.csv': `${COLUMNS}\n${face}\n`,
      'protocols/ijbc_1N_gallery_G1.csv': `TEMPLATE_ID,${COLUMNS}\n11,${face}\n`,
      'protocols/ijbc_1N_probe_mixed.csv': `TEMPLATE_ID,${COLUMNS}\n12,${face}\n12,${face}\n`,
    });
    const { faces, report } = await readSource(root);
    expect(faces).toHaveLength(1);
    expect(faces[0].raw?.templates).toBe('11 12');
    expect(report.rejects).toEqual([]);
  });

  test('what is not allowed', async () => {
    const root = folderWith({
      'a.csv': [
        COLUMNS,
        `1,img/1.png,1,1,1,9,9,NaN,0,6,1,1,1,0,0,${NONE}`,
        `1,img/2.png,1,1,1,9,9,NaN,0,1,1,1,2,0,0,${NONE}`,
        `1,img/3.png,1,1,1,9,9,NaN,0,1,1,1,1,left,0,${NONE}`,
        `1,img/4.png,1,1,1,-9,9,NaN,0,1,1,1,1,0,0,${NONE}`,
        `1,../5.png,1,1,1,9,9,NaN,0,1,1,1,1,0,0,${NONE}`,
        `1,img/6.png,1,1,1,9,9,NaN,0,1,1,1,1,0,0,${NONE}`,
        `1,img/6.png,1,1,1,9,9,NaN,0,1,1,1,1,0,0,${NONE}`,
      ].join('\n'),
    });
    const { faces, report } = await readSource(root);
    expect(faces).toHaveLength(1);
    expect(report.rejects.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 8]);
    expect(report.rejects[0].sentence).toContain("AGE '6' is not allowed; allowed: 0 (unknown), 1 (0–19)");
    expect(report.rejects[3].sentence).toContain("the box '1 1 -9 9'");
  });
});

test('the layout with loose_crop/ and meta/', async () => {
  const root = folderWith({
    'meta/ijbc_face_tid_mid.txt': '1.jpg 1 69544\n2.jpg 1 69544\n3.jpg 2 x\n2.jpg 9 9\n',
    'meta/ijbc_name_5pts_score.txt':
      '1.jpg 46.060 62.026 87.785 60.323 68.851 77.656 52.162 99.875 86.450 98.648 0.999\n2.jpg 1 2 3\n',
    'meta/ijbc_template_pair_label.txt': '1 11065 1\n',
    'loose_crop/1.jpg': 'x',
  });
  const { format, faces, report } = await readSource(root);
  expect(format).toBe('ijbc');
  expect(faces.map((face) => face.path)).toEqual(['1.jpg', '2.jpg']);
  expect(faces[0].raw).toEqual({ templates: '1', media: '69544' });
  expect(faces[0].score).toBe(0.999);
  expect(faces[0].points?.[0]).toBeCloseTo(46.06, 4);
  expect(faces[1].points).toBeUndefined();
  expect(report.rejects.map(({ file, line }) => [file, line])).toEqual([
    ['meta/ijbc_name_5pts_score.txt', 2],
    ['meta/ijbc_face_tid_mid.txt', 3],
    ['meta/ijbc_face_tid_mid.txt', 4],
  ]);
});
