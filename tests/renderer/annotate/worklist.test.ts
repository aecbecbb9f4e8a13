import { expect, test } from 'vitest';
import { orderRows } from '../../../renderer/annotate/worklist/order.ts';
import {
  attributeAfter,
  facesOfQueue,
  firstAttribute,
  stepAnswers,
  wantedAttributes,
  worklistOf,
} from '../../../renderer/annotate/worklist/worklist.ts';
import { emptyColumns } from '../../../renderer/faces/columns.ts';

const columns = {
  ...emptyColumns(),
  faces: Int32Array.of(1, 2, 3, 4, 5),
  values: Array.from({ length: 5 }, () => Int8Array.of(2, -1, 0, 2, 1)),
  confidences: Array.from({ length: 5 }, () => Float32Array.of(0.9, Number.NaN, 0.3, 0.6, 0.3)),
  cohorts: Int16Array.of(200, -1, 3, 3, 0),
  identities: Int32Array.of(9, 0, 4, 9, 4),
  sources: Int32Array.of(2, 1, 1, 2, 1),
};
const ordered = (order: Parameters<typeof orderRows>[2], rows = Int32Array.of(0, 1, 2, 3, 4)): number[] => [
  ...orderRows(rows, columns, order, 0),
];

test('lists are ordered by their keys, equal rows as they were', () => {
  expect(ordered('project')).toEqual([0, 1, 2, 3, 4]);
  expect(ordered('label')).toEqual([1, 2, 4, 0, 3]);
  expect(ordered('unsure')).toEqual([2, 4, 3, 0, 1]);
  expect(ordered('cohort')).toEqual([4, 2, 3, 0, 1]);
  expect(ordered('identity')).toEqual([1, 2, 4, 0, 3]);
  expect(ordered('source')).toEqual([1, 2, 4, 0, 3]);
  expect(ordered('source', Int32Array.of(3, 0))).toEqual([3, 0]);
});

test('half a million rows are ordered without stopping the window for long', () => {
  const n = 477_000;
  const many = { ...columns, cohorts: Int16Array.from({ length: n }, (_, i) => ((i * 7919) % 271) - 1) };
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const begun = performance.now();
  const result = orderRows(rows, many, 'cohort', 0);
  expect(performance.now() - begun).toBeLessThan(400);
  for (let i = 1; i < n; i += 997) {
    const key = (row: number): number => (many.cohorts[row] < 0 ? 270 : many.cohorts[row]);
    expect(key(result[i])).toBeGreaterThanOrEqual(key(result[i - 1]));
  }
});

test("a queue's entries are gathered by face, each at its most pressing entry", () => {
  const flag = (attribute: number) => ({ attribute, suggested: 1, why: `${attribute}` });
  const { rows, flags } = facesOfQueue(
    [
      { row: 4, flag: flag(2) },
      { row: 1, flag: flag(0) },
      { row: 4, flag: flag(0) },
      { row: -1, flag: flag(0) },
      { row: 3, flag: flag(0) },
    ],
    (row) => row !== 3,
  );
  expect([...rows]).toEqual([4, 1]);
  expect(flags.map((some) => some.map(({ attribute }) => attribute))).toEqual([[2, 0], [0]]);
  const list = worklistOf('errors', rows, 5, { flags });
  expect([...list.places]).toEqual([-1, 1, -1, -1, 0]);
  expect(wantedAttributes(list.flags?.[0], null)).toEqual([0, 2]);
});

test('auto-advance goes through what is wanted and not done, then to the next face', () => {
  const done =
    (...attributes: number[]) =>
    (a: number) =>
      attributes.includes(a);
  const all = wantedAttributes(undefined, null);
  expect(all).toEqual([0, 1, 2, 3, 4]);
  expect(attributeAfter(all, done(), 0)).toBe(1);
  expect(attributeAfter(all, done(1, 2), 0)).toBe(3);
  expect(attributeAfter(all, done(4), 3)).toBeUndefined();
  expect(attributeAfter(wantedAttributes(undefined, 2), done(), 2)).toBeUndefined();
  expect(firstAttribute(all, done(0, 1))).toBe(2);
  expect(firstAttribute(all, done(0, 1, 2, 3, 4))).toBe(0);
  expect(firstAttribute([2, 4], done(2, 4))).toBe(2);
});

test('what is taken back is open again in a queue, and what comes back is answered: those attributes, those faces', () => {
  const answered = Uint8Array.of(0b00011, 0b00111, 0b00100);
  stepAnswers(answered, Int32Array.of(1, -1, 2), Uint8Array.of(1, 2), 'undo');
  expect([...answered]).toEqual([0b00011, 0b00001, 0]);
  stepAnswers(answered, Int32Array.of(2, 1), Uint8Array.of(2), 'redo');
  expect([...answered]).toEqual([0b00011, 0b00101, 0b00100]);
});
