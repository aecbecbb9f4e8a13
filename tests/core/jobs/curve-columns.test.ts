import { expect, test } from 'vitest';
import { curveColumns, wholeCurve } from '../../../core/jobs/train/curve-columns.ts';
import type { CurvePoint } from '../../../core/training/curve.ts';

const point = (step: number, more: Partial<CurvePoint> = {}): CurvePoint => ({
  ...{ step, epoch: step / 4, loss: 10 / step, accuracy: step / 100, rate: 0.1, imagesPerSecond: 20 },
  ...more,
});
const points = Array.from({ length: 10 }, (_, i) => point(i + 1));

test('a short curve is given step by step, with the time that its steps took', () => {
  const curve = wholeCurve(points, 40, 10);
  expect(curve.every).toBe(1);
  expect([...curve.steps]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect([...curve.seconds]).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  expect([...curve.loss]).toEqual(points.map(({ loss }) => loss));
});

test('a long one is given as means over equal parts, the last one shorter', () => {
  const curve = wholeCurve(points, 40, 4);
  expect(curve.every).toBe(3);
  expect([...curve.steps]).toEqual([3, 6, 9, 10]);
  expect([...curve.epochs]).toEqual([0.75, 1.5, 2.25, 2.5]);
  expect([...curve.seconds]).toEqual([6, 12, 18, 20]);
  expect(curve.loss[0]).toBeCloseTo((10 + 5 + 10 / 3) / 3, 12);
  expect(curve.loss[3]).toBe(1);
  // The mean over all steps stays what it was.
  const weighted = [...curve.accuracy].reduce((sum, value, i) => sum + value * (i < 3 ? 3 : 1), 0);
  expect(weighted / 10).toBeCloseTo(0.055, 12);
});

test('what only some steps have is a mean of these, and nothing where none has it', () => {
  const some = points.map((one, i) => (i === 1 ? { ...one, clustering: 5 } : one));
  expect([...curveColumns(some).clustering].map(Number.isNaN).filter(Boolean)).toHaveLength(9);
  const { clustering } = wholeCurve(some, 40, 4);
  expect([...clustering]).toEqual([5, Number.NaN, Number.NaN, Number.NaN]);
});

test('a curve without a step is empty', () => {
  expect(wholeCurve([], 8, 100)).toMatchObject({ steps: new Int32Array(0), every: 1 });
});
