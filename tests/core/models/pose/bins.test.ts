import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ATTRIBUTES } from '../../../../core/attributes/attributes.ts';
import {
  AGE_BINS,
  binProbabilities,
  mostProbable,
  normalCdf,
  POSE_BINS,
} from '../../../../core/models/pose/bins.ts';

test('the normal distribution function equals SciPy’s', () => {
  const z = Array.from({ length: 161 }, (_, i) => -8 + i / 10);
  const run = spawnSync(
    '/usr/bin/python3',
    ['-c', 'import json,sys,scipy.stats as s;json.dump(list(s.norm.cdf(json.load(sys.stdin))),sys.stdout)'],
    { input: JSON.stringify(z), encoding: 'utf8' },
  );
  expect(run.stderr).toBe('');
  for (const [i, value] of (JSON.parse(run.stdout) as number[]).entries()) {
    expect(Math.abs(normalCdf(z[i]) - value)).toBeLessThan(1e-7);
  }
});

test('angles fall into the bins that the attributes name, with a confidence that falls towards the edges', () => {
  const values = ATTRIBUTES[4].values;
  const said = (angle: number) => mostProbable(binProbabilities(angle, 4, POSE_BINS));
  expect(values[said(-50).value]).toBe('below −30°');
  expect(values[said(50).value]).toBe('above +30°');
  expect(values[said(0).value]).toBe('within ±30°');
  expect(said(0).confidence).toBeGreaterThan(0.999);
  expect(said(30.001).confidence).toBeCloseTo(0.5, 3);
  expect(said(34).confidence).toBeCloseTo(0.8413, 3);
});

test('the probabilities of an age add up to one, and the twentieth birthday is the edge', () => {
  for (const age of [-3, 0, 19.9, 20.1, 49.9, 50.1, 104]) {
    const p = binProbabilities(age, 7, AGE_BINS);
    expect(p[0] + p[1] + p[2]).toBeCloseTo(1, 9);
    expect(mostProbable(p).value).toBe(age < 20 ? 0 : age < 50 ? 1 : 2);
  }
});
