import { expect, test } from 'vitest';
import { faceRanges, parseFaceRanges } from '../../../core/foundation/face-ranges.ts';

test('faces as ranges and back, whatever their order', () => {
  expect(faceRanges(Int32Array.of(512, 3, 1, 2, 9, 8, 3))).toBe('1-3,8-9,512');
  expect([...parseFaceRanges(' 8-9, 512,1-3 ,2')]).toEqual([1, 2, 3, 8, 9, 512]);
  expect([...parseFaceRanges(faceRanges(new Int32Array(0)))]).toEqual([]);
  const many = Int32Array.from({ length: 3000 }, (_, i) => i * 3 + (i % 2));
  many[0] = 1;
  expect(parseFaceRanges(faceRanges(many))).toEqual(many.slice().sort());
});

test.each(['0', '5-3', 'x', '1-2-3', '-4', '99999999999', '1,,b'])("'%s' names no faces", (text) => {
  expect(() => parseFaceRanges(text)).toThrow('names no faces: ids and ranges');
});

test('a range that would fill the memory is refused before it is made', () => {
  expect(() => parseFaceRanges('1-2000000000')).toThrow('names 2000000000 faces; at most 10000000');
});
