import { expect, test } from 'vitest';
import { SCORED } from '../../../../core/clusters/metrics/scoreboard.ts';
import type { Judged } from '../../../../core/jobs/reproduce/judge.ts';
import {
  orderingsOf,
  spread,
  type Trained,
  tableOf,
  verificationOf,
} from '../../../../core/jobs/reproduce/summary.ts';

/** A network whose figures are all worked out from two numbers. */
function trained(row: string, seed: number, ami: number | null, accuracy: number | null): Trained {
  const purity = {
    ...{ strict: ami, tolerant: ami === null ? null : ami + 0.1 },
    ...{ age: null, gender: null, race: null, pitch: null, yaw: null },
  };
  const figures = Object.fromEntries(SCORED.map((name) => [name, name === 'pitch' ? null : ami]));
  const scores = { natural: { purity, ami: figures, labelled: {}, chance: null } };
  const judged = {
    clusters: [{ assigned: 'kmeans', k: 300, scores }],
    verification:
      accuracy === null
        ? null
        : { pairs: 10, accuracy, auc: accuracy, tarAtFar: [{ far: 0.1, tar: accuracy }] },
  } as unknown as Judged;
  const rest = { run: `${row}-s${seed}`, hash: '', loss: 0, accuracy: 0, imagesPerSecond: 0, device: 'CPU' };
  return { row, seed, ...rest, judged };
}

test('the deviation is that of a sample, and a single value has none', () => {
  // numpy.std([2, 4, 4, 4, 5, 5, 7, 9], ddof=1)
  expect(spread([2, 4, 4, 4, 5, 5, 7, 9])?.deviation).toBeCloseTo(2.138089935299395, 12);
  expect(spread([3])).toEqual({ mean: 3, deviation: null });
  expect(spread([])).toBeNull();
});

test('a table row is the mean over seeds; figures that no seed has stay out', () => {
  const [row] = tableOf([trained('DC', 1, 0.2, null), trained('DC', 2, 0.4, null)]);
  expect(row).toMatchObject({ row: 'DC', k: 300, assigned: 'kmeans', source: 'natural', seeds: 2 });
  expect(row.figures.strict?.mean).toBeCloseTo(0.3, 12);
  expect(row.figures.tolerant?.mean).toBeCloseTo(0.4, 12);
  expect(row.figures['ami cohort']?.deviation).toBeCloseTo(Math.SQRT2 / 10, 12);
  expect(row.figures['ami pitch']).toBeNull();
});

test('clusters that a seed lacks are the mean of those that have them', () => {
  const lacking = trained('DC', 1, 0.2, null);
  lacking.judged.clusters = [];
  const [row] = tableOf([lacking, trained('DC', 2, 0.4, null)]);
  expect(row).toMatchObject({ k: 300, seeds: 1, figures: { strict: { mean: 0.4, deviation: null } } });
});

test('verification leaves out networks that were not judged on pairs', () => {
  const found = verificationOf([
    trained('BL', 1, 0.1, 0.8),
    trained('BL', 2, 0.1, 0.9),
    trained('DC', 1, 0.1, null),
  ]);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ row: 'BL', seeds: 2 });
  expect(found[0].accuracy.mean).toBeCloseTo(0.85, 12);
});

test('orderings compare networks of the same seed, and say so where the seeds disagree', () => {
  const networks = (differences: readonly number[]): Trained[] =>
    differences.flatMap((difference, i) => [
      trained('BL', i + 1, 0.2, 0.9),
      trained('DC', i + 1, 0.2 + difference, 0.9 + difference / 10),
    ]);
  const verdicts = (differences: readonly number[]): string[] =>
    orderingsOf(networks(differences), ['natural'])
      .filter(({ better, worse }) => better.row === 'DC' && worse.row === 'BL')
      .map(({ verdict }) => verdict);
  expect(verdicts([0.1, 0.12, 0.09])).toEqual(['holds', 'holds']);
  expect(verdicts([-0.1, -0.12, -0.09])).toEqual(['does not hold', 'does not hold']);
  expect(verdicts([0.1, -0.12, 0.03])).toEqual(['not clear', 'not clear']);
  expect(verdicts([0.1])).toEqual(['not clear', 'not clear']);
  // A seed that lacks one of the two is left out.
  const [lone] = orderingsOf([...networks([0.1]), trained('BL', 2, 0.2, 0.9)], ['natural']);
  expect(lone.differences).toHaveLength(1);
});
