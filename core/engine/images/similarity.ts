import type { Affine } from './affine.ts';

/**
 * Where ArcFace's networks expect the five points in their 112×112 input: left eye, right eye, nose, left and right mouth
 * corner, x and y (Deng et al. 2019; the numbers are the ones that the field aligns by).
 */
export const ARCFACE_TEMPLATE: readonly number[] = [
  38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041,
];

/**
 * The similarity transform (rotation, uniform scale, shift; no reflection) that takes `from` to `to` with the least sum
 * of squared distances: Umeyama 1991, in two dimensions, where the rotation has a closed form.
 * @param from x0 y0 x1 y1 …; at least two points
 * @returns the map, or null when all points of `from` are the same or a number is not finite
 */
export function estimateSimilarity(from: ArrayLike<number>, to: ArrayLike<number>): Affine | null {
  const count = from.length / 2;
  let [fx, fy, tx, ty] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    fx += from[2 * i] / count;
    fy += from[2 * i + 1] / count;
    tx += to[2 * i] / count;
    ty += to[2 * i + 1] / count;
  }
  // With points as complex numbers, the map is z → m·z + n and m = Σ conj(from)·to / Σ |from|² about the means.
  let [real, imaginary, norm] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [x, y] = [from[2 * i] - fx, from[2 * i + 1] - fy];
    const [u, v] = [to[2 * i] - tx, to[2 * i + 1] - ty];
    real += x * u + y * v;
    imaginary += x * v - y * u;
    norm += x * x + y * y;
  }
  const a = real / norm;
  const b = imaginary / norm;
  if (!Number.isFinite(a) || !Number.isFinite(b) || (a === 0 && b === 0)) return null;
  return [a, -b, tx - (a * fx - b * fy), b, a, ty - (b * fx + a * fy)];
}

/**
 * A template that is given at 112×112, for an input of another size: scaled by the height and centred across, so that
 * 96×112 is the middle of 112×112, as the field's 96 wide networks have it.
 */
export function templateAt(
  template: readonly number[],
  size: readonly [width: number, height: number],
): number[] {
  const [width, height] = size;
  const scale = height / 112;
  return template.map((value, i) => value * scale + (i % 2 === 0 ? (width - height) / 2 : 0));
}

/**
 * The map from picture pixels to input pixels that lays the five points on the template.
 * @param points 10 numbers, pixels of the picture
 * @returns null when the points are all in one place
 */
export function alignToTemplate(
  points: ArrayLike<number>,
  template: readonly number[] = ARCFACE_TEMPLATE,
  size: readonly [width: number, height: number] = [112, 112],
): Affine | null {
  return estimateSimilarity(points, templateAt(template, size));
}
