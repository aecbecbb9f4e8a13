import { compose, gridOver } from '../../engine/images/affine.ts';
import { normalise } from '../../engine/images/normalise.ts';
import { type Picture, reduction } from '../../engine/images/pixels.ts';
import { cut } from '../../engine/images/warp.ts';
import type { Preparation } from '../../engine/preparation.ts';

/** Left, top, width, height in pixels of the upright picture; may reach beyond it. */
export type Rectangle = readonly [left: number, top: number, width: number, height: number];

/**
 * A rectangle of a picture as a network's input, whatever crop its manifest names; what lies outside the picture is
 * black. Detectors and landmark networks choose their crops while they run, so these cannot be prepared ahead.
 * @param target room for one input
 */
export function cropRectangle(
  picture: Picture,
  rectangle: Rectangle,
  preparation: Preparation,
  target: Float32Array,
): void {
  const [width, height] = preparation.size;
  const map = compose(reduction(picture), gridOver(rectangle, width, height));
  normalise(cut(picture, { map, border: 'zero' }, width, height), preparation, target);
}
