import { describe, expect, test } from 'vitest';
import type { ScoreShown } from '../../../core/contract/procedures/clusters.ts';
import type { EvaluationShown } from '../../../core/contract/procedures/evaluations.ts';
import { boardCsv } from '../../../renderer/clusters/board/board-csv.ts';
import { centroidChart, rangeOf } from '../../../renderer/clusters/board/centroid-chart.ts';
import { overK, seriesOf, shortNames } from '../../../renderer/clusters/board/score-charts.ts';
import {
  bestOf,
  boardOf,
  FIGURES,
  hundred,
  ordered,
  readingOf,
  type StoredScore,
} from '../../../renderer/clusters/board/scoreboard.ts';
import { verifiedOf } from '../../../renderer/clusters/board/verified.ts';

const five = (value: number | null) => ({ age: value, gender: value, race: value, pitch: value, yaw: value });

/** All purities p, all AMIs a, chance as given. */
function scoreOf(
  clustering: number,
  k: number,
  p: number,
  a: number,
  chance: number | null,
  source: string | null = null,
): StoredScore {
  const figures = (purity: number, ami: number): Pick<ScoreShown, 'purity' | 'ami'> => ({
    purity: { strict: purity, tolerant: purity, ...five(purity) },
    ami: { cohort: ami, ...five(ami) },
  });
  return {
    id: clustering,
    clustering,
    time: 0,
    result: {
      ...figures(p, a),
      chance: chance === null ? null : figures(chance, 0),
      permutations: chance === null ? 0 : 10,
      seed: 0,
      mean: 'arithmetic',
      k,
      faces: 100,
      source,
      labelled: { cohort: 90, age: 100, gender: 100, race: 95, pitch: 100, yaw: 100 },
    },
  };
}

const clusterings = [
  { id: 1, name: 'a, k=300', featureSet: 1, k: 300, settings: {} },
  { id: 2, name: 'b', featureSet: 2, k: 30, settings: {} },
  { id: 3, name: '=c', featureSet: 1, k: 30, settings: {} },
  { id: 4, name: 'd', featureSet: 2, k: 300, settings: {} },
];
const features = new Map([
  [1, 'net:pooled'],
  [2, 'net:routing'],
]);
const scores = [
  scoreOf(1, 300, 0.1, 0.1, 0.05),
  scoreOf(1, 300, 0.5, 0.1, 0.45),
  scoreOf(2, 30, 0.3, 0.2, 0.1),
  scoreOf(3, 30, 0.2, 0.2, null),
  scoreOf(3, 30, 0.9, 0.9, 0.1, 'LFW'),
];
const board = boardOf(clusterings, scores, features, null);
const strict = FIGURES.findIndex(({ id }) => id === 'purity.strict');

describe('the board', () => {
  test('shows the latest score of the chosen source, with chance and n', () => {
    expect(board[0].cells[strict]).toEqual({ value: 0.5, chance: 0.45, n: 90 });
    expect(board[3].score).toBeNull();
    const lfw = boardOf(clusterings, scores, features, 'LFW');
    expect(lfw.map(({ score }) => score !== null)).toEqual([false, false, true, false]);
    expect(lfw[2].cells[strict].value).toBe(0.9);
  });

  test('marks the best of each column, by score or above chance', () => {
    expect([...bestOf(board, 'score')[strict]].map(({ clustering }) => clustering.id)).toEqual([1]);
    // 0.5 − 0.45 loses to 0.3 − 0.1; without a chance level there is nothing to subtract.
    expect([...bestOf(board, 'above')[strict]].map(({ clustering }) => clustering.id)).toEqual([2]);
    expect(readingOf(board[2].cells[strict], 'above')).toBeNull();
    // Two that are equally good are both marked; one alone is not.
    const ami = FIGURES.findIndex(({ id }) => id === 'ami.cohort');
    expect([...bestOf(board, 'score')[ami]].map(({ clustering }) => clustering.id)).toEqual([2, 3]);
    expect(bestOf(board.slice(0, 1), 'score')[strict].size).toBe(0);
  });

  test('is ordered by features, by k, or by a figure with the unscored last', () => {
    const names = (...order: Parameters<typeof ordered>): number[] =>
      ordered(...order).map(({ clustering }) => clustering.id);
    expect(names(board, { by: 'features' }, 'score')).toEqual([3, 1, 2, 4]);
    expect(names(board, { by: 'k' }, 'score')).toEqual([3, 2, 1, 4]);
    expect(names(board, { by: 'figure', column: strict }, 'score')).toEqual([1, 2, 3, 4]);
    expect(names(board, { by: 'figure', column: strict }, 'above')).toEqual([2, 1, 3, 4]);
  });

  test('prints × 100 with a minus sign that is one', () => {
    expect(hundred(0.12345)).toBe('12.35');
    expect(hundred(-0.0123)).toBe('−1.23');
    expect(hundred(-0.00001)).toBe('0.00');
    expect(hundred(null)).toBe('–');
  });

  test('as csv: a line per clustering, names quoted and kept from being formulas', () => {
    const lines = boardCsv(board).trimEnd().split('\r\n');
    expect(lines.length).toBe(5);
    expect(lines[0].split(',').length).toBe(7 + 3 * FIGURES.length + 3);
    expect(lines[1]).toMatch(/^"a, k=300",net:pooled,300,all,100,arithmetic,10,0\.5,0\.45,90,/);
    expect(lines[3]).toMatch(/^'=c,/);
    expect(lines[4]).toMatch(/^d,net:routing,300,,,,,,,,/);
  });
});

describe('verification beside clusters', () => {
  const judged = (id: number, model: string, pairsHash: string, accuracy: number, inProject = true) =>
    ({
      id,
      model,
      pairsHash,
      set: pairsHash,
      pairs: 600,
      accuracy,
      deviation: 0.01,
      inProject,
    }) as EvaluationShown;
  const networks = new Set(['net', 'other', 'third']);

  test('all on the pairs on which most networks were judged, of several the last ones used', () => {
    const all = [
      judged(1, 'net', 'lfw', 0.9),
      judged(2, 'other', 'lfw', 0.8),
      judged(3, 'net', 'lfw', 0.95),
      judged(4, 'net', 'own', 0.7),
      judged(5, 'gone', 'own', 0.99),
      judged(6, 'third', 'own', 0.99, false),
    ];
    const verified = verifiedOf(networks, all);
    expect(verified).toMatchObject({ set: 'lfw', pairs: 600 });
    expect([...(verified?.of ?? [])].map(([name, { accuracy }]) => [name, accuracy])).toEqual([
      ['net', 0.95],
      ['other', 0.8],
    ]);
    expect([...(verified?.best ?? [])]).toEqual(['net']);
    expect(verifiedOf(networks, [...all, judged(7, 'other', 'own', 0.6)])?.set).toBe('own');
  });

  test('what was judged in another way does not take the place of the usual', () => {
    const usual = { ...judged(1, 'net', 'lfw', 0.9), tap: 'embedding', flip: true, folds: 10 };
    const other = { ...judged(2, 'other', 'lfw', 0.8), tap: 'embedding', flip: true, folds: 10 };
    const alone = { ...judged(3, 'net', 'lfw', 0.99), tap: 'embedding', flip: false, folds: 10 };
    const pooled = { ...judged(4, 'net', 'lfw', 0.5), tap: 'pooled', flip: true, folds: 10 };
    const verified = verifiedOf(networks, [usual, other, alone, pooled]);
    expect(verified?.of.get('net')?.accuracy).toBe(0.9);
  });

  test('one network is not the best of one, and without any there is nothing', () => {
    expect(verifiedOf(networks, [judged(1, 'net', 'lfw', 0.9)])?.best.size).toBe(0);
    expect(verifiedOf(networks, [judged(1, 'gone', 'lfw', 0.9)])).toBeNull();
    expect(verifiedOf(networks, [])).toBeNull();
  });

  test('it stands in the csv behind the figures of its network', () => {
    const [head, first] = boardCsv(board, () => judged(1, 'net', 'lfw', 0.9)).split('\r\n');
    expect(head.endsWith(',verification accuracy,verification deviation,verification pairs')).toBe(true);
    expect(first.endsWith(',0.9,0.01,600')).toBe(true);
    expect(boardCsv(board).split('\r\n')[1].endsWith(',,,')).toBe(true);
  });
});

describe('charts', () => {
  test('a line per feature set over k, chance beside it', () => {
    expect(seriesOf(board, strict)).toEqual([
      {
        features: 'net:pooled',
        points: [
          { k: 30, value: 0.2, chance: null, name: '=c', n: 90 },
          { k: 300, value: 0.5, chance: 0.45, name: 'a, k=300', n: 90 },
        ],
      },
      { features: 'net:routing', points: [{ k: 30, value: 0.3, chance: 0.1, name: 'b', n: 90 }] },
    ]);
    const { data, layout } = overK(board, strict);
    expect(data.length).toBe(4);
    expect(data[1]).toMatchObject({ y: [null, 45] });
    expect(layout.xaxis).toMatchObject({ tickvals: [30, 300] });
  });

  test('feature sets of one model are told apart without its name', () => {
    expect([...shortNames(['net:pooled', 'net:routing']).values()]).toEqual(['pooled', 'routing']);
    expect([...shortNames(['net:pooled', 'other:pooled']).values()]).toEqual(['net:pooled', 'other:pooled']);
    expect([...shortNames(['net:pooled']).values()]).toEqual(['net:pooled']);
  });

  test('histograms are shares of pairs, and the axis covers what there is', () => {
    const counts = new Float64Array(100);
    counts[50] = 3;
    counts[74] = 1;
    const { data } = centroidChart([{ name: 'a', counts, pairs: 4, mean: 0.1 }]);
    expect((data[0] as { y: number[] }).y[50]).toBe(75);
    expect((data[0] as { x: number[] }).x[50]).toBeCloseTo(0.01, 9);
    const [low, high] = rangeOf([{ name: 'a', counts, pairs: 4, mean: 0 }]);
    expect(low).toBeCloseTo(-0.05, 9);
    expect(high).toBeCloseTo(0.55, 9);
    expect(rangeOf([])).toEqual([-1, 1]);
  });
});
