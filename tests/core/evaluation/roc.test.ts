import { describe, expect, test } from 'vitest';
import { scorePairs, valAtFar } from '../../../core/evaluation/pairs-protocol.ts';
import { areaUnder, equalErrorRate, rocCurve, tarAtFar, thinned } from '../../../core/evaluation/roc.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from '../attributes/python.ts';

const FARS = [1e-4, 1e-3, 0.01, 0.07, 0.1, 0.5];

/** Scores with many ties, as rounded similarities have. */
function scored(count: number, digits: number): { scores: number[]; same: boolean[] } {
  const random = new Random(count, digits);
  const same = Array.from({ length: count }, (_, i) => i % 3 === 0);
  const scores = same.map((s) => Number(((s ? 0.6 : 0.2) + 0.25 * random.normal()).toFixed(digits)));
  return { scores, same };
}

describe('ROC', () => {
  test.each([
    [3000, 2],
    [3000, 12],
    [40, 1],
  ])('%i pairs at %i digits: scikit-learn’s curve, area, and what the IJB scripts print', (count, digits) => {
    const given = scored(count, digits);
    const theirs = python<Record<string, number[]> & { auc: number }>(
      `
from sklearn.metrics import roc_curve, roc_auc_score
s, y = np.array(given['scores']), np.array(given['same'])
fpr, tpr, t = roc_curve(y, s, drop_intermediate=False)
far, tar, thin = roc_curve(y, s)
nearest, most = [], []
for x in given['fars']:
    # As the published scripts: the nearest false-accept rate, the largest true-accept rate among equals.
    f, r = np.flipud(far), np.flipud(tar)
    _, i = min(list(zip(abs(f - x), range(len(f)))))
    nearest.append([f[i], r[i]])
    most.append([fpr[fpr <= x].max(), tpr[fpr <= x].max()])
answer = dict(fpr=fpr, tpr=tpr, t=t[1:], far=far, tar=tar, auc=roc_auc_score(y, s), nearest=nearest, most=most)`,
      { ...given, fars: FARS },
    );
    const roc = rocCurve(given.scores, given.same);
    const near = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
      expect(a.length).toBe(b.length);
      for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i], 12);
    };
    near(roc.far, theirs.fpr);
    near(roc.tar, theirs.tpr);
    near(roc.thresholds.subarray(1), theirs.t);
    near(thinned(roc).far, theirs.far);
    near(thinned(roc).tar, theirs.tar);
    expect(areaUnder(roc)).toBeCloseTo(theirs.auc, 12);
    for (const [i, point] of tarAtFar(roc, FARS).entries()) {
      near([point.nearest.far, point.nearest.tar], theirs.nearest[i] as unknown as number[]);
      near([point.far, point.tar], theirs.most[i] as unknown as number[]);
      expect(point.far).toBeLessThanOrEqual(point.target);
      // The threshold is one that gives these rates.
      const accepted = given.scores.filter((s, k) => !given.same[k] && s >= point.threshold).length;
      expect(accepted / roc.impostors).toBeCloseTo(point.far, 12);
    }
  });

  test('the target lies between two rates: not above it, and the nearest', () => {
    // Impostors at 0.9, 0.5, 0.4, 0.3; genuine at 0.95, 0.8, 0.45.
    const roc = rocCurve([0.95, 0.9, 0.8, 0.5, 0.45, 0.4, 0.3], [1, 0, 1, 0, 1, 0, 0]);
    const [point] = tarAtFar(roc, [0.2]);
    expect(point).toMatchObject({ far: 0, tar: 1 / 3, threshold: 0.95, allowed: 0.8 });
    expect(point.nearest).toMatchObject({ far: 0.25, tar: 2 / 3 });
    expect(equalErrorRate(roc)).toBeCloseTo(1 / 3, 12);
  });
});

describe('VAL at FAR by folds', () => {
  test('each fold is judged at the others’ threshold, as NumPy computes it', () => {
    const { scores, same } = scored(1203, 12);
    const distances = scores.map((s) => Math.min(3.9, Math.max(0, 2 - 2 * s)));
    const theirs = python<{ val: number; deviation: number; far: number; accuracy: number }>(
      `
from sklearn.model_selection import KFold
d, s = np.array(given['distances']), np.array(given['same'])
vals, fars, accs = [], [], []
for train, test in KFold(10).split(d):
    best = 0.0
    for t in np.arange(4000) / 1000:
        if np.mean(d[train][~s[train]] < t) <= 0.01: best = t
    vals.append(np.mean(d[test][s[test]] < best)); fars.append(np.mean(d[test][~s[test]] < best))
    ts = np.arange(400) / 100
    chosen = ts[np.argmax([np.mean((d[train] < t) == s[train]) for t in ts])]
    accs.append(np.mean((d[test] < chosen) == s[test]))
answer = dict(val=np.mean(vals), deviation=np.std(vals), far=np.mean(fars), accuracy=np.mean(accs))`,
      { distances, same },
    );
    const ours = valAtFar(distances, same, 0.01);
    expect(ours.val).toBeCloseTo(theirs.val, 12);
    expect(ours.deviation).toBeCloseTo(theirs.deviation, 12);
    expect(ours.far).toBeCloseTo(theirs.far, 12);
    expect(scorePairs(distances, same).accuracy).toBeCloseTo(theirs.accuracy, 12);
  });
});
