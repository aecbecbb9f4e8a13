import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../../core/foundation/random.ts';
import { type FaceMeasures, qualityOf } from '../../../../core/models/quality/quality.ts';
import { focusOf } from '../../../../core/models/quality/sharpness.ts';
import { python } from '../../project/python.ts';
import { scratch } from '../../project/scratch.ts';

const SIDE = 112;

/** Three planes: waves of several lengths and some noise. */
function surface(seed: number): Float64Array {
  const random = new Random(seed);
  const out = new Float64Array(3 * SIDE * SIDE);
  for (let plane = 0; plane < 3; plane++) {
    const [a, b] = [random.between(0.02, 0.4), random.between(0.02, 0.4)];
    for (let i = 0; i < SIDE * SIDE; i++) {
      const wave = Math.sin(a * (i % SIDE)) + Math.cos(b * Math.floor(i / SIDE));
      out[plane * SIDE * SIDE + i] = 127 + 40 * wave + random.between(-5, 5);
    }
  }
  return out;
}

/** OpenCV's formula, Laplacian(grey).var(), by scipy, over the variance of the grey, both of the middle part. */
const REFERENCE = `
import json, sys
import numpy as np
from scipy.ndimage import laplace
out = []
for planes in json.load(open(sys.argv[1])):
    rgb = np.array(planes).reshape(3, 112, 112)
    grey = np.tensordot([0.299, 0.587, 0.114], rgb, 1)
    part = np.s_[32:104, 20:92]
    out.append(laplace(grey)[part].var() / grey[part].var())
print(json.dumps(out))
`;

describe('focus', () => {
  test('is the variance of the Laplacian over that of the grey picture, as scipy has them', () => {
    const surfaces = [surface(1), surface(2)];
    const file = join(scratch(), 'surfaces.json');
    writeFileSync(file, JSON.stringify(surfaces.map((each) => [...each])));
    const expected = python(REFERENCE, file) as number[];
    for (const [i, each] of surfaces.entries()) {
      expect(focusOf(each, SIDE) / expected[i]).toBeCloseTo(1, 9);
      // Half the contrast and twice the darkness: the same picture.
      expect(
        focusOf(
          each.map((value) => value / 2),
          SIDE,
        ) / expected[i],
      ).toBeCloseTo(1, 9);
    }
  });

  test('is 20 for white noise, 0 for an even surface', () => {
    const random = new Random(3);
    const noise = Float64Array.from({ length: SIDE * SIDE }, () => random.between(0, 255));
    expect(focusOf([...noise, ...noise, ...noise], SIDE)).toBeGreaterThan(18);
    expect(focusOf([...noise, ...noise, ...noise], SIDE)).toBeLessThan(22);
    expect(focusOf(new Float64Array(3 * SIDE * SIDE).fill(90), SIDE)).toBe(0);
  });
});

const GOOD: FaceMeasures = {
  ...{ scale: 1.2, focus: 0.3, residual: 2, score: 0.98 },
  pose: { pitch: 3, yaw: 8 },
};

describe('quality', () => {
  test('is the product of its parts', () => {
    const parts = qualityOf({
      ...{ scale: 0.5, focus: 0, residual: null, score: null },
      pose: { pitch: 0, yaw: 60 },
    });
    expect(parts).toMatchObject({ size: 0.5, sharpness: 0, score: null, occlusion: null, total: 0 });
    expect(parts.pose).toBeCloseTo(0.25, 12);
    const { total, size, sharpness, pose, score, occlusion } = qualityOf(GOOD);
    expect(total).toBeCloseTo(size * sharpness * Number(pose) * Number(score) * Number(occlusion), 12);
    expect(size).toBe(1);
  });

  test.each([
    ['smaller', { scale: 0.4 }],
    ['blurred', { focus: 0.01 }],
    ['turned', { pose: { pitch: 3, yaw: -40 } }],
    ['raised', { pose: { pitch: 40, yaw: 8 } }],
    ['turned away', { pose: { pitch: 0, yaw: 130 } }],
    ['hardly found', { score: 0.5 }],
    ['covered', { residual: 9 }],
  ] satisfies [string, Partial<FaceMeasures>][])('%s is worse', (_, change) => {
    const worse = qualityOf({ ...GOOD, ...change });
    expect(worse.total).toBeLessThan(0.8 * qualityOf(GOOD).total);
    for (const part of Object.values(worse)) {
      expect(part).toBeGreaterThanOrEqual(0);
      expect(part).toBeLessThanOrEqual(1);
    }
  });

  test('what is not known takes nothing away', () => {
    const unknown = qualityOf({ ...GOOD, pose: null, residual: null, score: null });
    expect(unknown.total).toBeCloseTo(unknown.size * unknown.sharpness, 12);
  });
});
