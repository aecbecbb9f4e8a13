import { expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';

const draws = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.uniform());

test('the same seed gives the same numbers, neighbouring seeds unrelated ones', () => {
  expect(draws(new Random(1, 2), 5)).toEqual(draws(new Random(1, 2), 5));
  const n = 20_000;
  const a = draws(new Random(1), n);
  const b = draws(new Random(2), n);
  const correlation = a.reduce((sum, x, i) => sum + (x - 0.5) * (b[i] - 0.5), 0) / (n / 12);
  expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(n));
});

test('uniform numbers fill [0, 1) evenly (χ² of 100 bins, 99.99 % bound)', () => {
  const n = 100_000;
  const bins = new Array<number>(100).fill(0);
  for (const x of draws(new Random(5), n)) bins[Math.floor(x * 100)]++;
  const chi2 = bins.reduce((sum, count) => sum + (count - n / 100) ** 2 / (n / 100), 0);
  expect(chi2).toBeLessThan(161.3);
});

test('normal numbers have mean 0, variance 1 and the tails of a Gaussian', () => {
  const random = new Random(9);
  const x = Array.from({ length: 100_000 }, () => random.normal());
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  expect(Math.abs(mean)).toBeLessThan(0.015);
  expect(Math.abs(x.reduce((sum, value) => sum + value * value, 0) / x.length - 1)).toBeLessThan(0.02);
  const beyond = x.filter((value) => Math.abs(value) > 1.959964).length / x.length;
  expect(Math.abs(beyond - 0.05)).toBeLessThan(0.003);
});

test('a shuffle is a permutation, and every order of three comes up as often', () => {
  const random = new Random(13);
  const orders = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = random.shuffle([1, 2, 3]).join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  expect(orders.size).toBe(6);
  for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(140);
});
