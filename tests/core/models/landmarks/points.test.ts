import { expect, test } from 'vitest';
import { fivePoints, fromCrop } from '../../../../core/models/landmarks/points.ts';

test('five points come from the landmarks that are counted 37, 40, 43, 46, 31, 49 and 55 from one', () => {
  // Landmark n (from 1) stands at (n, 1000 + n).
  const landmarks = Float32Array.from({ length: 136 }, (_, i) => (i % 2) * 1000 + 1 + (i >> 1));
  expect([...fivePoints(landmarks)]).toEqual([38.5, 1038.5, 44.5, 1044.5, 31, 1031, 49, 1049, 55, 1055]);
});

test('fractions of a crop become pixels of the picture', () => {
  const points = fromCrop(Float32Array.of(0, 0, 0.5, 0.25, 1, 1), [-10, 20, 80]);
  expect([...points]).toEqual([-10, 20, 30, 40, 70, 100]);
});
