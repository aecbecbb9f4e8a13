import { join } from 'node:path';
import { expect, test } from 'vitest';
import { matchesOf, READERS, readerOf, recognise } from '../../../core/datasets/formats.ts';
import { inspectSource } from '../../../core/datasets/inspect.ts';
import { listSource } from '../../../core/datasets/listing.ts';
import { folderWith, temporary } from './fixtures.ts';

const FAIRFACE = 'file,age,gender,race,service_test\na.jpg,20-29,Male,White,x\n';

test('an unknown folder says what it holds and what was looked for', () => {
  const root = folderWith({ 'model.onnx': 'x' });
  expect(() => recognise(listSource(root))).toThrow(
    'it holds 0 images and 1 other file (model.onnx). Looked for:',
  );
  for (const { format, looksFor } of READERS) {
    expect(() => recognise(listSource(root))).toThrow(`  ${format}: ${looksFor}`);
  }
  expect(() => recognise(listSource(temporary()))).toThrow('it is empty');
});

test('an ambiguous folder says what was found, and to name one', () => {
  const root = folderWith({ 'fairface.csv': FAIRFACE, 'identity_CelebA.txt': '000001.jpg 1\n' });
  expect(() => recognise(listSource(root))).toThrow(
    /several ways; say which with --format, or name one file:\n {2}fairface: it holds fairface.csv .*\n {2}celeba: it holds identity_CelebA.txt/,
  );
  expect(recognise(listSource(join(root, 'fairface.csv'))).reader.format).toBe('fairface');
});

test('a csv of the same columns that is not FairFace is any csv', () => {
  const root = folderWith({ 'mine.csv': 'file,age,gender,race\na.jpg,20-29,Male,White\n' });
  expect(matchesOf(listSource(root)).map(({ reader }) => reader.format)).toEqual(['csv']);
});

test('nothing there, and unknown formats', () => {
  expect(() => listSource('/no/such/place')).toThrow("There is nothing at '/no/such/place'");
  expect(() => readerOf('excel')).toThrow("--format 'excel' is not known; allowed: synthetic, fairface");
  expect(readerOf('ijbb').format).toBe('ijbc');
});

test('a preview gives format, reason, counts, rejects and a sample, and finds the images', async () => {
  const root = folderWith({
    'fairface.csv': `${FAIRFACE}b.jpg,9-Mar,Male,White,x\nc.jpg,old,Male,White,x\n`,
    'a.jpg': 'x',
  });
  const preview = await inspectSource(root);
  expect(preview).toMatchObject({
    format: 'fairface',
    name: 'FairFace',
    root,
    rows: 3,
    imported: 2,
    rejected: 1,
    repaired: 1,
    says: { age: 2, gender: 2, race: 2, pitch: 0, identity: 0 },
  });
  expect(preview.others.map(({ format }) => format)).toEqual(['csv', 'folder']);
  expect(preview.sample.map(({ path }) => path)).toEqual(['a.jpg', 'b.jpg']);
});
