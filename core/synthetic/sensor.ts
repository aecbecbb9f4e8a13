import { Random } from '../foundation/random.ts';
import type { FaceParameters } from './parameters.ts';

/** Linear 0 … 1 to sRGB 0 … 255 in 1/2048 steps. */
const SRGB = Float32Array.from({ length: 2049 }, (_, i) => {
  const x = i / 2048;
  return 255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
});

/** A table of normal numbers: noise needs three per pixel, and only looks random. */
const NOISE = (() => {
  const random = new Random(0x5e2502);
  return Float32Array.from({ length: 8192 }, () => random.normal());
})();

function blurLine(
  source: Float32Array,
  target: Float32Array,
  size: number,
  kernel: Float32Array,
  along: number,
  across: number,
): void {
  const radius = kernel.length - 1;
  for (let line = 0; line < size; line++) {
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < 3; k++) {
        let sum = kernel[0] * source[line * across + i * along + k];
        for (let d = 1; d <= radius; d++) {
          const before = Math.max(i - d, 0);
          const after = i + d >= size ? size - 1 : i + d;
          sum +=
            kernel[d] *
            (source[line * across + before * along + k] + source[line * across + after * along + k]);
        }
        target[line * across + i * along + k] = sum;
      }
    }
  }
}

function blur(picture: Float32Array, size: number, sigma: number): void {
  const radius = Math.ceil(2.5 * sigma);
  const kernel = Float32Array.from({ length: radius + 1 }, (_, d) =>
    Math.exp(-(d * d) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, value) => sum + 2 * value, -kernel[0]);
  for (let d = 0; d <= radius; d++) kernel[d] /= total;
  const between = new Float32Array(picture.length);
  blurLine(picture, between, size, kernel, 3, size * 3);
  blurLine(between, picture, size, kernel, size * 3, 3);
}

/** Linear light to one byte. */
function finish(linear: number, contrast: number, noise: number): number {
  const value = SRGB[linear <= 0 ? 0 : linear >= 1 ? 2048 : (linear * 2048 + 0.5) | 0];
  const noisy = 118 + (value - 118) * contrast + noise;
  return noisy <= 0 ? 0 : noisy >= 255 ? 255 : (noisy + 0.5) | 0;
}

/** What camera and development make of linear light: blur, exposure, shoulder, saturation, contrast, noise; RGB. */
export function develop(face: FaceParameters, size: number, picture: Float32Array): Uint8Array {
  const sigma = face.blur * size;
  if (sigma > 0.25) blur(picture, size, sigma);
  const gain = 1.08 * 2 ** face.exposure;
  const { contrast, saturation } = face;
  const noise = face.noise * 255;
  let n = face.noiseSeed & 8191;
  let jump = face.noiseSeed >>> 13;
  const out = new Uint8Array(size * size * 3);
  for (let o = 0; o < out.length; o += 3) {
    let r = picture[o] * gain;
    let g = picture[o + 1] * gain;
    let b = picture[o + 2] * gain;
    // A soft shoulder instead of clipping.
    r = r / (1 + 0.22 * r * r);
    g = g / (1 + 0.22 * g * g);
    b = b / (1 + 0.22 * b * b);
    const grey = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    r = grey + (r - grey) * saturation;
    g = grey + (g - grey) * saturation;
    b = grey + (b - grey) * saturation;
    if ((o & 4095) === 0) {
      jump = (Math.imul(jump, 1103515245) + 12345) | 0;
      n = (n + (jump >>> 19)) & 8191;
    }
    // Half of the noise is common to the channels.
    const common = 0.6 * NOISE[n];
    n = (n + 1) & 8191;
    out[o] = finish(r, contrast, noise * (common + 0.8 * NOISE[n]));
    out[o + 1] = finish(g, contrast, noise * (common + 0.8 * NOISE[(n + 1) & 8191]));
    out[o + 2] = finish(b, contrast, noise * (common + 0.8 * NOISE[(n + 2) & 8191]));
    n = (n + 3) & 8191;
  }
  return out;
}
