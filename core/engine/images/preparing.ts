import { sentenceOf } from '../../foundation/fault.ts';
import type { FaceImage, Preparation } from '../preparation.ts';
import { type Affine, compose, scalesOf } from './affine.ts';
import { type Placed, placeCrop } from './crop.ts';
import { decode } from './decode.ts';
import { normalise } from './normalise.ts';
import { type Picture, reduction } from './pixels.ts';
import { cut } from './warp.ts';

/** What one crop of one face came to: nothing to say, or why there is none. */
export type Made = { map: Affine; width: number; height: number } | { sentence: string };

/** Finest crop of all, in picture pixels per input pixel; 1 where there is none. */
function finest(
  faces: readonly FaceImage[],
  preparations: readonly Preparation[],
  width: number,
  height: number,
): number {
  let least = Number.POSITIVE_INFINITY;
  for (const face of faces) {
    for (const preparation of preparations) {
      const placed = placeCrop(face, preparation, width, height);
      if (typeof placed !== 'string') least = Math.min(least, ...scalesOf(placed.map));
    }
  }
  return Number.isFinite(least) ? least : 1;
}

function make(picture: Picture, face: FaceImage, preparation: Preparation, target: Float32Array): Made {
  const { fullWidth: width, fullHeight: height } = picture;
  const placed = placeCrop(face, preparation, width, height);
  if (typeof placed === 'string') return { sentence: placed };
  const within: Placed =
    picture.width === width && picture.height === height
      ? placed
      : { ...placed, map: compose(reduction(picture), placed.map) };
  normalise(cut(picture, within, ...preparation.size), preparation, target);
  return { map: placed.map, width, height };
}

/**
 * Makes the inputs of faces of one picture, which is decoded once.
 * @param targets by face, then by preparation: where the input goes
 * @returns by face, then by preparation
 */
export async function prepareOnePicture(
  faces: readonly FaceImage[],
  preparations: readonly Preparation[],
  targets: readonly (readonly Float32Array[])[],
): Promise<Made[][]> {
  let picture: Picture;
  try {
    picture = await decode(faces[0].path, (width, height) => finest(faces, preparations, width, height));
  } catch (thrown) {
    const sentence = sentenceOf(thrown);
    return faces.map(() => preparations.map(() => ({ sentence })));
  }
  return faces.map((face, i) =>
    preparations.map((preparation, p) => make(picture, face, preparation, targets[i][p])),
  );
}
