import { describe, expect, test } from 'vitest';
import { fitRegressions, logitsOf, softmax } from '../../../../core/attributes/heads/regression.ts';
import { python } from '../python.ts';
import { gaussians } from './gaussians.ts';

const REFERENCE = `
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler, normalize
X = np.array(given['x'], dtype=np.float64).reshape(-1, given['d'])
y = np.array(given['y'])
if given['normalise']: X = normalize(X)
if given['standardise']: X = StandardScaler().fit_transform(X)
model = LogisticRegression(C=given['C'], tol=1e-12, max_iter=20000, solver='newton-cg', class_weight='balanced' if given['balanced'] else None).fit(X, y)
answer = {'p': model.predict_proba(X).ravel(), 'coef': model.coef_.ravel(), 'intercept': model.intercept_}
`;

interface Reference {
  p: number[];
  coef: number[];
  intercept: number[];
}

describe('multinomial logistic regression equals scikit-learn', () => {
  const cases = [
    {
      name: 'five classes, standardised',
      shares: [5, 4, 3, 2, 1],
      normalise: false,
      standardise: true,
      balanced: false,
      C: 0.1,
    },
    {
      name: 'five classes, balanced, l2',
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
    {
      name: 'two classes, balanced',
      shares: [6, 1],
      normalise: false,
      standardise: true,
      balanced: true,
      C: 1,
    },
  ];
  test.each(cases)('$name', ({ shares, normalise, standardise, balanced, C }) => {
    const d = 13;
    const { features, rows, labels } = gaussians(7, 403, d, shares);
    const [found] = fitRegressions(
      { features, rows, labels, classes: shares.length, scaling: { normalise, standardise }, balanced },
      [C],
      { tolerance: 1e-10, maxIterations: 2000 },
    );
    const probabilities = softmax(logitsOf(found, features, rows), shares.length);
    const reference = python<Reference>(REFERENCE, {
      x: [...features.data],
      y: [...labels],
      d,
      C,
      normalise,
      standardise,
      balanced,
    });
    expect(found.converged || found.iterations < 2000).toBe(true);
    const worst = reference.p.reduce((max, p, i) => Math.max(max, Math.abs(p - probabilities[i])), 0);
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

test('more dimensions than the preconditioner takes, fewer rows than dimensions', () => {
  const d = 600;
  const { features, rows, labels } = gaussians(3, 90, d, [1, 1, 1], 0.2);
  const input = {
    features,
    rows,
    labels,
    classes: 3,
    scaling: { normalise: false, standardise: true },
    balanced: false,
  };
  const [found] = fitRegressions(input, [0.01], { tolerance: 1e-9, maxIterations: 2000 });
  const reference = python<Reference>(REFERENCE, {
    x: [...features.data],
    y: [...labels],
    d,
    C: 0.01,
    normalise: false,
    standardise: true,
    balanced: false,
  });
  const probabilities = softmax(logitsOf(found, features, rows), 3);
  expect(reference.p.reduce((max, p, i) => Math.max(max, Math.abs(p - probabilities[i])), 0)).toBeLessThan(
    1e-6,
  );
});

test('a path of strengths ends where separate fits end', () => {
  const { features, rows, labels } = gaussians(11, 300, 8, [1, 2, 3]);
  const input = {
    features,
    rows,
    labels,
    classes: 3,
    scaling: { normalise: false, standardise: true },
    balanced: false,
  };
  const options = { tolerance: 1e-10 };
  const path = fitRegressions(input, [0.01, 0.1, 1], options);
  const [alone] = fitRegressions(input, [1], options);
  alone.weights.forEach((weight, i) => {
    expect(path[2].weights[i]).toBeCloseTo(weight, 7);
  });
});

test('a column that never changes does no harm', () => {
  const { features, rows, labels } = gaussians(5, 120, 6, [1, 1]);
  for (let i = 0; i < 120; i++) features.data[i * 6 + 2] = 0.1;
  const [found] = fitRegressions(
    { features, rows, labels, classes: 2, scaling: { normalise: false, standardise: true }, balanced: false },
    [1],
  );
  expect([...found.weights].every(Number.isFinite)).toBe(true);
});

test('values that are not finite are refused in a sentence', () => {
  const { features, rows, labels } = gaussians(5, 30, 4, [1, 1]);
  features.data[9] = Number.NaN;
  expect(() =>
    fitRegressions(
      {
        features,
        rows,
        labels,
        classes: 2,
        scaling: { normalise: false, standardise: true },
        balanced: false,
      },
      [1],
    ),
  ).toThrow('Column 1 of the features');
});
