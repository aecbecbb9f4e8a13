import { describe, expect, test } from 'vitest';
import { apply, compose, gridOver, invert } from '../../../../core/engine/images/affine.ts';
import {
  ARCFACE_TEMPLATE,
  alignToTemplate,
  estimateSimilarity,
  templateAt,
} from '../../../../core/engine/images/similarity.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { python } from './python.ts';

describe('similarity', () => {
  test("equals scikit-image's least-squares estimate", () => {
    const random = new Random(5);
    const cases = Array.from({ length: 50 }, () =>
      Array.from({ length: 10 }, (_, i) => ARCFACE_TEMPLATE[i] * random.between(1, 3) + 40 * random.normal()),
    );
    const expected = python<number[][]>(
      `
import json, sys, numpy as np
from skimage.transform import estimate_transform
cases, template = json.load(sys.stdin)
print(json.dumps([estimate_transform('similarity', np.array(c).reshape(5, 2), np.array(template).reshape(5, 2)).params[:2].ravel().tolist() for c in cases]))`,
      [cases, ARCFACE_TEMPLATE],
    );
    for (const [i, points] of cases.entries()) {
      const map = alignToTemplate(points);
      for (let k = 0; k < 6; k++) expect(map?.[k]).toBeCloseTo(expected[i][k], 8);
    }
  });

  test('a known turn, scale and shift is found again', () => {
    const [scale, angle] = [0.4, 0.7];
    const map = [
      scale * Math.cos(angle),
      -scale * Math.sin(angle),
      12,
      scale * Math.sin(angle),
      scale * Math.cos(angle),
      -3,
    ] as const;
    const from = [10, 20, 200, 30, 90, 150];
    const to = [0, 2, 4].flatMap((i) => apply(map, from[i], from[i + 1]));
    const found = estimateSimilarity(from, to);
    for (let k = 0; k < 6; k++) expect(found?.[k]).toBeCloseTo(map[k], 10);
  });

  test('points in one place, and points that are no numbers, give no map', () => {
    expect(alignToTemplate(new Float32Array(10).fill(7))).toBeNull();
    expect(alignToTemplate(new Float32Array(10).fill(Number.NaN))).toBeNull();
  });

  test('templates of other sizes are scaled by the height and centred across', () => {
    expect(templateAt(ARCFACE_TEMPLATE, [224, 224])).toEqual(ARCFACE_TEMPLATE.map((value) => value * 2));
    const narrow = templateAt(ARCFACE_TEMPLATE, [96, 112]);
    // The eyes and mouth of the field's 96×112 template (SphereFace): x is 8 less.
    expect(narrow[0]).toBeCloseTo(30.2946, 4);
    expect(narrow[1]).toBeCloseTo(51.6963, 4);
  });
});

test('affine maps are composed and inverted', () => {
  const map = [1.5, 0.3, -7, -0.2, 2, 11] as const;
  const identity = compose(map, invert(map));
  for (const [k, value] of [1, 0, 0, 0, 1, 0].entries()) expect(identity[k]).toBeCloseTo(value, 12);
  // A grid of 2×2 over a picture of 4×4: its first pixel's centre is the corner that four pixels share.
  expect(apply(gridOver([0, 0, 4, 4], 2, 2), 0, 0)).toEqual([0.5, 0.5]);
});
