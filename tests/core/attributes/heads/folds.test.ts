import { expect, test } from 'vitest';
import { stratifiedFolds } from '../../../../core/attributes/heads/folds.ts';
import { Random } from '../../../../core/foundation/random.ts';

test('faces that stand alone: every class and every fold is even to within one', () => {
  const labels = Uint8Array.from({ length: 203 }, (_, i) => (i % 7 === 0 ? 2 : i % 2));
  const fold = stratifiedFolds(labels, 3, undefined, 5, 1);
  for (let c = 0; c < 3; c++) {
    const counts = [0, 1, 2, 3, 4].map((f) => fold.filter((own, i) => own === f && labels[i] === c).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
  const sizes = [0, 1, 2, 3, 4].map((f) => fold.filter((own) => own === f).length);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2);
});

test('no person is in two folds, and shares stay close', () => {
  const random = new Random(9);
  const labels: number[] = [];
  const groups: number[] = [];
  for (let person = 0; person < 150; person++) {
    const label = random.uniform() < 0.2 ? 1 : 0;
    for (let k = 1 + random.below(12); k > 0; k--) {
      labels.push(label);
      groups.push(person % 10 === 0 ? -1 : person);
    }
  }
  const fold = stratifiedFolds(Uint8Array.from(labels), 2, Int32Array.from(groups), 5, 3);
  const seen = new Map<number, number>();
  groups.forEach((group, i) => {
    if (group >= 0) expect(seen.get(group) ?? fold[i]).toBe(fold[i]);
    if (group >= 0) seen.set(group, fold[i]);
  });
  const share = labels.filter((label) => label === 1).length / labels.length;
  for (let f = 0; f < 5; f++) {
    const own = labels.filter((_, i) => fold[i] === f);
    expect(Math.abs(own.length / labels.length - 0.2)).toBeLessThan(0.03);
    expect(Math.abs(own.filter((label) => label === 1).length / own.length - share)).toBeLessThan(0.05);
  }
});

test('the seed decides, and only the seed', () => {
  const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 2);
  expect(stratifiedFolds(labels, 2, undefined, 5, 4)).toEqual(stratifiedFolds(labels, 2, undefined, 5, 4));
  expect(stratifiedFolds(labels, 2, undefined, 5, 4)).not.toEqual(
    stratifiedFolds(labels, 2, undefined, 5, 5),
  );
});
