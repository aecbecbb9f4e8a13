import { type Affine, compose, invert, scalesOf } from './affine.ts';
import type { Placed } from './crop.ts';
import type { Pixels } from './pixels.ts';
import { resample } from './resample.ts';

/**
 * Above this many picture pixels per input pixel a turned crop is taken from a picture that was reduced first. Up to it,
 * bilinear interpolation is what the networks' own alignment code does, and hardly aliases.
 */
const REDUCE_ABOVE = 1.5;

/** Bilinear samples at the mapped positions; what lies outside counts as 0. */
function bilinear(picture: Pixels, width: number, height: number, map: Affine): Float32Array {
  const { data, width: wide, height: high } = picture;
  const out = new Float32Array(width * height * 3);
  const [a, b, c, d, e, f] = map;
  const stride = wide * 3;
  let target = 0;
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++, target += 3) {
      const x = a * i + b * j + c;
      const y = d * i + e * j + f;
      const left = Math.floor(x);
      const top = Math.floor(y);
      if (left < -1 || top < -1 || left >= wide || top >= high) continue;
      const u = x - left;
      const v = y - top;
      let w00 = (1 - u) * (1 - v);
      let w01 = u * (1 - v);
      let w10 = (1 - u) * v;
      let w11 = u * v;
      let at = top * stride + left * 3;
      if (left < 0 || top < 0 || left >= wide - 1 || top >= high - 1) {
        if (left < 0) w00 = w10 = 0;
        if (top < 0) w00 = w01 = 0;
        if (left >= wide - 1) w01 = w11 = 0;
        if (top >= high - 1) w10 = w11 = 0;
        // Weights of 0 may not meet an undefined value: each corner is read only where it exists.
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0;
          if (w00 !== 0) sum += w00 * data[at + channel];
          if (w01 !== 0) sum += w01 * data[at + 3 + channel];
          if (w10 !== 0) sum += w10 * data[at + stride + channel];
          if (w11 !== 0) sum += w11 * data[at + stride + 3 + channel];
          out[target + channel] = sum;
        }
        continue;
      }
      out[target] =
        w00 * data[at] + w01 * data[at + 3] + w10 * data[at + stride] + w11 * data[at + stride + 3];
      at++;
      out[target + 1] =
        w00 * data[at] + w01 * data[at + 3] + w10 * data[at + stride] + w11 * data[at + stride + 3];
      at++;
      out[target + 2] =
        w00 * data[at] + w01 * data[at + 3] + w10 * data[at + stride] + w11 * data[at + stride + 3];
    }
  }
  return out;
}

/** The part of a picture under a turned crop, reduced so that the crop's pixels are as large as its own. */
function reducedUnder(
  picture: Pixels,
  width: number,
  height: number,
  map: Affine,
  scale: number,
): { part: Pixels; map: Affine } | null {
  const corners = [
    [0, 0],
    [width - 1, 0],
    [0, height - 1],
    [width - 1, height - 1],
  ].map(([i, j]) => [map[0] * i + map[1] * j + map[2], map[3] * i + map[4] * j + map[5]]);
  const margin = 2 * scale;
  const left = Math.max(0, Math.floor(Math.min(...corners.map(([x]) => x)) - margin));
  const top = Math.max(0, Math.floor(Math.min(...corners.map(([, y]) => y)) - margin));
  const right = Math.min(picture.width, Math.ceil(Math.max(...corners.map(([x]) => x)) + margin));
  const bottom = Math.min(picture.height, Math.ceil(Math.max(...corners.map(([, y]) => y)) + margin));
  if (right <= left || bottom <= top) return null;
  const wide = Math.max(1, Math.round((right - left) / scale));
  const high = Math.max(1, Math.round((bottom - top) / scale));
  const [sx, sy] = [(right - left) / wide, (bottom - top) / high];
  const grid: Affine = [sx, 0, left + sx / 2 - 0.5, 0, sy, top + sy / 2 - 0.5];
  const data = resample(
    picture,
    wide,
    high,
    { scaleX: sx, offsetX: grid[2], scaleY: sy, offsetY: grid[5] },
    'within',
  );
  return { part: { width: wide, height: high, data }, map: compose(invert(grid), map) };
}

/**
 * Cuts a crop from a picture.
 * @param placed its `map` goes to pixels of this picture
 * @returns width × height × 3 values, RGB interleaved, 0…255
 */
export function cut(picture: Pixels, placed: Placed, width: number, height: number): Float32Array {
  const { map, border } = placed;
  if (map[1] === 0 && map[3] === 0 && map[0] > 0 && map[4] > 0) {
    return resample(
      picture,
      width,
      height,
      { scaleX: map[0], offsetX: map[2], scaleY: map[4], offsetY: map[5] },
      border,
    );
  }
  const scale = Math.max(...scalesOf(map));
  if (scale <= REDUCE_ABOVE) return bilinear(picture, width, height, map);
  const reduced = reducedUnder(picture, width, height, map, scale);
  if (reduced === null) return new Float32Array(width * height * 3);
  return bilinear(reduced.part, width, height, reduced.map);
}
