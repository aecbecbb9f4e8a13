import { expect, test } from 'vitest';
import { disputeOf } from '../../../core/attributes/queues/disagreement.ts';
import { Ranking } from '../../../core/attributes/queues/ranking.ts';
import { rarityOf } from '../../../core/attributes/queues/rarity.ts';
import { UNCERTAINTY_MEASURES, uncertaintyOf } from '../../../core/attributes/queues/uncertainty.ts';
import { Random } from '../../../core/foundation/random.ts';

test('uncertainty of a row inside a matrix: by hand', () => {
  const rows = [9, 9, 0.5, 0.3, 0.2, 9];
  expect(uncertaintyOf(rows, 2, 3, 'least confident')).toBeCloseTo(0.5, 12);
  expect(uncertaintyOf(rows, 2, 3, 'margin')).toBeCloseTo(0.8, 12);
  // −(0.5 ln 0.5 + 0.3 ln 0.3 + 0.2 ln 0.2) / ln 3
  expect(uncertaintyOf(rows, 2, 3, 'entropy')).toBeCloseTo(0.937231, 6);
});

test('certain is 0, uniform is the most', () => {
  for (const measure of UNCERTAINTY_MEASURES) {
    expect(uncertaintyOf([0, 1, 0], 0, 3, measure)).toBe(0);
    expect(uncertaintyOf([1 / 3, 1 / 3, 1 / 3], 0, 3, measure)).toBeCloseTo(
      measure === 'least confident' ? 2 / 3 : 1,
      12,
    );
  }
});

test('a dispute weighs contradictions by confidence', () => {
  const opinion = (agent: string, value: number, confidence = Number.NaN) => ({
    agent,
    values: [value],
    confidences: [confidence],
  });
  expect(disputeOf([opinion('a', 1), opinion('b', 1)], 0, 2)).toBeUndefined();
  expect(disputeOf([opinion('a', 1), opinion('b', -1)], 0, 2)).toBeUndefined();
  const two = disputeOf([opinion('a', 1), opinion('b', 0, 0.6)], 0, 2);
  expect(two).toMatchObject({ favoured: 1, voices: [0, 1] });
  expect(two?.score).toBeCloseTo(0.6, 12);
  const three = disputeOf(
    [opinion('a', 1), opinion('b', 0, 0.6), opinion('c', -1), opinion('d', 0, 0.7)],
    0,
    2,
  );
  expect(three).toMatchObject({ favoured: 0, voices: [0, 1, 3] });
  expect(three?.score).toBeCloseTo(1 - 0.4 * 0.3, 12);
});

test('rarity', () => {
  expect([0, 1, 4].map((count) => rarityOf(count, undefined))).toEqual([1, 1, 0.25]);
  expect([0, 150, 200, 300].map((count) => rarityOf(count, 200))).toEqual([1, 0.25, 0, 0]);
});

test('a ranking keeps what a full sort would', () => {
  const random = new Random(3);
  const all = Array.from({ length: 20000 }, (_, face) => ({ face, score: random.below(500) / 500 }));
  const ranking = new Ranking<{ face: number; score: number }>(50);
  for (const item of random.shuffle([...all])) if (ranking.admits(item.face, item.score)) ranking.add(item);
  expect(ranking.items()).toEqual(all.sort((a, b) => b.score - a.score || a.face - b.face).slice(0, 50));
});
