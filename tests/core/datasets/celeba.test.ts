import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ASSETS, folderWith, hasAssets, readSource } from './fixtures.ts';

// The forty names of list_attr_celeba.txt, in order (Liu et al., Deep Learning Face Attributes in the Wild).
const NAMES =
  '5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick Wearing_Necklace Wearing_Necktie Young'.split(
    ' ',
  );

const values = (...positive: string[]): string[] =>
  NAMES.map((name) => (positive.includes(name) ? '1' : '-1'));
// Repeated blanks, as in the original.
const txt = (file: string, ...positive: string[]): string =>
  [file, ...values(...positive)].map((word) => word.padStart(3)).join(' ');

describe('CelebA', () => {
  test('all files joined by name: Male is gender, Young stays a hint', async () => {
    const root = folderWith({
      'Anno/list_attr_celeba.txt': `2\n${NAMES.join(' ')} \n${txt('000001.jpg', 'Smiling', 'Young')}\n${txt('000002.jpg', 'Male')}\n`,
      'Anno/identity_CelebA.txt': '000001.jpg 2880\n000002.jpg 2937\n',
      'Eval/list_eval_partition.txt': '000001.jpg 0\n000002.jpg 2\n',
      'Anno/list_landmarks_align_celeba.txt':
        '2\nlefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y rightmouth_x rightmouth_y\n000001.jpg 69  109  106  113   77  142   73  152  108  154\n000002.jpg 69 110 107 112 81 135 70 151 108 153\n',
      'Anno/list_bbox_celeba.txt':
        '2\nimage_id x_1 y_1 width height\n000001.jpg    95  71 226 313\n000002.jpg 72 94 221 306\n',
    });
    const { format, faces, report, face } = await readSource(root);
    expect(format).toBe('celeba');
    expect(report.rejects).toEqual([]);
    expect(report.rows).toBe(10);
    expect(faces).toHaveLength(2);
    expect(face('000001.jpg')).toEqual({
      path: '000001.jpg',
      identity: '2880',
      split: 'train',
      points: Float32Array.of(69, 109, 106, 113, 77, 142, 73, 152, 108, 154),
      labels: [undefined, 0],
      // The box is of the picture before alignment: raw, not a box of this image.
      raw: { Male: '-1', Young: '1', attributes: 'Smiling Young', original_box: '95 71 226 313' },
    });
    expect(face('000002.jpg')).toMatchObject({ split: 'test', labels: [undefined, 1] });
  });

  test('csv variants and a header in identity_CelebA.txt', async () => {
    const root = folderWith({
      'list_attr_celeba.csv': `image_id,${NAMES.join(',')}\n000001.jpg,${values('Male').join(',')}\n`,
      'identity_CelebA.txt': 'image identity\r\n000001.jpg 2880\r\n',
      'list_eval_partition.csv': 'image_id,partition\n000001.jpg,1\n',
    });
    const { face, report } = await readSource(root);
    expect(report.rejects).toEqual([]);
    expect(face('000001.jpg')).toMatchObject({ identity: '2880', split: 'val', labels: [undefined, 1] });
  });

  test('bad rows are listed, a wrong count is said', async () => {
    const root = folderWith({
      'list_attr_celeba.txt': `9\n${NAMES.join(' ')}\n${txt('000001.jpg')}\n${txt('000002.jpg').replace('-1', '7')}\n000003.jpg 1 -1\n`,
      'identity_CelebA.txt': '000001.jpg x\n000001.jpg 5\n000001.jpg 5\n../../a.jpg 5\n',
      'list_eval_partition.txt': '000001.jpg 3\n',
    });
    const { report, face } = await readSource(root);
    expect(report.rejects.map(({ file, line }) => [file, line])).toEqual([
      ['list_attr_celeba.txt', 4],
      ['list_attr_celeba.txt', 5],
      ['identity_CelebA.txt', 1],
      ['identity_CelebA.txt', 3],
      ['identity_CelebA.txt', 4],
      ['list_eval_partition.txt', 1],
    ]);
    expect(report.rejects[0].sentence).toBe("5_o_Clock_Shadow '7' is not allowed; allowed: 1 or -1.");
    expect(report.rejects[5].sentence).toContain('0 (train), 1 (val), 2 (test)');
    expect(report.notes).toEqual(['list_attr_celeba.txt says on line 1 that it has 9 rows, but has 3.']);
    expect(face('000001.jpg').identity).toBe('5');
  });

  test.skipIf(!hasAssets)(
    'the real identity file with its header (skipped where ../shared/assets is absent)',
    async () => {
      const { faces, report } = await readSource(join(ASSETS, 'meta', 'identity_CelebA.txt'));
      expect(report.rows).toBe(202_599);
      expect(faces).toHaveLength(202_599);
      expect(report.rejects).toEqual([]);
      expect(faces[0]).toEqual({ path: '000001.jpg', identity: '2880', raw: {} });
      // CelebA: 10,177 identities.
      expect(new Set(faces.map((face) => face.identity)).size).toBe(10_177);
    },
  );
});
