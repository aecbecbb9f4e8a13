import { describe, expect, test } from 'vitest';
import { cohortIndex, parseCohortCode } from '../../../core/attributes/cohort.ts';
import { agreement, ENTROPY_MEANS, type EntropyMean } from '../../../core/clusters/metrics/agreement.ts';
import { contingencyOf } from '../../../core/clusters/metrics/contingency.ts';
import { expectedMutualInformation } from '../../../core/clusters/metrics/information.ts';
import { cohortPurity, purity } from '../../../core/clusters/metrics/purity.ts';
import { scoreboard } from '../../../core/clusters/metrics/scoreboard.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from './sklearn.ts';

interface Case {
  name: string;
  classes: number[];
  clusters: number[];
}

const random = new Random(7);
const draw = (n: number, sides: number, skew = 1): number[] =>
  Array.from({ length: n }, () => Math.floor(sides * random.uniform() ** skew));
const related = (classes: number[], k: number): number[] =>
  classes.map((label) => (random.uniform() < 0.6 ? (label * 7) % k : random.below(k)));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const large = draw(20_000, 270, 3);
const CASES: Case[] = [
  ...[2, 5, 50, 400].map((n) => {
    const classes = draw(n, 6);
    return { name: `random, n = ${n}`, classes, clusters: draw(n, 4) };
  }),
  { name: 'related and skewed, n = 20,000', classes: large, clusters: related(large, 300) },
  { name: 'skewed, few clusters', classes: large, clusters: related(large, 3) },
  { name: 'identical', classes: [0, 0, 1, 1, 2], clusters: [5, 5, -3, -3, 900_000] },
  { name: 'one cluster', classes: draw(60, 5), clusters: new Array(60).fill(0) },
  { name: 'one class', classes: new Array(60).fill(3), clusters: draw(60, 5) },
  { name: 'one class, one cluster', classes: new Array(9).fill(3), clusters: new Array(9).fill(1) },
  { name: 'one sample', classes: [1], clusters: [4] },
  { name: 'all singletons', classes: draw(80, 5), clusters: range(80) },
  { name: 'singletons on both sides', classes: range(80), clusters: range(80).reverse() },
  { name: 'singletons on both sides, sparse', classes: range(1500), clusters: range(1500).reverse() },
  { name: 'singletons against one', classes: range(30), clusters: new Array(30).fill(0) },
  { name: 'independent', classes: [0, 0, 1, 1], clusters: [0, 1, 0, 1] },
  { name: 'half and half', classes: range(1000).map((i) => i % 2), clusters: range(1000).map((i) => i >> 9) },
  { name: 'gaps in the numbers', classes: [10, 10, 99, 99, 4], clusters: [0, 7, 7, 7, 2] },
  { name: 'empty', classes: [], clusters: [] },
];

/** Where mean entropy, mutual information and its expectation are all equal. */
const ZERO_BY_ZERO = new Map<string, readonly EntropyMean[]>([
  ['all singletons', ['min']],
  ['singletons on both sides', ENTROPY_MEANS],
  ['singletons on both sides, sparse', ENTROPY_MEANS],
]);

describe('agreement equals scikit-learn', () => {
  const reference = python<Record<string, number>[]>(
    `
from sklearn.metrics import adjusted_mutual_info_score as ami, normalized_mutual_info_score as nmi, adjusted_rand_score as ari, homogeneity_score, completeness_score
result = []
for case in given['cases']:
    t, p = np.array(case['classes'], dtype=int), np.array(case['clusters'], dtype=int)
    row = {'ari': ari(t, p), 'homogeneity': homogeneity_score(t, p), 'completeness': completeness_score(t, p)}
    for mean in given['means']:
        row['ami ' + mean] = ami(t, p, average_method=mean)
        row['nmi ' + mean] = nmi(t, p, average_method=mean)
    result.append({k: float(v) for k, v in row.items()})
`,
    { cases: CASES, means: ENTROPY_MEANS },
  );

  test.each(CASES.map((one, at) => ({ ...one, at })))('$name', ({ name, classes, clusters, at }) => {
    for (const mean of ENTROPY_MEANS) {
      const ours = agreement(classes, clusters, { mean });
      for (const metric of ['ari', 'homogeneity', 'completeness'] as const) {
        expect(Math.abs(ours[metric] - reference[at][metric]), metric).toBeLessThan(1e-9);
      }
      for (const metric of ['ami', 'nmi'] as const) {
        const theirs = reference[at][`${metric} ${mean satisfies EntropyMean}`];
        // scikit-learn 1.2 divides 0 by 0 there, and rounding decides what comes out.
        const undefinedThere = metric === 'ami' && ZERO_BY_ZERO.get(name)?.includes(mean);
        if (undefinedThere) expect(ours.ami).toBe(name.includes('both') ? 1 : 0);
        else expect(Math.abs(ours[metric] - theirs), `${metric} ${mean}`).toBeLessThan(1e-9);
      }
    }
  });

  test('labellings of unequal length are refused', () => {
    expect(() => agreement([1, 2], [1])).toThrow('2 classes and 1 clusters');
  });
});

test('expected mutual information equals its definition in exact arithmetic', () => {
  const rows = [7, 3, 25, 1, 1, 13];
  const columns = [20, 20, 5, 4, 1];
  const exact = python<number>(
    `
from fractions import Fraction
from math import comb, log
N = sum(given['rows'])
result = 0.0
for a in given['rows']:
    for b in given['columns']:
        for m in range(max(1, a + b - N), min(a, b) + 1):
            p = Fraction(comb(a, m) * comb(N - a, b - m), comb(N, b))
            result += float(p) * m / N * log(N * m / (a * b))
`,
    { rows, columns },
  );
  const ours = expectedMutualInformation(Float64Array.from(rows), Float64Array.from(columns));
  expect(Math.abs(ours - exact)).toBeLessThan(1e-14);
});

describe('purity', () => {
  const codes = (words: string): number[] => words.split(' ').map(parseCohortCode);

  test('strict counts the majority label, tolerant what shares four attributes with it', () => {
    // Cluster 0: majority 11422; 11420 and 01422 share four attributes, 00422 three. Cluster 1: one face.
    const cohorts = codes('11422 11422 11420 01422 00422 00000');
    expect(cohortPurity(cohorts, [0, 0, 0, 0, 0, 1], 2)).toEqual({ strict: 3 / 6, tolerant: 5 / 6 });
  });

  test('of equally frequent labels the smallest code is the majority', () => {
    const cohorts = codes('21422 10000 10001');
    expect(cohortPurity(cohorts, [0, 0, 0], 1)).toEqual({ strict: 1 / 3, tolerant: 2 / 3 });
  });

  test('equals the contingency formula on random data', () => {
    const classes = draw(5000, 9);
    const clusters = related(classes, 20);
    const { rows, columns, counts } = contingencyOf(classes, clusters);
    const most = new Map<number, number>();
    for (let i = 0; i < rows.length; i++)
      most.set(columns[i], Math.max(most.get(columns[i]) ?? 0, counts[i]));
    expect(purity(classes, 9, clusters, 20)).toBe([...most.values()].reduce((a, b) => a + b) / 5000);
  });
});

describe('scoreboard', () => {
  const n = 3000;
  const clusters = Int32Array.from(draw(n, 12));
  const values = [3, 2, 5, 3, 3].map((sides, a) =>
    Int8Array.from(clusters, (cluster) =>
      random.uniform() < 0.2 * a ? cluster % sides : random.below(sides),
    ),
  );
  const cohorts = Int16Array.from(clusters, (_, i) => cohortIndex(values.map((column) => column[i])));
  const settings = { mean: 'arithmetic' as const, permutations: 5, seed: 3 };

  test('a face without a label is left out of that label only', () => {
    const holed = values.map((column) => column.slice());
    const partly = cohorts.slice();
    for (let i = 0; i < 1000; i++) {
      holed[2][i] = -1;
      partly[i] = -1;
    }
    const board = scoreboard({ clusters, k: 12, values: holed, cohorts: partly }, settings);
    expect(board.labelled).toEqual({
      cohort: 2000,
      age: 3000,
      gender: 3000,
      race: 2000,
      pitch: 3000,
      yaw: 3000,
    });
    const kept = scoreboard({ clusters, k: 12, values, cohorts }, settings);
    expect(board.ami.age).toBe(kept.ami.age);
    expect(board.ami.race).toBe(agreement(values[2].slice(1000), clusters.slice(1000)).ami);
  });

  test('an attribute that nobody labelled has no figure', () => {
    const none = values.map((column, a) => (a === 4 ? column.map(() => -1) : column));
    const board = scoreboard({ clusters, k: 12, values: none, cohorts: cohorts.map(() => -1) }, settings);
    expect(board.ami.yaw).toBeNull();
    expect(board.purity.strict).toBeNull();
    expect(board.chance?.ami.cohort).toBeNull();
    expect(board.ami.pitch).toBeGreaterThan(0);
  });

  test('chance levels: AMI near 0, purity near what the largest class gives, the same for the same seed', () => {
    const board = scoreboard({ clusters, k: 12, values, cohorts }, settings);
    expect(Math.abs(board.chance?.ami.yaw ?? 1)).toBeLessThan(0.01);
    expect(board.chance?.purity.gender).toBeGreaterThan(0.5);
    expect(board.chance?.purity.gender).toBeLessThan(0.56);
    expect(board.ami.yaw).toBeGreaterThan(0.1);
    expect(scoreboard({ clusters, k: 12, values, cohorts }, settings)).toEqual(board);
  });
});
