import { describe, expect, test } from 'vitest';
import { neighbourIn } from '../../../renderer/face/neighbour.ts';
import { densityImage, densityOf } from '../../../renderer/face/network/place.ts';
import { parseLayout, routedPlaces, sumError } from '../../../renderer/face/network/routing.ts';
import { frameOf, landmarkLines, pairsOf, pixelsFor } from '../../../renderer/face/picture/frame.ts';

describe('the frame of a picture', () => {
  const picture = { width: 400, height: 200 };
  test('is twice the box, moved inside, never larger than the picture', () => {
    expect(frameOf(picture, [100, 60, 40, 50], false)).toEqual([70, 35, 100, 100]);
    expect(frameOf(picture, [0, 0, 40, 50], false)).toEqual([0, 0, 100, 100]);
    expect(frameOf(picture, [370, 150, 30, 50], false)).toEqual([300, 100, 100, 100]);
    expect(frameOf(picture, [100, 10, 150, 180], false)).toEqual([0, 0, 360, 200]);
    expect(frameOf(picture, [100, 60, 40, 50], true)).toEqual([0, 0, 400, 200]);
    expect(frameOf(picture, null, false)).toEqual([0, 0, 400, 200]);
  });
  test('asks for as many pixels as the screen shows, and no more than there are', () => {
    expect(pixelsFor({ width: 4000, height: 3000 }, [0, 0, 4000, 3000], 320)).toBe(320);
    expect(pixelsFor({ width: 4000, height: 3000 }, [0, 0, 1000, 1000], 320)).toBe(1280);
    expect(pixelsFor(picture, [0, 0, 50, 50], 320)).toBe(400);
  });
  test('landmarks are nine lines of the 68 points, of which eyes and lips are closed', () => {
    const points = pairsOf(Float32Array.from({ length: 136 }, (_, i) => i));
    const path = landmarkLines(points);
    expect(path.match(/M/g)?.length).toBe(9);
    expect(path.match(/Z/g)?.length).toBe(4);
    expect(path.startsWith('M0.00,1.00L2.00,3.00')).toBe(true);
    expect(landmarkLines(points.slice(0, 5))).toBe('');
    expect(pairsOf(null)).toEqual([]);
  });
});

describe('routing weights', () => {
  const layout = [
    { name: 'a', experts: 2, groups: 1 },
    { name: 'b', experts: 3, groups: 2 },
  ];
  const face = [0.25, 0.75, 0.5, 0.25, 0.25, 0.1, 0.1, 0.8];
  const all = [0.5, 0.5, 0.4, 0.3, 0.3, 0.4, 0.3, 0.3];

  test('are cut by place, group and expert', () => {
    const [a, b] = routedPlaces(layout, face, all, null);
    expect(a.groups).toEqual([{ group: 0, face: [0.25, 0.75], all: [0.5, 0.5], cluster: null }]);
    expect(b.groups[1]).toEqual({ group: 1, face: [0.1, 0.1, 0.8], all: [0.4, 0.3, 0.3], cluster: null });
    expect(a.unusual).toBe(0.25);
    expect(b.unusual).toBeCloseTo(0.5, 9);
    expect(sumError([a, b])).toBeCloseTo(0, 9);
    expect(
      sumError(
        routedPlaces(
          layout,
          all.map((weight) => 2 * weight),
          null,
          null,
        ),
      ),
    ).toBeCloseTo(1, 9);
  });

  test('a layout must explain every entry', () => {
    expect(parseLayout(layout, 8)).toEqual(layout);
    expect(parseLayout(layout, 9)).toBeUndefined();
    expect(parseLayout(undefined, 8)).toBeUndefined();
    expect(parseLayout([{ name: 'a', experts: 0, groups: 4 }], 0)).toBeUndefined();
    expect(parseLayout([{ name: 'a', experts: 8 }], 8)).toBeUndefined();
  });
});

test('the next face is the next that passes, round and round', () => {
  const faces = Int32Array.of(3, 5, 8, 9, 12);
  const mask = Uint8Array.of(1, 0, 1, 0, 1);
  const next = (face: number, by: 1 | -1): number => neighbourIn(faces, mask, face, by);
  expect([next(3, 1), next(8, 1), next(12, 1)]).toEqual([2, 4, 0]);
  expect([next(3, -1), next(8, -1), next(12, -1)]).toEqual([4, 0, 2]);
  // A face outside the filter, and one that is not there.
  expect([next(5, 1), next(5, -1), next(9, -1)]).toEqual([2, 0, 2]);
  expect([next(7, 1), next(7, -1), next(99, 1), next(1, -1)]).toEqual([2, 0, 0, 4]);
  expect(neighbourIn(faces, new Uint8Array(5), 5, 1)).toBe(-1);
  expect(neighbourIn(Int32Array.of(4), Uint8Array.of(1), 4, 1)).toBe(-1);
});

test('a small map counts points per pixel, up is up, in one scale', () => {
  const density = densityOf([0, 0, 10, 0, 10, 0, 10, 5], 112, 62);
  expect(density.pixel(0, 0)).toEqual([6, 56]);
  expect(density.pixel(10, 5)).toEqual([106, 6]);
  expect(density.most).toBe(2);
  expect(density.counts[56 * 112 + 106]).toBe(2);
  const image = densityImage(density, [1, 2, 3]);
  expect([...image.slice(4 * (56 * 112 + 106), 4 * (56 * 112 + 106) + 4)]).toEqual([1, 2, 3, 255]);
  expect(image[3]).toBe(0);
  // One point only, or all in one place: no division by nothing.
  expect(densityOf([7, 7], 40, 20).pixel(7, 7)).toEqual([20, 10]);
});
