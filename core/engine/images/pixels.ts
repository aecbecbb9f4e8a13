import type { Affine } from './affine.ts';

/** A decoded picture, or a reduced one. RGB interleaved, 0…255. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array | Float32Array;
}

/** A picture as decoded: upright, and maybe reduced on the way. */
export interface Picture extends Pixels {
  /** Size of the upright picture in full. */
  fullWidth: number;
  fullHeight: number;
}

/** From pixels of the full picture to pixels of what was decoded. */
export function reduction(picture: Picture): Affine {
  const sx = picture.width / picture.fullWidth;
  const sy = picture.height / picture.fullHeight;
  return [sx, 0, 0.5 * sx - 0.5, 0, sy, 0.5 * sy - 0.5];
}
