import type { FaceImage, Preparation } from '../preparation.ts';
import { type Affine, gridOver, invert, scalesOf } from './affine.ts';
import { ARCFACE_TEMPLATE, alignToTemplate } from './similarity.ts';

/** Outside the picture: black, the nearest pixel, or nothing at all (weights are shared among the pixels inside). */
export type Border = 'zero' | 'edge' | 'within';

/** A crop of one picture. */
export interface Placed {
  /** From input pixels to picture pixels. */
  map: Affine;
  border: Border;
}

/** The square of a 'square' crop in the picture: left, top, side. */
export function squareAround(
  region: readonly [left: number, top: number, width: number, height: number],
  scale: number,
  shift: number,
): [left: number, top: number, side: number] {
  const [left, top, width, height] = region;
  const side = scale * Math.max(width, height);
  return [left + (width - side) / 2, top + (height - side) / 2 + shift * side, side];
}

/** Left, top, width, height of points' bounding box. */
export function bounds(points: ArrayLike<number>): [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < points.length; i += 2) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]);
    bottom = Math.max(bottom, points[i + 1]);
  }
  return [left, top, right - left, bottom - top];
}

/** A crop of more pictures' worth than this is a damaged box, not a face. */
const LARGEST = 20;

/**
 * Where a face's input pixels lie in its picture.
 * @param width of the upright picture, in pixels
 * @returns a sentence where the face lacks what the crop needs
 */
export function placeCrop(
  face: FaceImage,
  preparation: Pick<Preparation, 'size' | 'crop'>,
  width: number,
  height: number,
): Placed | string {
  const { size, crop } = preparation;
  switch (crop.kind) {
    case 'aligned': {
      if (face.points === null) {
        return "The face has no five points, which the network's alignment needs: run 'visage detect' first.";
      }
      const template = crop.template === 'arcface' ? ARCFACE_TEMPLATE : crop.template;
      const map = alignToTemplate(face.points, template, size);
      if (map === null) return 'The five points of the face are all in one place, so it cannot be aligned.';
      return checked({ map: invert(map), border: 'zero' }, size, width, height);
    }
    case 'square': {
      const known = crop.region === 'box' ? face.box : face.landmarks;
      if (known === null) {
        const missing = crop.region === 'box' ? 'box' : '68 landmarks';
        return `The face has no ${missing}, around which the network's input is cut: run 'visage detect' first.`;
      }
      const region =
        crop.region === 'box' ? (known as NonNullable<FaceImage['box']>) : bounds(known as ArrayLike<number>);
      const [left, top, side] = squareAround(region, crop.scale, crop.shift);
      if (!(side > 0)) return 'The region of the face is empty, so nothing can be cut from its picture.';
      const map = gridOver([left, top, side, side], size[0], size[1]);
      return checked({ map, border: crop.border }, size, width, height);
    }
    case 'fixed': {
      const [left, top, wide, high] = crop.rectangle;
      if (left < 0 || top < 0 || left + wide > width || top + high > height) {
        return `The picture is ${width}×${height}, but the network's input is the rectangle ${wide}×${high} at (${left}, ${top}) of it.`;
      }
      return { map: gridOver(crop.rectangle, size[0], size[1]), border: 'within' };
    }
    case 'whole': {
      if (crop.fit === 'stretch') {
        return { map: gridOver([0, 0, width, height], size[0], size[1]), border: 'within' };
      }
      // Top left, as the SCRFD detectors were made to see it: the black bar is on the right or below.
      const scale = Math.max(width / size[0], height / size[1]);
      return {
        map: gridOver([0, 0, size[0] * scale, size[1] * scale], size[0], size[1]),
        border: 'zero',
      };
    }
  }
}

function checked(
  placed: Placed,
  size: readonly [number, number],
  width: number,
  height: number,
): Placed | string {
  if (!placed.map.every(Number.isFinite)) return 'The box or the points of the face are not numbers.';
  const [sx, sy] = scalesOf(placed.map);
  if (Math.max(sx * size[0], sy * size[1]) > LARGEST * Math.max(width, height)) {
    return `The crop of the face would be ${Math.round(sx * size[0])} pixels wide in a picture of ${width}×${height}: its box or points are wrong.`;
  }
  const [cx, cy] = [
    placed.map[0] * (size[0] / 2) + placed.map[1] * (size[1] / 2) + placed.map[2],
    placed.map[3] * (size[0] / 2) + placed.map[4] * (size[1] / 2) + placed.map[5],
  ];
  const [rx, ry] = [(sx * size[0]) / 2, (sy * size[1]) / 2];
  if (cx + rx < 0 || cy + ry < 0 || cx - rx > width || cy - ry > height) {
    return `The face lies outside its picture (${width}×${height}): its box or points are of another picture or size.`;
  }
  return placed;
}
