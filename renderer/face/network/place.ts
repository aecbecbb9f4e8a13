/** A map as counts of points per pixel, for a small picture that never moves. */
export interface Density {
  /** Row-major, the upper edge of the map first. */
  counts: Uint32Array;
  most: number;
  /** Pixel coordinates of a point of the map. */
  pixel(x: number, y: number): [x: number, y: number];
}

const AIR = 6;

/** Fits all points into the picture with the same scale both ways and some air around. */
export function densityOf(xy: ArrayLike<number>, width: number, height: number): Density {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < xy.length; i += 2) {
    left = Math.min(left, xy[i]);
    right = Math.max(right, xy[i]);
    bottom = Math.max(bottom, xy[i + 1]);
    top = Math.min(top, xy[i + 1]);
  }
  const spanX = right - left;
  const spanY = bottom - top;
  const scale = Math.min((width - 2 * AIR) / (spanX || 1), (height - 2 * AIR) / (spanY || 1));
  const offsetX = (width - spanX * scale) / 2;
  const offsetY = (height - spanY * scale) / 2;
  const pixel = (x: number, y: number): [number, number] => [
    offsetX + (x - left) * scale,
    // Up is up, as on the map.
    height - offsetY - (y - top) * scale,
  ];
  const counts = new Uint32Array(width * height);
  let most = 0;
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = pixel(xy[i], xy[i + 1]);
    const at =
      Math.min(height - 1, Math.max(0, Math.floor(y))) * width +
      Math.min(width - 1, Math.max(0, Math.floor(x)));
    most = Math.max(most, ++counts[at]);
  }
  return { counts, most, pixel };
}

/** RGBA of a density in one colour: alpha grows with the logarithm of the count. */
export function densityImage(
  { counts, most }: Density,
  [r, g, b]: readonly number[],
): Uint8ClampedArray<ArrayBuffer> {
  const image = new Uint8ClampedArray(4 * counts.length);
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    image[4 * i] = r;
    image[4 * i + 1] = g;
    image[4 * i + 2] = b;
    image[4 * i + 3] = 110 + (145 * Math.log1p(counts[i])) / Math.log1p(most);
  }
  return image;
}
