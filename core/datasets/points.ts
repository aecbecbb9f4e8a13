/**
 * The five points of 68 landmarks (iBUG's numbering, 1-based): eyes = mean of points 37 and 40, and of 43 and 46; nose
 * 31; mouth corners 49 and 55. x0 y0 … x4 y4 in the landmarks' pixels.
 */
export function fivePointsOf(landmarks: ArrayLike<number>): Float32Array {
  const sets = [[37, 40], [43, 46], [31], [49], [55]];
  const points = new Float32Array(10);
  for (const [p, numbers] of sets.entries()) {
    for (const number of numbers) {
      points[2 * p] += landmarks[2 * (number - 1)] / numbers.length;
      points[2 * p + 1] += landmarks[2 * (number - 1) + 1] / numbers.length;
    }
  }
  return points;
}
