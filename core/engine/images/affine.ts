/**
 * An affine map of the plane: x' = a·x + b·y + c, y' = d·x + e·y + f, as [a, b, c, d, e, f]. Coordinates are pixel
 * indices: the centre of the top left pixel is (0, 0), its corner (−0.5, −0.5), as in OpenCV and scikit-image.
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export function apply(map: Affine, x: number, y: number): [number, number] {
  return [map[0] * x + map[1] * y + map[2], map[3] * x + map[4] * y + map[5]];
}

/** First `inner`, then `outer`. */
export function compose(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [p, q, r, s, t, u] = inner;
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f];
}

/** The map back; NaN throughout where there is none. */
export function invert([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * e - b * d;
  const [p, q, s, t] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [p, q, -(p * c + q * f), s, t, -(s * c + t * f)];
}

/** From the pixels of a width × height grid laid over a rectangle (pixel edges on its edges) to picture pixels. */
export function gridOver(
  rectangle: readonly [left: number, top: number, width: number, height: number],
  width: number,
  height: number,
): Affine {
  const [left, top, wide, high] = rectangle;
  const sx = wide / width;
  const sy = high / height;
  return [sx, 0, left + sx / 2 - 0.5, 0, sy, top + sy / 2 - 0.5];
}

/** Picture pixels per pixel of the grid, along its rows and its columns. */
export function scalesOf([a, b, , d, e]: Affine): [number, number] {
  return [Math.hypot(a, d), Math.hypot(b, e)];
}
