import { expect, test } from 'vitest';
import type { ClusterProfileShown } from '../../../core/contract/procedures/clusters.ts';
import { listed } from '../../../renderer/clusters/all/cluster-order.ts';
import { profileBars } from '../../../renderer/clusters/one/profile-bars.ts';

const profile = (cluster: number, change: Partial<ClusterProfileShown>): ClusterProfileShown => ({
  cluster,
  size: 10,
  labelled: 10,
  majority: null,
  counts: [
    [0, 0, 0],
    [0, 0],
    [0, 0, 0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ],
  lifts: [],
  name: 'no clear attribute',
  exemplars: [],
  outliers: [],
  sources: [],
  identities: { known: 0, distinct: 0, largest: [] },
  ...change,
});
const lift = { attribute: 1, value: 1, count: 9, share: 0.9, base: 0.5, lift: 1.8, sure: true };
const profiles = [
  profile(0, { size: 0 }),
  profile(1, {
    size: 30,
    name: 'male, 1.8×',
    lifts: [lift],
    identities: { known: 30, distinct: 3, largest: [] },
  }),
  profile(2, { size: 20, name: 'female · yaw below −30°, 3.0×', lifts: [{ ...lift, lift: 3, sure: false }] }),
  profile(3, {
    size: 25,
    majority: { code: '11422', count: 20, share: 0.8 },
    identities: { known: 20, distinct: 20, largest: [] },
  }),
];
const numbers = (...asked: Parameters<typeof listed>): number[] =>
  listed(...asked).map(({ cluster }) => cluster);

test('clusters are listed by size, purity, lift, people or number; empty ones last', () => {
  expect(numbers(profiles, '', 'size')).toEqual([1, 3, 2, 0]);
  expect(numbers(profiles, '', 'purity')).toEqual([3, 1, 2, 0]);
  // A lift that chance explains counts for nothing.
  expect(numbers(profiles, '', 'lift')).toEqual([1, 3, 2, 0]);
  expect(numbers(profiles, '', 'people')).toEqual([1, 3, 2, 0]);
  expect(numbers(profiles, '', 'number')).toEqual([1, 2, 3, 0]);
});

test('typed words begin words of the name, the number or the commonest cohort', () => {
  expect(numbers(profiles, 'male', 'number')).toEqual([1, 3]);
  expect(numbers(profiles, 'FEMALE yaw', 'number')).toEqual([2]);
  expect(numbers(profiles, '11422', 'number')).toEqual([3]);
  expect(numbers(profiles, 'nothing like it', 'number')).toEqual([]);
});

test('bars are shares of the known faces beside those of all clusters', () => {
  const all = [
    profile(0, {
      counts: [
        [1, 3, 0],
        [0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    }),
    profile(1, {
      counts: [
        [3, 1, 0],
        [2, 2],
        [0, 0, 0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    }),
  ];
  const [age, gender] = profileBars(all[0], all);
  expect(age.bars.map(({ share, base, lift: times }) => [share, base, times])).toEqual([
    [0.25, 0.5, 0.5],
    [0.75, 0.5, 1.5],
    [0, 0, null],
  ]);
  expect(gender).toMatchObject({
    known: 0,
    bars: [
      { share: 0, base: 0.5 },
      { share: 0, base: 0.5 },
    ],
  });
});
