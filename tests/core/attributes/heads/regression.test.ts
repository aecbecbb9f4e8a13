import { beforeAll, describe, expect, test } from 'vitest';
import {
  logitsOf,
  type RegressionInput,
  regressionPath,
  softmax,
} from '../../../../core/attributes/heads/regression.ts';
import { python } from '../python.ts';
import { gaussians } from './gaussians.ts';

/** One reference process for all cases: starting scikit-learn costs more than the fits. */
const REFERENCE = `
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler, normalize
answer = []
for case in given:
    X = np.array(case['x'], dtype=np.float64).reshape(-1, case['d']); y = np.array(case['y'])
    if case['normalise']: X = normalize(X)
    if case['standardise']: X = StandardScaler().fit_transform(X)
    model = LogisticRegression(C=case['C'], tol=1e-9, max_iter=200, solver='newton-cg', class_weight='balanced' if case['balanced'] else None).fit(X, y)
    answer.append({'p': model.predict_proba(X).ravel(), 'coef': model.coef_.ravel(), 'intercept': model.intercept_})
`;

interface Reference {
  p: number[];
  coef: number[];
  intercept: number[];
}

const scaled = { normalise: false, standardise: true };

const CASES = [
  { name: 'five classes, standardised', shares: [5, 4, 3, 2, 1], ...scaled, balanced: false, C: 0.1 },
  {
    name: 'five classes, balanced, unit norm',
    shares: [9, 4, 3, 2, 1],
    normalise: true,
    standardise: false,
    balanced: true,
    C: 10,
  },
  {
    name: 'three classes, raw',
    shares: [1, 1, 1],
    normalise: false,
    standardise: false,
    balanced: false,
    C: 1,
  },
  { name: 'two classes', shares: [2, 1], normalise: true, standardise: true, balanced: false, C: 0.01 },
  { name: 'two classes, balanced', shares: [6, 1], ...scaled, balanced: true, C: 1 },
  // More dimensions than rows: no preconditioner.
  {
    name: 'fewer rows than dimensions',
    shares: [1, 1, 1],
    ...scaled,
    balanced: false,
    C: 0.01,
    n: 90,
    d: 150,
    overlap: 0.2,
  },
].map((given) => {
  const {
    n = 403,
    d = 13,
    overlap,
    shares,
  } = given as typeof given & {
    n?: number;
    d?: number;
    overlap?: number;
  };
  return { ...given, d, drawn: gaussians(7, n, d, shares, overlap) };
});

describe('multinomial logistic regression equals scikit-learn', () => {
  let references: Reference[];
  beforeAll(() => {
    references = python<Reference[]>(
      REFERENCE,
      CASES.map(({ d, C, normalise, standardise, balanced, drawn }) => ({
        x: [...drawn.features.data],
        y: [...drawn.labels],
        d,
        C,
        normalise,
        standardise,
        balanced,
      })),
    );
  });

  test.each(CASES.map(({ name }, i) => ({ name, i })))('$name', ({ i }) => {
    const { shares, d, C, normalise, standardise, balanced, drawn } = CASES[i];
    const reference = references[i];
    const path = regressionPath(
      { ...drawn, classes: shares.length, scaling: { normalise, standardise }, balanced },
      { tolerance: 1e-10, maxIterations: 2000 },
    );
    const found = path(C);
    const probabilities = softmax(logitsOf(found, drawn.features, drawn.rows), shares.length);
    const worst = reference.p.reduce((max, p, k) => Math.max(max, Math.abs(p - probabilities[k])), 0);
    expect(worst).toBeLessThan(1e-6);
    // Two classes: scikit-learn's one vector is the difference of our two.
    const rowOf = (c: number): number[] =>
      shares.length === 2
        ? Array.from({ length: d + 1 }, (_, j) => found.weights[d + 1 + j] - found.weights[j])
        : [...found.weights.subarray(c * (d + 1), (c + 1) * (d + 1))];
    reference.intercept.forEach((intercept, c) => {
      const row = rowOf(c);
      expect(Math.abs(row[d] - intercept)).toBeLessThan(1e-5 * Math.max(1, Math.abs(intercept)));
      for (let j = 0; j < d; j++) expect(Math.abs(row[j] - reference.coef[c * d + j])).toBeLessThan(1e-5);
    });
  });
});

const plain = (drawn: ReturnType<typeof gaussians>, classes: number): RegressionInput => ({
  ...drawn,
  classes,
  scaling: scaled,
  balanced: false,
});

test('a path of strengths ends where a separate fit ends', () => {
  const input = plain(gaussians(11, 300, 8, [1, 2, 3]), 3);
  const path = regressionPath(input, { tolerance: 1e-10 });
  const last = [0.01, 0.1, 1].map((strength) => path(strength))[2];
  const alone = regressionPath(input, { tolerance: 1e-10 })(1);
  alone.weights.forEach((weight, i) => {
    expect(last.weights[i]).toBeCloseTo(weight, 6);
  });
});

test('a column that never changes does no harm', () => {
  const drawn = gaussians(5, 120, 6, [1, 1]);
  for (let i = 0; i < 120; i++) drawn.features.data[i * 6 + 2] = 0.1;
  const found = regressionPath(plain(drawn, 2))(1);
  expect([...found.weights].every(Number.isFinite)).toBe(true);
  expect(found.converged).toBe(true);
});

test('values that are not finite are refused in a sentence', () => {
  const drawn = gaussians(5, 30, 4, [1, 1]);
  drawn.features.data[9] = Number.NaN;
  expect(() => regressionPath(plain(drawn, 2))).toThrow('Column 1 of the features');
});
