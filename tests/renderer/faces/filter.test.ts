import { expect, test } from 'vitest';
import { type FaceColumns, patchColumns, rowOf } from '../../../renderer/faces/columns.ts';
import { countIn, countsOf, isEmpty, maskOf, noFilter, rowsIn } from '../../../renderer/faces/filter.ts';

/** 2,000 faces with every combination of a few values; confidences on every third label. */
function columns(): FaceColumns {
  const n = 2000;
  const column = (modulo: number, offset: number): Int8Array =>
    Int8Array.from({ length: n }, (_, i) => (Math.floor(i / offset) % (modulo + 1)) - 1);
  const values = [column(3, 1), column(2, 4), column(5, 12), column(3, 72), column(3, 288)];
  const cohorts = Int16Array.from({ length: n }, (_, i) => {
    const five = values.map((value) => value[i]);
    return five.some((value) => value < 0)
      ? -1
      : (((five[0] * 2 + five[1]) * 5 + five[2]) * 3 + five[3]) * 3 + five[4];
  });
  return {
    faces: Int32Array.from({ length: n }, (_, i) => 10 + 3 * i),
    values,
    origins: values.map((value) => value.map((v, i) => (v < 0 ? -1 : i % 4))),
    confidences: values.map((_, a) =>
      Float32Array.from({ length: n }, (_, i) => (i % 3 === a % 3 ? (i % 100) / 100 : Number.NaN)),
    ),
    cohorts,
    sources: Int32Array.from({ length: n }, (_, i) => 1 + (i % 3)),
    identities: Int32Array.from({ length: n }, (_, i) => (i % 7 === 0 ? -1 : i % 50)),
  };
}

test('an empty filter lets all pass; each condition keeps what a naive loop keeps', () => {
  const c = columns();
  expect(isEmpty(noFilter())).toBe(true);
  expect(countIn(maskOf(c, noFilter()))).toBe(2000);
  const filter = {
    ...noFilter(),
    values: [[0, 2], undefined, [-1, 4], undefined, undefined],
    sources: [1, 3],
    origins: [3],
    confidenceBelow: 0.6,
  };
  const naive = [...c.faces.keys()].filter(
    (i) =>
      [0, 2].includes(c.values[0][i]) &&
      [-1, 4].includes(c.values[2][i]) &&
      [1, 3].includes(c.sources[i]) &&
      c.origins.some((column) => column[i] === 3) &&
      c.confidences.some((column) => column[i] < 0.6),
  );
  expect(naive.length).toBeGreaterThan(5);
  expect([...rowsIn(maskOf(c, filter))]).toEqual(naive);
  const byCohort = maskOf(c, { ...noFilter(), cohorts: [0, 269], identities: [3, 4] });
  expect([...rowsIn(byCohort)]).toEqual(
    [...c.faces.keys()].filter((i) => [0, 269].includes(c.cohorts[i]) && [3, 4].includes(c.identities[i])),
  );
});

test('picked rows and other conditions both hold, and the picked mask is left as it was', () => {
  const c = columns();
  const mask = new Uint8Array(2000).fill(0);
  mask.fill(1, 100, 200);
  const result = maskOf(c, { ...noFilter(), rows: { name: 'lasso', mask }, sources: [2] });
  expect(countIn(result)).toBe([...c.sources.subarray(100, 200)].filter((source) => source === 2).length);
  expect(countIn(mask)).toBe(100);
});

test('counts add up', () => {
  const c = columns();
  const mask = maskOf(c, { ...noFilter(), sources: [1] });
  const { values, cohorts } = countsOf(c, mask);
  for (const counts of values) expect(counts.reduce((sum, n) => sum + n, 0)).toBe(countIn(mask));
  expect(cohorts.reduce((sum, n) => sum + n, 0)).toBe(
    [...c.cohorts.keys()].filter((i) => mask[i] && c.cohorts[i] >= 0).length,
  );
});

test('a patch writes the named faces and no others', () => {
  const c = columns();
  const before = c.values[1].slice();
  const faces = Int32Array.of(10, 13 + 3 * 40, 999_999);
  const patch = {
    faces,
    values: Array.from({ length: 5 }, () => Int8Array.of(1, 1, 1)),
    origins: Array.from({ length: 5 }, () => Int8Array.of(3, 3, 3)),
    confidences: Array.from({ length: 5 }, () => Float32Array.of(1, 1, 1)),
    cohorts: Int16Array.of(5, 6, 7),
  };
  expect([...patchColumns(c, patch)]).toEqual([0, 41]);
  expect([...patchColumns(c, patch)]).toEqual([]);
  expect([c.values[1][0], c.values[1][41], c.cohorts[41]]).toEqual([1, 1, 6]);
  expect(c.values[1].filter((value, i) => value !== before[i] && i !== 0 && i !== 41)).toHaveLength(0);
  expect(rowOf(c.faces, 11)).toBe(-1);
});
