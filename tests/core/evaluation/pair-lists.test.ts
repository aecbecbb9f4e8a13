import { existsSync } from 'node:fs';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { readPairSet } from '../../../core/evaluation/pair-lists.ts';
import { writeVerificationSet } from '../../../core/foundation/packed/verification-set.ts';
import { ASSETS, folderWith, temporary } from '../datasets/fixtures.ts';

const LFW = join(ASSETS, 'meta', 'lfw_pairs.txt');

describe('pairs in the layouts of the field', () => {
  test.skipIf(!existsSync(LFW))('the real pairs.txt of LFW', () => {
    const { layout, folds, pairs, roots } = readPairSet(LFW);
    expect([layout, folds, pairs.length, roots]).toEqual([
      'pairs.txt of LFW',
      10,
      6000,
      [join(ASSETS, 'meta')],
    ]);
    expect(pairs[0]).toEqual({
      ...{
        first: 'Abel_Pacheco/Abel_Pacheco_0001.jpg',
        second: 'Abel_Pacheco/Abel_Pacheco_0004.jpg',
        same: true,
      },
    });
  });

  test('a verification set', () => {
    const path = join(temporary(), 'agedb_30.bin');
    const pictures = ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text));
    writeVerificationSet(path, { pictures, same: [true, false] });
    const { name, folds, pairs } = readPairSet(path);
    expect([name, folds]).toEqual(['agedb_30', 10]);
    expect(pairs).toEqual([
      { first: `${path}/0.jpg`, second: `${path}/1.jpg`, same: true },
      { first: `${path}/2.jpg`, second: `${path}/3.jpg`, same: false },
    ]);
  });

  test('CFP: numbers of frontal and profile pictures, split by split', () => {
    const root = folderWith({
      'Protocol/Pair_list_F.txt':
        '1 ../Data/Images/001/frontal/01.jpg\n2 ../Data/Images/002/frontal/01.jpg\n',
      'Protocol/Pair_list_P.txt':
        '1 ../Data/Images/001/profile/01.jpg\n2 ../Data/Images/002/profile/01.jpg\n',
      'Protocol/Split/FP/01/same.txt': '1,1\n',
      'Protocol/Split/FP/01/diff.txt': '1,2\n',
      'Protocol/Split/FP/02/same.txt': '2,2\n',
      'Protocol/Split/FP/02/diff.txt': '2,1\n',
      'Protocol/Split/FF/01/same.txt': '1,1\n',
      'Protocol/Split/FF/01/diff.txt': '1,2\n',
    });
    const { pairs, folds, roots } = readPairSet(root);
    expect([folds, roots[0]]).toEqual([10, root]);
    expect(pairs).toEqual([
      { first: 'Data/Images/001/frontal/01.jpg', second: 'Data/Images/001/profile/01.jpg', same: true },
      { first: 'Data/Images/001/frontal/01.jpg', second: 'Data/Images/002/profile/01.jpg', same: false },
      { first: 'Data/Images/002/frontal/01.jpg', second: 'Data/Images/002/profile/01.jpg', same: true },
      { first: 'Data/Images/002/frontal/01.jpg', second: 'Data/Images/001/profile/01.jpg', same: false },
    ]);
    expect(readPairSet(root, true).pairs[1].second).toBe('Data/Images/002/frontal/01.jpg');
    folderWith({ 'Protocol/Split/FP/02/diff.txt': '2,9\n' }, root);
    expect(() => readPairSet(root)).toThrow(
      "diff.txt, line 1: '2,9' names a picture that the lists do not have",
    );
  });

  test('lists of paths (AgeDB-30), and two lines per pair (CALFW, CPLFW)', () => {
    const root = folderWith({
      'tabs.txt': 'a/1.jpg\ta/2.jpg\t1\r\nmy pictures/1.jpg\tb/1.jpg\t0\r\n',
      'blanks.txt': '12_X_54_m.jpg 9_Y_3_f.jpg -1\n./c.jpg d.jpg 1\n',
      'commas.csv': 'a.jpg,b.jpg,True\n',
      'lines.txt': 'A_B_0001.jpg\t3\nA_B_0002.jpg\t3\nC_0001.jpg\t0\nD_0001.jpg\t0\n',
    });
    const read = (name: string): unknown => readPairSet(join(root, name)).pairs;
    expect(read('tabs.txt')).toEqual([
      { first: 'a/1.jpg', second: 'a/2.jpg', same: true },
      { first: 'my pictures/1.jpg', second: 'b/1.jpg', same: false },
    ]);
    expect(read('blanks.txt')).toMatchObject([{ same: false }, { first: 'c.jpg', same: true }]);
    expect(read('commas.csv')).toMatchObject([{ second: 'b.jpg', same: true }]);
    expect(read('lines.txt')).toEqual([
      { first: 'A_B_0001.jpg', second: 'A_B_0002.jpg', same: true },
      { first: 'C_0001.jpg', second: 'D_0001.jpg', same: false },
    ]);
  });

  test('as spreadsheets and other countries write them', () => {
    const lfw = '1;1;;\r\nAna_B;1;4;\r\nAna_B;1;Bo_C;2\r\n';
    const root = folderWith({
      'semicolons.csv': 'a.jpg;b.jpg;1;\r\nc.jpg;d.jpg;0;\r\n;;;\r\n',
      'bars.txt': 'a.jpg|b.jpg|1\rc.jpg|d.jpg|0\r',
      'sep.csv': 'sep=;\r\na.jpg;b.jpg;1\r\nc.jpg;d.jpg;0\r\n',
      'header.csv': 'first,second,is same\n"a.jpg",b.jpg,TRUE\nc.jpg,d.jpg,FALSE\n',
      'wide.txt': iconv.encode('a.jpg\tb.jpg\t1\r\nc.jpg\td.jpg\t0\r\n', 'utf-16le', { addBOM: true }),
      'lfw.csv': lfw,
      'named.csv': 'name,imagenum1,imagenum2,\nAna_B,1,4,\nAna_B,1,Bo_C,2\n',
      'west.csv': iconv.encode('é.jpg,b.jpg,1\nc.jpg,d.jpg,0\n', 'windows-1252'),
      'east.csv': iconv.encode('Иванов.jpg,b.jpg,1\n', 'windows-1251'),
    });
    const both = [
      { first: 'a.jpg', second: 'b.jpg', same: true },
      { first: 'c.jpg', second: 'd.jpg', same: false },
    ];
    for (const name of ['semicolons.csv', 'bars.txt', 'sep.csv', 'header.csv', 'wide.txt']) {
      expect(readPairSet(join(root, name)).pairs, name).toEqual(both);
    }
    const people = [
      { first: 'Ana_B/Ana_B_0001.jpg', second: 'Ana_B/Ana_B_0004.jpg', same: true },
      { first: 'Ana_B/Ana_B_0001.jpg', second: 'Bo_C/Bo_C_0002.jpg', same: false },
    ];
    for (const name of ['lfw.csv', 'named.csv']) {
      expect(readPairSet(join(root, name)).pairs, name).toEqual(people);
    }
    const west = readPairSet(join(root, 'west.csv'));
    expect(west.pairs[0].first).toBe('é.jpg');
    expect(west.remarks).toEqual([
      'west.csv is not UTF-8: it was read as Windows-1252 (Western European), which is a guess. Where letters look wrong, save it as UTF-8.',
    ]);
    expect(() => readPairSet(join(root, 'east.csv'))).toThrow('save it again as UTF-8.');
  });

  test('what is no pair is said with its line', () => {
    const root = folderWith({
      'flag.txt': 'a b 1\nc d 7\n',
      'odd.txt': 'a 1\nb 1\nc 0\n',
      'unlike.txt': 'a 1\nb 0\n',
      'empty.txt': '\n',
      'first.csv': 'a.jpg,b.jpg,x\nc.jpg,d.jpg,1\n',
    });
    const read = (name: string) => (): unknown => readPairSet(join(root, name));
    expect(read('flag.txt')).toThrow("flag.txt, line 2: 'c d 7' is no pair");
    expect(read('odd.txt')).toThrow("odd.txt, line 3: 'c 0' is no pair");
    expect(read('unlike.txt')).toThrow("line 2: 'b 0' is no pair; allowed: the flag of the line before, '1'");
    expect(read('first.csv')).toThrow("first.csv, line 1: 'a.jpg,b.jpg,x' is no pair");
    expect(read('empty.txt')).toThrow('is empty');
    expect(read('none.txt')).toThrow('There is nothing at');
    expect(() => readPairSet(root)).toThrow('is a folder without pairs');
  });
});
