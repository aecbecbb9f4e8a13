import { describe, expect, test } from 'vitest';
import type {
  EvaluationDetailShown,
  EvaluationShown,
} from '../../../core/contract/procedures/evaluations.ts';
import {
  type Drawn,
  foldChart,
  legendNames,
  rocChart,
  similarityChart,
  thresholdOf,
} from '../../../renderer/verification/charts.ts';
import { curvesCsv, tableCsv } from '../../../renderer/verification/evaluation-csv.ts';
import {
  bestOf,
  figuresOf,
  groupsOf,
  hundred,
  rateWords,
  restsOn,
  rowName,
} from '../../../renderer/verification/figures.ts';

const point = (target: number, tar: number, impostors: number) => ({
  ...{ target, tar, far: target, threshold: 0.3, allowed: target * impostors },
  nearest: { tar, far: target, threshold: 0.3 },
});

/** 300 pairs of two people, so that 1e-3 is less than one of them. */
function judged(id: number, model: string, accuracy: number, pairsHash = 'a'): EvaluationShown {
  return {
    ...{ id, model, inProject: true, tap: 'embedding', set: `set ${pairsHash}`, pairsHash, layout: 'list' },
    ...{ pairs: 600, same: 300, pictures: 900, drawn: null, folds: 2, flip: true },
    ...{ accuracy, deviation: 0.01, foldAccuracies: [accuracy, accuracy], foldThresholds: [1.2, 1.6] },
    ...{ falseAccepts: 4, falseRejects: 5, auc: accuracy, eer: 1 - accuracy },
    val: { target: 1e-3, val: 0.1, deviation: 0, far: 0 },
    tarAtFar: [point(1e-3, 0.9 - accuracy / 2, 300), point(0.1, accuracy, 300)],
    ...{ device: 'CPU, 2 threads', facesPerSecond: 50, remarks: [], versions: { visage: '1' }, time: id },
  };
}
const detail: EvaluationDetailShown = {
  roc: { far: [0, 0, 0.01, 1], tar: [0, 0.25, 0.5, 1] },
  similarities: { same: [0, 0, 0, 0, 1, 2, 3, 4], different: [4, 0, 0, 0, 0, 0, 0, 0] },
  wrong: { accepted: [], rejected: [] },
};
const drawn = (evaluation: EvaluationShown): Drawn => ({ evaluation, detail, name: evaluation.model });

describe('the table', () => {
  const all = [judged(1, 'one', 0.8), judged(2, 'two', 0.9), judged(3, 'one', 0.7, 'b')];

  test('rows stand under their pairs, the set that was last used first, the best network first', () => {
    expect(groupsOf(all).map(({ set, rows }) => [set, rows.map(({ model }) => model)])).toEqual([
      ['set b', ['one']],
      ['set a', ['two', 'one']],
    ]);
  });

  test('other folds are another comparison, though the pairs are the same', () => {
    const groups = groupsOf([judged(1, 'one', 0.8), { ...judged(2, 'two', 0.9), folds: 10 }]);
    expect(groups.map(({ folds, rows }) => [folds, rows.length])).toEqual([
      [10, 1],
      [2, 1],
    ]);
  });

  test('the best is the greatest, of error rates the least, and only where the pairs suffice', () => {
    const figures = figuresOf(all);
    expect(figures.map(({ words }) => words)).toEqual(['accuracy', 'AUC', 'EER', 'TAR 1e-3', 'TAR 1e-1']);
    const best = bestOf(all.slice(0, 2), figures);
    // 1e-3 of 300 pairs is less than one, so that nobody is best there, although 'one' has the greater rate.
    expect([...best].map(([id, rows]) => [id, [...rows]])).toEqual([
      ['accuracy', [2]],
      ['auc', [2]],
      ['eer', [2]],
      ['tar-0.001', []],
      ['tar-0.1', [2]],
    ]);
    expect(bestOf(all.slice(2), figures).get('accuracy')).toEqual(new Set());
  });

  test('rates, shares and names in words', () => {
    expect([1e-4, 1e-3, 0.05, 0.1].map(rateWords)).toEqual(['1e-4', '1e-3', '5e-2', '1e-1']);
    expect([hundred(0.98765), hundred(null)]).toEqual(['98.77', '–']);
    expect(restsOn(all[0])).toBe(
      'A false-accept rate is counted on 300 pairs of two people: 1e-1 is 30. For 1e-3 they are too few: less than one pair, so that figure stands in brackets.',
    );
    expect(rowName(all[0])).toBe('one');
    expect(rowName({ ...all[0], tap: 'pooled', flip: false, inProject: false })).toBe(
      'one (pooled, not mirrored, a file)',
    );
    expect(legendNames(all.slice(0, 2))).toEqual(['one', 'two']);
    expect(legendNames(all.slice(1))).toEqual(['two · set a', 'one · set b']);
  });

  test('as csv, with fractions; the curves point by point', () => {
    const lines = tableCsv(all, figuresOf(all)).split('\r\n');
    expect(lines[0]).toMatch(/^network,tap,pairs,.*,accuracy,deviation,AUC,EER,TAR 1e-3,TAR 1e-1,/);
    expect(lines[1]).toMatch(/^one,embedding,set a,600,300,300,2,yes,0.8,0.01,0.8,/);
    expect(lines).toHaveLength(5);
    expect(
      curvesCsv([drawn(all[0])])
        .split('\r\n')
        .slice(1, 4),
    ).toEqual(['one,set a,0,0', 'one,set a,0,0.25', 'one,set a,0.01,0.5']);
  });
});

describe('the charts', () => {
  test('a ROC curve begins at what is accepted before the first false accept, and steps', () => {
    const { data, layout } = rocChart([drawn(judged(1, 'one', 0.8))]);
    const [curve] = data as { x: number[]; y: number[]; line: { shape: string } }[];
    expect([curve.x.slice(1), curve.y, curve.line.shape]).toEqual([[0.01, 1], [25, 50, 100], 'hv']);
    expect(curve.x[0]).toBeLessThan(1e-3);
    // Left of one pair in 300 nothing was counted.
    expect(layout.shapes?.[0]).toMatchObject({ x0: curve.x[0], x1: 1 / 300 });
  });

  test('similarities are shares of their own kind; the threshold is the mean over folds as a cosine', () => {
    const one = drawn(judged(1, 'one', 0.8));
    // d = 1.2 and 1.6: cosines 0.4 and 0.2.
    expect(thresholdOf(one.evaluation)).toBeCloseTo(0.3, 12);
    const [same, different] = similarityChart(one).data as { y: number[]; x: number[] }[];
    expect([same.y, different.y, same.x]).toEqual([
      [0, 100],
      [100, 0],
      [-0.5, 0.5],
    ]);
  });

  test('folds of several networks share their axis', () => {
    const { data, layout } = foldChart([drawn(judged(1, 'one', 0.8)), drawn(judged(2, 'two', 0.9))]);
    expect((data as { x: number[]; y: number[] }[]).map(({ x, y }) => [x, y])).toEqual([
      [
        [1, 2],
        [80, 80],
      ],
      [
        [1, 2],
        [90, 90],
      ],
    ]);
    expect(layout.xaxis?.range).toEqual([0.5, 2.5]);
  });
});
