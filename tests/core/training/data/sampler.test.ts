import { expect, test } from 'vitest';
import { EpochSampler } from '../../../../core/training/data/sampler.ts';

const settings = { batch: 32, seed: 7, mirror: true };

test('an epoch shows every picture at most once, and all but a remainder', () => {
  const sampler = new EpochSampler(1000, settings);
  expect(sampler.stepsPerEpoch).toBe(31);
  const seen = new Set<number>();
  for (let step = 0; step < sampler.stepsPerEpoch; step++)
    for (const row of sampler.at(0, step).rows) seen.add(row);
  expect(seen.size).toBe(31 * 32);
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...seen)).toBeLessThan(1000);
});

test('a sampler that is made anew in the middle goes on as the first would have', () => {
  const whole = new EpochSampler(500, settings);
  const before = Array.from({ length: 40 }, (_, i) => whole.at(Math.floor(i / 15), i % 15));
  const resumed = new EpochSampler(500, settings);
  for (let i = 22; i < 40; i++) expect(resumed.at(Math.floor(i / 15), i % 15)).toEqual(before[i]);
});

test('epochs and seeds differ in order, about half of the pictures are mirrored, none when it is off', () => {
  const sampler = new EpochSampler(4096, settings);
  const first = sampler.at(0, 0).rows;
  expect(sampler.at(1, 0).rows).not.toEqual(first);
  expect(new EpochSampler(4096, { ...settings, seed: 8 }).at(0, 0).rows).not.toEqual(first);
  let mirrored = 0;
  for (let step = 0; step < 128; step++) mirrored += sampler.at(2, step).mirrored.reduce((a, b) => a + b, 0);
  // Binomial(4096, ½): five standard deviations are 160.
  expect(Math.abs(mirrored - 2048)).toBeLessThan(160);
  const plain = new EpochSampler(4096, { ...settings, mirror: false });
  expect(plain.at(0, 3).mirrored.every((one) => one === 0)).toBe(true);
});

test('a batch larger than the set is refused in words', () => {
  expect(() => new EpochSampler(20, settings)).toThrow(/20 pictures and a batch takes 32/);
  expect(() => new EpochSampler(20, { ...settings, batch: 0 })).toThrow(/'0' is not possible/);
});
