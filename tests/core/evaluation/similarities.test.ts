import { expect, test } from 'vitest';
import { scorePairs } from '../../../core/evaluation/pairs-protocol.ts';
import { areaUnder, rocCurve, shortened } from '../../../core/evaluation/roc.ts';
import { similarityHistogram, wrongPairs } from '../../../core/evaluation/similarities.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from '../attributes/python.ts';

function scored(count: number): { cosines: number[]; distances: number[]; same: boolean[] } {
  const random = new Random(count);
  const same = Array.from({ length: count }, (_, i) => i % 40 < 20);
  const cosines = same.map((flag) => Math.max(-1, Math.min(1, (flag ? 0.5 : 0.1) + 0.25 * random.normal())));
  return { cosines, distances: cosines.map((cosine) => 2 - 2 * cosine), same };
}

test('similarities are counted as NumPy counts them', () => {
  const { cosines, same } = scored(4000);
  const theirs = python<{ same: number[]; different: number[] }>(
    `
c, s = np.array(given['cosines']), np.array(given['same'])
count = lambda v: np.histogram(v, bins=200, range=(-1, 1))[0]
answer = dict(same=count(c[s]), different=count(c[~s]))`,
    { cosines, same },
  );
  expect(similarityHistogram(cosines, same)).toEqual(theirs);
  expect(similarityHistogram([1, -1, 1 + 1e-12], [true, false, true]).same.at(-1)).toBe(2);
});

test('the wrong pairs are those that accuracy counts, the worst first', () => {
  const { distances, same } = scored(4000);
  const score = scorePairs(distances, same);
  const { accepted, rejected } = wrongPairs(distances, same, score);
  expect((accepted.length + rejected.length) / 4000).toBeCloseTo(1 - score.accuracy, 12);
  expect(accepted.length).toBeGreaterThan(10);
  for (const { pair, cosine, threshold } of accepted) {
    expect([same[pair], cosine > threshold]).toEqual([false, true]);
    expect(threshold).toBeCloseTo(1 - score.foldThresholds[Math.floor(pair / 400)] / 2, 12);
  }
  for (const { pair, cosine, threshold } of rejected) {
    expect([same[pair], cosine <= threshold]).toEqual([true, true]);
  }
  const worst = accepted.map(({ cosine, threshold }) => cosine - threshold);
  expect(worst).toEqual([...worst].sort((a, b) => b - a));
});

test('a shortened curve is short, keeps its ends, and has the area of the whole', () => {
  const { cosines, same } = scored(40_000);
  const whole = rocCurve(cosines, same);
  const short = shortened(whole);
  expect(whole.far.length).toBeGreaterThan(30_000);
  expect(short.far.length).toBeLessThan(1100);
  expect([short.far[0], short.tar[0], short.far.at(-1), short.tar.at(-1)]).toEqual([0, 0, 1, 1]);
  const area = areaUnder({ ...whole, far: Float64Array.from(short.far), tar: Float64Array.from(short.tar) });
  expect(area).toBeCloseTo(areaUnder(whole), 4);
  // What is accepted before the first false accept is read off the curve's left end.
  const clean = Math.max(...whole.tar.filter((_, i) => whole.far[i] === 0));
  expect(Math.max(...short.tar.filter((_, i) => short.far[i] === 0))).toBe(clean);
  expect(shortened({ far: Float64Array.of(0, 1), tar: Float64Array.of(0, 1) })).toEqual({
    far: [0, 1],
    tar: [0, 1],
  });
});
