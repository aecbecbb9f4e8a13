import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { PIVOT } from '../../../core/synthetic/camera.ts';
import { faceOf } from '../../../core/synthetic/faces.ts';
import { landmarksOf } from '../../../core/synthetic/landmarks.ts';
import { headMesh } from '../../../core/synthetic/mesh.ts';
import { shapeHead } from '../../../core/synthetic/morphs.ts';
import type { FaceParameters } from '../../../core/synthetic/parameters.ts';
import { FaceRenderer, headShapeOf } from '../../../core/synthetic/render.ts';

const settings = { seed: 21, faces: 60, identities: 60 };
/** Landmarks that do not follow the lids. */
const RIGID = Array.from({ length: 68 }, (_, i) => i).filter((i) => i < 36 || i > 47);

function plain(index: number): FaceParameters {
  const face = faceOf(settings, index);
  face.expression.fill(0);
  return {
    ...face,
    age: 30,
    occlusion: 'none',
    headwear: 'none',
    glasses: 'none',
    blink: 0,
    gazeX: 0,
    gazeY: 0,
    roll: 0,
    yaw: 0,
    pitch: 0,
    blur: 0,
    shiftX: 0,
    shiftY: 0,
    framing: 0.88,
  };
}

test('landmarks are R·X of the neutral head through a pinhole, by scipy', () => {
  const renderer = new FaceRenderer(224);
  const cases = Array.from({ length: 12 }, (_, i) => {
    const face = faceOf(settings, i);
    const positions = new Float32Array(headMesh().vertices * 3);
    shapeHead(headShapeOf(face), positions);
    const { landmarks, camera } = renderer.describe(face);
    const { pitch, yaw, roll } = face;
    return { pitch, yaw, roll, camera, points: [...landmarksOf(positions)], landmarks: [...landmarks] };
  });
  // The signs: positive yaw turns the nose to −x, positive pitch raises it, positive roll leans the crown to +x.
  // In scipy's right-handed rotations about x (right), y (up), z (viewer): −pitch, −yaw, −roll; roll acts first.
  const script = `
import json, sys
import numpy as np
from scipy.spatial.transform import Rotation
worst = 0
data = json.load(sys.stdin)
for c in data['cases']:
    r = Rotation.from_euler('XYZ', [-c['pitch'], -c['yaw'], -c['roll']], degrees=True)
    q = r.apply(np.array(c['points']).reshape(68, 3) - np.array(data['pivot']))
    k = c['camera']['distance'] / (c['camera']['distance'] - q[:, 2])
    x = c['camera']['centreX'] + c['camera']['scale'] * q[:, 0] * k
    y = c['camera']['centreY'] - c['camera']['scale'] * q[:, 1] * k
    got = np.array(c['landmarks']).reshape(68, 2)[data['rigid']]
    worst = max(worst, np.abs(np.stack([x, y], 1)[data['rigid']] - got).max())
print(worst)
`;
  const worst = Number(
    execFileSync('/usr/bin/python3', ['-c', script], {
      input: JSON.stringify({ cases, pivot: PIVOT, rigid: RIGID }),
      encoding: 'utf8',
    }),
  );
  expect(worst).toBeLessThan(1e-6);
});

test('the angles have the signs of Pose_Para', () => {
  const renderer = new FaceRenderer(112);
  const at = (pose: Partial<FaceParameters>): Float64Array =>
    renderer.describe({ ...plain(1), ...pose }).landmarks;
  const noseFromEyes = (l: Float64Array): number => l[60] - (l[72] + l[90]) / 2;
  expect(noseFromEyes(at({ yaw: 30 }))).toBeLessThan(-4);
  expect(noseFromEyes(at({ yaw: -30 }))).toBeGreaterThan(4);
  const noseUnderEyes = (l: Float64Array): number => l[61] - (l[73] + l[91]) / 2;
  expect(noseUnderEyes(at({ pitch: 25 }))).toBeLessThan(noseUnderEyes(at({ pitch: -25 })) - 8);
  const crownFromChin = (l: Float64Array): number => l[27 * 2] - l[8 * 2];
  expect(crownFromChin(at({ roll: 20 }))).toBeGreaterThan(10);
});

test('turning to the other side mirrors the landmarks of a symmetric head', () => {
  const renderer = new FaceRenderer(112);
  const face = plain(2);
  // The last four shape values are the asymmetries.
  face.person.shape.fill(0, face.person.shape.length - 4);
  const left = renderer.describe({ ...face, yaw: 40, pitch: 10 }).landmarks;
  const right = renderer.describe({ ...face, yaw: -40, pitch: 10 }).landmarks;
  // Pairs of mirrored landmarks: the outline, tip of the nose, corners of eyes and mouth.
  const pairs = [
    [0, 16],
    [4, 12],
    [8, 8],
    [30, 30],
    [36, 45],
    [39, 42],
    [48, 54],
    [57, 57],
  ];
  for (const [a, b] of pairs) {
    expect(left[a * 2]).toBeCloseTo(112 - right[b * 2], 1);
    expect(left[a * 2 + 1]).toBeCloseTo(right[b * 2 + 1], 1);
  }
});

describe('frontal faces', () => {
  const renderer = new FaceRenderer(224);
  const faces = Array.from({ length: 24 }, (_, i) => renderer.render(plain(i)));
  const grey = (pixels: Uint8Array, x: number, y: number): number => {
    const o = (Math.round(y - 0.5) * 224 + Math.round(x - 0.5)) * 3;
    return (pixels[o] + pixels[o + 1] + pixels[o + 2]) / 3;
  };

  test("the five points lie near ArcFace's template", () => {
    const template = [38.29, 51.7, 73.53, 51.5, 56.03, 71.74, 41.55, 92.37, 70.73, 92.2];
    for (const { points } of faces) {
      for (let i = 0; i < 10; i++) {
        const aim = 112 + 0.88 * 2 * (template[i] - 56);
        // Within 8 of 112 pixels: people differ, the template does not.
        expect(Math.abs(points[i] - aim)).toBeLessThan(16);
      }
    }
  });

  test('the eye points are darker than the skin under them, where pupils are', () => {
    let dark = 0;
    for (const { pixels, points } of faces) {
      for (const eye of [0, 1]) {
        const pupil = grey(pixels, points[eye * 2], points[eye * 2 + 1]);
        const cheek = grey(pixels, points[eye * 2], points[eye * 2 + 1] + 26);
        if (pupil < cheek * 0.85) dark++;
      }
    }
    expect(dark / (2 * faces.length)).toBeGreaterThan(0.95);
  });

  test('lips are redder than the chin under them', () => {
    let redder = 0;
    const red = (pixels: Uint8Array, x: number, y: number): number => {
      let r = 0;
      let g = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -3; dx <= 3; dx++) {
          const o = (Math.round(y + dy) * 224 + Math.round(x + dx)) * 3;
          r += pixels[o];
          g += pixels[o + 1];
        }
      }
      return r / (g + 1);
    };
    const shown = faces.filter((face) => face.parameters.beard < 0.05 && face.parameters.saturation > 0.5);
    for (const { pixels, landmarks: l } of shown) {
      const lip = red(pixels, l[57 * 2], (l[57 * 2 + 1] + l[66 * 2 + 1]) / 2);
      const chin = red(pixels, l[8 * 2], l[57 * 2 + 1] + 0.55 * (l[8 * 2 + 1] - l[57 * 2 + 1]));
      if (lip > chin) redder++;
    }
    expect(shown.length).toBeGreaterThan(5);
    expect(redder / shown.length).toBeGreaterThan(0.9);
  });

  test('the box holds the landmarks', () => {
    for (const { landmarks, box } of faces) {
      for (let i = 0; i < 68; i++) {
        expect(landmarks[i * 2]).toBeGreaterThanOrEqual(box[0] - 1e-9);
        expect(landmarks[i * 2]).toBeLessThanOrEqual(box[0] + box[2] + 1e-9);
        expect(landmarks[i * 2 + 1]).toBeGreaterThanOrEqual(box[1] - 1e-9);
        expect(landmarks[i * 2 + 1]).toBeLessThanOrEqual(box[1] + box[3] + 1e-9);
      }
    }
  });

  test('shut eyes bring the lids together', () => {
    const open = renderer.describe(plain(0)).landmarks;
    const shut = renderer.describe({ ...plain(0), blink: 1 }).landmarks;
    const gap = (l: Float64Array): number => l[41 * 2 + 1] - l[37 * 2 + 1];
    expect(gap(shut)).toBeLessThan(0.6 * gap(open));
  });
});
