import { expect, test } from 'vitest';
import { parseCohortCode } from '../../../core/attributes/cohort.ts';
import {
  cohortsBetween,
  gridOf,
  imbalanceOf,
  mostImages,
  placeAfter,
  shadeOf,
  subsetCurve,
  subsetOf,
} from '../../../renderer/cohorts/grid.ts';

test('every cohort stands in exactly one cell, and rows add up', () => {
  const counts = Int32Array.from({ length: 270 }, (_, i) => i);
  const rows = gridOf(counts);
  expect(rows).toHaveLength(30);
  expect(new Set(rows.flatMap((row) => row.cells.map(({ cohort }) => cohort))).size).toBe(270);
  expect(rows.reduce((sum, row) => sum + row.total, 0)).toBe((269 * 270) / 2);
  const row = rows.find(({ title }) => title === '20–49 · male · Middle Eastern or White');
  expect(row?.cells.map(({ cohort }) => cohort)).toContain(parseCohortCode('11422'));
});

test('imbalance of even, uneven and empty cohorts', () => {
  expect(imbalanceOf(new Int32Array(270))).toBeNull();
  expect(imbalanceOf(new Int32Array(270).fill(7))).toMatchObject({
    present: 270,
    ratio: 1,
    evenness: expect.closeTo(1, 12),
  });
  const one = new Int32Array(270);
  one[3] = 50;
  expect(imbalanceOf(one)).toEqual({ present: 1, ratio: 1, evenness: expect.closeTo(0, 12), topTen: 1 });
  one[4] = 5;
  expect(imbalanceOf(one)?.ratio).toBe(10);
});

test('the curve has a point for every size at which a cohort drops out', () => {
  expect(subsetCurve([0, 5, 200, 250, 200])).toEqual([
    { perCohort: 250, cohorts: 1, images: 250 },
    { perCohort: 200, cohorts: 3, images: 600 },
    { perCohort: 5, cohorts: 4, images: 20 },
  ]);
});

test('shades rise with counts and stay in 0…1', () => {
  expect(shadeOf(0, 100)).toBe(0);
  expect(shadeOf(100, 100)).toBe(1);
  expect(shadeOf(1, 100)).toBeLessThan(shadeOf(2, 100));
});

test('ranges and keys stay inside the grid', () => {
  const rows = gridOf(new Int32Array(270));
  const between = cohortsBetween(rows, { row: 4, column: 5 }, { row: 2, column: 3 });
  expect(between).toHaveLength(9);
  expect(between).toContain(rows[3].cells[4].cohort);
  expect(placeAfter('ArrowUp', { row: 0, column: 0 }, 30)).toEqual({ row: 0, column: 0 });
  expect(placeAfter('End', { row: 29, column: 2 }, 30)).toEqual({ row: 29, column: 8 });
  expect(placeAfter('x', { row: 0, column: 0 }, 30)).toBeUndefined();
});

test('the N with the most images, and what Sub-N gives for any N', () => {
  const counts = [0, 5, 200, 250, 200];
  expect(mostImages(subsetCurve(counts))).toBe(200);
  expect(subsetOf(counts, 200)).toEqual({ cohorts: 3, images: 600 });
  expect(subsetOf(counts, 201)).toEqual({ cohorts: 1, images: 201 });
  expect(subsetOf(counts, 0)).toEqual({ cohorts: 0, images: 0 });
});
