import { expect, test } from 'vitest';
import { shareWords } from '../../../core/datasets/share-words.ts';
import { noun } from '../../../core/foundation/noun.ts';

test.each([
  [3000, 3000, '3,000 images, all named a_b'],
  [2990, 3000, '3,000 images, 2,990 of them named a_b'],
  [1, 1, '1 image named a_b'],
])('what a folder holds completes a sentence: %i of %i', (fitting, images, words) => {
  expect(shareWords(fitting, images, 'named a_b')).toBe(words);
});

test('a count has its noun in the right number', () => {
  expect([0, 1, 2000].map((n) => noun(n, 'export'))).toEqual(['0 exports', '1 export', '2,000 exports']);
  expect([1, 2].map((n) => noun(n, 'identity', 'identities'))).toEqual(['1 identity', '2 identities']);
});
