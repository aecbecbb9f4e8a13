import { expect, test } from 'vitest';
import { confidentLearning } from '../../../../core/attributes/heads/confident.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { python } from '../python.ts';

/** Probabilities of a decent classifier for true labels, and given labels of which `rate` are flipped. */
function noisy(
  seed: number,
  n: number,
  classes: number,
  rate: number,
): { p: Float64Array; given: Uint8Array; flipped: boolean[] } {
  const random = new Random(seed);
  const p = new Float64Array(n * classes);
  const given = new Uint8Array(n);
  const flipped: boolean[] = [];
  for (let i = 0; i < n; i++) {
    const truth = random.below(classes);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      p[i * classes + c] = Math.exp((c === truth ? 4 : 0) + 1.2 * random.normal());
      sum += p[i * classes + c];
    }
    for (let c = 0; c < classes; c++) p[i * classes + c] /= sum;
    const flip = random.uniform() < rate;
    flipped.push(flip);
    given[i] = flip ? (truth + 1 + random.below(classes - 1)) % classes : truth;
  }
  return { p, given, flipped };
}

test.each([3, 5])(
  'counts, joint and suspects equal a naive Python reading of the paper (%i classes)',
  (classes) => {
    const { p, given } = noisy(classes, 600, classes, 0.12);
    const reference = python<{
      thresholds: number[];
      cj: number[][];
      q: number[][];
      rate: number[];
      byClass: number[];
      off: number[];
    }>(
      `
p = np.array(given['p']).reshape(len(given['y']), -1); y = np.array(given['y']); n, K = p.shape
t = np.array([p[y == j, j].mean() for j in range(K)])
C = np.zeros((K, K), int); off = []
for x in range(n):
    above = [l for l in range(K) if p[x, l] >= t[l]]
    if above:
        j = max(above, key=lambda l: p[x, l]); C[y[x], j] += 1
        if j != y[x]: off.append(x)
Q = C / C.sum(1, keepdims=True) * np.bincount(y, minlength=K)[:, None]; Q = Q / Q.sum()
rate = set()
for i in range(K):
    for j in range(K):
        if i == j: continue
        xs = np.where(y == i)[0]; k = int(np.floor(n * Q[i, j] + 0.5))
        rate |= set(xs[np.argsort(-(p[xs, j] - p[xs, i]), kind='stable')[:k]].tolist())
byc = set()
for i in range(K):
    xs = np.where(y == i)[0]; k = int(np.floor(n * (Q[i].sum() - Q[i, i]) + 0.5))
    byc |= set(xs[np.argsort(p[xs, i], kind='stable')[:k]].tolist())
margin = np.array([p[x, y[x]] - max(p[x, l] for l in range(K) if l != y[x]) for x in range(n)])
order = lambda s: sorted((x for x in s if margin[x] < 0), key=lambda x: (margin[x], x))
answer = {'thresholds': t, 'cj': C, 'q': Q, 'rate': order(rate), 'byClass': order(byc), 'off': order(off)}
`,
      { p: [...p], y: [...given] },
    );
    const found = confidentLearning(p, given, classes);
    reference.thresholds.forEach((threshold, j) => {
      expect(found.thresholds[j]).toBeCloseTo(threshold, 12);
    });
    expect([...found.confidentJoint]).toEqual(reference.cj.flat());
    reference.q.flat().forEach((share, i) => {
      expect(found.joint[i]).toBeCloseTo(share, 12);
    });
    expect([...found.suspects]).toEqual(reference.rate);
    expect([...confidentLearning(p, given, classes, 'class').suspects]).toEqual(reference.byClass);
    expect([...confidentLearning(p, given, classes, 'confident joint').suspects]).toEqual(reference.off);
    const both = new Set(reference.byClass);
    expect([...confidentLearning(p, given, classes, 'both').suspects]).toEqual(
      reference.rate.filter((x) => both.has(x)),
    );
  },
);

test('5 % flipped labels are found, and their share is estimated', () => {
  const { p, given, flipped } = noisy(8, 4000, 4, 0.05);
  const { suspects, noiseRate, noise } = confidentLearning(p, given, 4);
  const hits = [...suspects].filter((i) => flipped[i]).length;
  expect(hits / suspects.length).toBeGreaterThan(0.85);
  expect(hits / flipped.filter(Boolean).length).toBeGreaterThan(0.85);
  expect(Math.abs(noiseRate - 0.05)).toBeLessThan(0.015);
  for (let j = 0; j < 4; j++) {
    let column = 0;
    for (let i = 0; i < 4; i++) column += noise[i * 4 + j];
    expect(column).toBeCloseTo(1, 12);
  }
});

test('a class without faces, and labels without errors, give no suspects', () => {
  const p = Float64Array.from([0.9, 0.1, 0, 0.2, 0.8, 0, 0.7, 0.3, 0]);
  const found = confidentLearning(p, Uint8Array.from([0, 1, 0]), 3);
  expect(found.suspects.length).toBe(0);
  expect(found.noiseRate).toBeCloseTo(0, 12);
  expect(found.thresholds[2]).toBeNaN();
});
