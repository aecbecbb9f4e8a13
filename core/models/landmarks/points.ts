/**
 * Five points from 68 landmarks: the eyes are the means of two lids' points (37 and 40, 43 and 46, counted from 1), the
 * nose's tip is point 31, the mouth's corners are points 49 and 55: the choice that the public alignment code for
 * 68-point detectors makes.
 * @param landmarks x0 y0 … x67 y67
 * @returns x0 y0 … x4 y4: left eye, right eye (as seen in the picture), nose, left and right mouth corner
 */
export function fivePoints(landmarks: ArrayLike<number>): Float32Array {
  const mean = (a: number, b: number): [number, number] => [
    (landmarks[2 * a] + landmarks[2 * b]) / 2,
    (landmarks[2 * a + 1] + landmarks[2 * b + 1]) / 2,
  ];
  return Float32Array.from([
    ...mean(36, 39),
    ...mean(42, 45),
    ...mean(30, 30),
    ...mean(48, 48),
    ...mean(54, 54),
  ]);
}

/**
 * Landmarks that a network gives as fractions of its square crop, in pixels of the picture.
 * @param fractions x0 y0 …, 0…1
 * @param square left, top and side of the crop in the picture
 */
export function fromCrop(
  fractions: ArrayLike<number>,
  square: readonly [left: number, top: number, side: number],
): Float32Array {
  const [left, top, side] = square;
  return Float32Array.from(
    { length: fractions.length },
    (_, i) => (i % 2 === 0 ? left : top) + fractions[i] * side,
  );
}
