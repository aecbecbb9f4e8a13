import { expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import { fitCamera, pan, toData, toPixels, zoomAt } from '../../../renderer/map/points/camera.ts';
import { pointsInside } from '../../../renderer/map/points/lasso.ts';
import { PointIndex } from '../../../renderer/map/points/point-index.ts';

const random = new Random(2);
const cloud = (n: number): Float32Array => Float32Array.from({ length: 2 * n }, () => random.normal() * 3);
const size = { width: 800, height: 500 };

test('a fitted camera shows every point, and pixels and data are inverse', () => {
  const xy = cloud(500);
  const camera = fitCamera(xy, size);
  for (let i = 0; i < xy.length; i += 2) {
    const [px, py] = toPixels(camera, size, xy[i], xy[i + 1]);
    expect(px >= 0 && px <= 800 && py >= 0 && py <= 500).toBe(true);
    const [x, y] = toData(camera, size, px, py);
    expect(Math.abs(x - xy[i]) + Math.abs(y - xy[i + 1])).toBeLessThan(1e-9);
  }
  expect(fitCamera(new Float32Array(0), size)).toEqual({ x: 0, y: 0, scale: 1 });
  expect(fitCamera(Float32Array.of(5, 5), size).x).toBe(5);
});

test('zooming keeps the point under the pointer, panning moves by pixels', () => {
  const camera = fitCamera(cloud(50), size);
  const before = toData(camera, size, 123, 77);
  const after = toData(zoomAt(camera, size, 123, 77, 2.5), size, 123, 77);
  expect(after[0]).toBeCloseTo(before[0], 9);
  expect(after[1]).toBeCloseTo(before[1], 9);
  const [px, py] = toPixels(pan(camera, 30, -12), size, before[0], before[1]);
  expect([px, py]).toEqual([expect.closeTo(153, 6), expect.closeTo(65, 6)]);
});

test('the nearest point is the nearest of all', () => {
  for (const n of [1, 7, 3000]) {
    const xy = cloud(n);
    const index = new PointIndex(xy);
    for (let round = 0; round < 100; round++) {
      const [x, y, radius] = [random.normal() * 4, random.normal() * 4, random.uniform()];
      let best = -1;
      let distance = radius * radius;
      for (let i = 0; i < n; i++) {
        const d = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
        if (d < distance) [best, distance] = [i, d];
      }
      expect(index.nearest(x, y, radius)).toBe(best);
    }
  }
  expect(new PointIndex(new Float32Array(0)).nearest(0, 0, 1)).toBe(-1);
});

test('a lasso holds what the winding of a naive even–odd test holds, also for crossed polygons', () => {
  const xy = cloud(4000);
  const index = new PointIndex(xy);
  for (const corners of [3, 5, 40, 700]) {
    const polygon = Array.from({ length: corners }, (_, i) => {
      const angle = (2 * Math.PI * i) / corners;
      const radius = 1.5 + 2 * random.uniform();
      return [radius * Math.cos(angle) + 0.3, radius * Math.sin(angle)];
    }).flat();
    if (corners === 40) random.shuffle(polygon);
    const inside = pointsInside(xy, index, polygon);
    for (let p = 0; p < 4000; p++) {
      const [x, y] = [xy[2 * p], xy[2 * p + 1]];
      let odd = 0;
      for (let i = 0, j = corners - 1; i < corners; j = i++) {
        const [xi, yi, xj, yj] = [polygon[2 * i], polygon[2 * i + 1], polygon[2 * j], polygon[2 * j + 1]];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd ^= 1;
      }
      if (inside[p] !== odd) throw new Error(`point ${p} of ${corners} corners: ${inside[p]} ≠ ${odd}`);
    }
  }
  expect(pointsInside(xy, index, [0, 0, 1, 1]).every((byte) => byte === 0)).toBe(true);
});
