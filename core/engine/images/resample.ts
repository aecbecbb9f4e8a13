import type { Border } from './crop.ts';
import type { Pixels } from './pixels.ts';

/**
 * Separable resampling onto a grid that is parallel to the picture's: a triangle filter as wide as an output pixel (at
 * least one picture pixel), which is bilinear interpolation when the picture is enlarged and does not alias when it
 * is reduced. With the border 'within' it is PyTorch's and Pillow's antialiased bilinear resizing.
 */

/** For each output position the first picture pixel and `taps` weights. */
interface Weights {
  first: Int32Array;
  taps: number;
  weights: Float32Array;
}

/** Positions are scale·i + offset in pixel indices of an axis of `length` pixels. */
function axisWeights(count: number, scale: number, offset: number, length: number, border: Border): Weights {
  const radius = Math.max(1, scale);
  // So many whole numbers lie between centre − radius and centre + radius: two for an enlarged picture.
  const taps = Math.min(length, Math.ceil(2 * radius));
  const first = new Int32Array(count);
  const weights = new Float32Array(count * taps);
  for (let i = 0; i < count; i++) {
    const centre = scale * i + offset;
    const start = Math.max(0, Math.min(length - taps, Math.floor(centre - radius) + 1));
    first[i] = start;
    let inside = 0;
    let whole = 0;
    for (let p = Math.floor(centre - radius) + 1; p < centre + radius; p++) {
      const weight = 1 - Math.abs(p - centre) / radius;
      if (weight <= 0) continue;
      whole += weight;
      if (p >= 0 && p < length) inside += weight;
      else if (border !== 'edge') continue;
      const at = Math.max(0, Math.min(length - 1, p)) - start;
      weights[i * taps + at] += weight;
    }
    const sum = border === 'within' ? inside : whole;
    if (sum > 0) for (let t = 0; t < taps; t++) weights[i * taps + t] /= sum;
  }
  return { first, taps, weights };
}

/**
 * @param map output pixel (i, j) lies at picture position (scaleX·i + offsetX, scaleY·j + offsetY)
 * @returns width × height × 3 values
 */
export function resample(
  picture: Pixels,
  width: number,
  height: number,
  map: { scaleX: number; offsetX: number; scaleY: number; offsetY: number },
  border: Border,
): Float32Array {
  const { data } = picture;
  const across = axisWeights(width, map.scaleX, map.offsetX, picture.width, border);
  const down = axisWeights(height, map.scaleY, map.offsetY, picture.height, border);
  let top = picture.height;
  let bottom = 0;
  for (let j = 0; j < height; j++) {
    top = Math.min(top, down.first[j]);
    bottom = Math.max(bottom, down.first[j] + down.taps);
  }
  const rows = Math.max(0, bottom - top);
  const stride = width * 3;
  const middle = new Float32Array(rows * stride);
  for (let y = 0; y < rows; y++) {
    const line = (top + y) * picture.width;
    for (let i = 0; i < width; i++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let source = (line + across.first[i]) * 3;
      const end = (i + 1) * across.taps;
      for (let t = i * across.taps; t < end; t++) {
        const weight = across.weights[t];
        r += weight * data[source];
        g += weight * data[source + 1];
        b += weight * data[source + 2];
        source += 3;
      }
      const target = y * stride + i * 3;
      middle[target] = r;
      middle[target + 1] = g;
      middle[target + 2] = b;
    }
  }
  const out = new Float32Array(height * stride);
  for (let j = 0; j < height; j++) {
    const target = j * stride;
    for (let t = 0; t < down.taps; t++) {
      const weight = down.weights[j * down.taps + t];
      if (weight === 0) continue;
      const source = (down.first[j] - top + t) * stride;
      for (let i = 0; i < stride; i++) out[target + i] += weight * middle[source + i];
    }
  }
  return out;
}
