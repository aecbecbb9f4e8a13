import { expect, test } from 'vitest';
import { krippendorffAlpha, pairAgreement } from '../../../core/attributes/agreement.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from './python.ts';

test('alpha of the worked example with missing data (Krippendorff 2011, part C) is 0.743', () => {
  // Observers A–D over units 1–12, values 1–5, '.' missing, as printed there.
  const table = [
    '1 2 3 3 2 1 4 1 2 . . .',
    '1 2 3 3 2 2 4 1 2 5 . 3',
    '. 3 3 3 2 3 4 2 2 5 1 .',
    '1 2 3 3 2 4 4 1 2 5 1 .',
  ];
  const columns = table.map((row) => row.split(' ').map((cell) => (cell === '.' ? -1 : Number(cell) - 1)));
  const { alpha, faces, values } = krippendorffAlpha(columns, 5);
  expect(faces).toBe(11);
  expect(values).toBe(40);
  expect(alpha).toBeCloseTo(0.743, 3);
});

test('alpha of the nominal example of two observers (Krippendorff 2011, part B) is 0.692', () => {
  const codes = (text: string): number[] => [...text].map((letter) => 'abcde'.indexOf(letter));
  const { alpha } = krippendorffAlpha([codes('aabbdcccedda'), codes('babbbccceddd')], 5);
  expect(alpha).toBeCloseTo(0.692, 3);
});

test('kappa and alpha equal independent Python on random annotators', () => {
  const random = new Random(5);
  const columns = [0.2, 0.4, 0.5].map((error) =>
    Array.from({ length: 300 }, (_, i) =>
      random.uniform() < 0.15 ? -1 : random.uniform() < error ? random.below(4) : i % 4,
    ),
  );
  const reference = python<{ kappa: number; agreement: number; alpha: number }>(
    `
from sklearn.metrics import cohen_kappa_score
a, b, c = (np.array(x) for x in given)
m = (a >= 0) & (b >= 0)
# Alpha by its definition: mean disagreement of value pairs inside units over that of all pairable values.
units = [[v for v in u if v >= 0] for u in zip(a, b, c)]
units = [u for u in units if len(u) > 1]
n = sum(map(len, units))
inside = sum(sum(x != y for i, x in enumerate(u) for j, y in enumerate(u) if i != j) / (len(u) - 1) for u in units) / n
flat = [v for u in units for v in u]
overall = sum(x != y for x in flat for y in flat) / (n * (n - 1))
answer = {'kappa': cohen_kappa_score(a[m], b[m]), 'agreement': float((a[m] == b[m]).mean()), 'alpha': 1 - inside / overall}
`,
    columns,
  );
  const pair = pairAgreement(columns[0], columns[1], 4);
  expect(pair.kappa).toBeCloseTo(reference.kappa, 12);
  expect(pair.agreement).toBeCloseTo(reference.agreement, 12);
  expect(krippendorffAlpha(columns, 4).alpha).toBeCloseTo(reference.alpha, 12);
});

test('what cannot be computed is not a number', () => {
  expect(pairAgreement([-1, 0], [0, -1], 2)).toEqual({ faces: 0, agreement: Number.NaN, kappa: Number.NaN });
  expect(pairAgreement([1, 1], [1, 1], 2).kappa).toBeNaN();
  expect(krippendorffAlpha([[0, 1, -1]], 2).alpha).toBeNaN();
  expect(krippendorffAlpha([], 2).alpha).toBeNaN();
  expect(
    krippendorffAlpha(
      [
        [1, 1],
        [1, 1],
      ],
      2,
    ).alpha,
  ).toBeNaN();
});
