import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lfwPath, readPairs, squaredDistance } from '../../../core/evaluation/pairs.ts';
import { alternate, scorePairs } from '../../../core/evaluation/pairs-protocol.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from '../attributes/python.ts';

const LFW = fileURLToPath(new URL('../../../../shared/assets/meta/lfw_pairs.txt', import.meta.url));

test.skipIf(!existsSync(LFW))('the real pairs.txt has 6,000 pairs in ten folds', () => {
  const { folds, pairs } = readPairs(readFileSync(LFW, 'utf8'), 'pairs.txt');
  expect([folds, pairs.length, pairs.filter(({ same }) => same).length]).toEqual([10, 6000, 3000]);
  expect(pairs.slice(0, 300).every(({ same }) => same)).toBe(true);
  expect(lfwPath(pairs[0].second)).toBe('Abel_Pacheco/Abel_Pacheco_0004.jpg');
});

test('what is no list of pairs is said with its line', () => {
  expect(() => readPairs('a b\n', 'p.txt')).toThrow("p.txt, line 1: 'a b'");
  expect(() => readPairs('1\t1\nA\t1\t2\nB\tx\tC\t1\n', 'p.txt')).toThrow(
    "p.txt, line 3: 'B\tx\tC\t1' is no pair",
  );
  expect(() => readPairs('1 2\nA\t1\t2\n', 'p.txt')).toThrow(
    'holds 1 pairs, but its first line says 1 × 2 × 2 = 4',
  );
});

test('accuracy, deviation and AUC equal NumPy’s and scikit-learn’s', () => {
  const random = new Random(4);
  const same = Array.from({ length: 400 }, (_, i) => i % 40 < 20);
  const distances = same.map((s) => Math.min(3.99, Math.max(0, (s ? 1.0 : 1.6) + 0.3 * random.normal())));
  const ours = scorePairs(distances, same);
  const theirs = python<{ accuracy: number; deviation: number; thresholds: number[]; auc: number }>(
    `
from sklearn.metrics import roc_auc_score
d, s = np.array(given['distances']), np.array(given['same'])
thresholds = np.arange(0, 400) / 100
accuracies, chosen = [], []
for test in np.array_split(np.arange(len(d)), 10):
    train = np.setdiff1d(np.arange(len(d)), test)
    best = thresholds[np.argmax([np.mean((d[train] < t) == s[train]) for t in thresholds])]
    chosen.append(best)
    accuracies.append(np.mean((d[test] < best) == s[test]))
answer = dict(accuracy=np.mean(accuracies), deviation=np.std(accuracies), thresholds=chosen, auc=roc_auc_score(s, -d))
`,
    { distances, same },
  );
  expect(ours.accuracy).toBeCloseTo(theirs.accuracy, 12);
  expect(ours.deviation).toBeCloseTo(theirs.deviation, 12);
  expect(ours.foldThresholds).toEqual(theirs.thresholds);
  expect(ours.auc).toBeCloseTo(theirs.auc, 12);
});

test('VAL is read at the largest threshold that keeps the false-accept rate', () => {
  const same = [true, true, true, true, false, false, false];
  const score = scorePairs([0.1, 0.2, 0.5, 0.9, 0.5, 1, 1.2], same, 1);
  expect(score.far).toBe(0);
  expect(score.val).toBe(0.5);
});

test('alternating order puts both kinds into every fold', () => {
  const same = [true, true, true, false, false, false];
  expect(alternate(same)).toEqual([0, 3, 1, 4, 2, 5]);
});

test('distance is between 0 and 4 whatever the norms', () => {
  expect(squaredDistance([3, 0], [0, 5])).toBeCloseTo(2, 12);
  expect(squaredDistance([2, 1], [-4, -2])).toBeCloseTo(4, 12);
  expect(squaredDistance([2, 1], [20, 10])).toBeCloseTo(0, 12);
});
