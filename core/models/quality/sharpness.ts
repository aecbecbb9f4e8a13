/** The part of an aligned 112×112 face that is skin, eyes, nose and mouth, not hair or background: left, top, right, bottom. */
const CENTRE = [20, 32, 92, 104] as const;

/** Luma of an RGB pixel (ITU-R BT.601), as OpenCV and Pillow make grey pictures. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Variance of the Laplacian of a face over the variance of its brightness, both over the middle of the aligned crop. The
 * variance of the Laplacian is the field's measure of focus (Pech-Pacheco et al. 2000, LAPV; OpenCV's
 * `Laplacian(grey).var()`); divided by the contrast, a dark or pale picture is not taken for a blurred one.
 * @param rgb three planes of `size`² values, 0…255
 * @returns 0 for an even surface; about 20 for white noise
 */
export function focusOf(rgb: ArrayLike<number>, size: number): number {
  const [left, top, right, bottom] = CENTRE.map((edge) => Math.round((edge / 112) * size));
  const area = size * size;
  const grey = new Float64Array(area);
  for (let i = 0; i < area; i++)
    grey[i] = LUMA[0] * rgb[i] + LUMA[1] * rgb[area + i] + LUMA[2] * rgb[2 * area + i];
  const count = (right - left) * (bottom - top);
  let [sum, squares, edges, edgeSquares] = [0, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = y * size + x;
      const laplacian = grey[i - 1] + grey[i + 1] + grey[i - size] + grey[i + size] - 4 * grey[i];
      sum += grey[i];
      squares += grey[i] * grey[i];
      edges += laplacian;
      edgeSquares += laplacian * laplacian;
    }
  }
  const contrast = squares / count - (sum / count) ** 2;
  // Less than rounding to whole levels makes: there is no picture.
  return contrast < 1 / 12 ? 0 : (edgeSquares / count - (edges / count) ** 2) / contrast;
}
