/**
 * How a face of a picture becomes a network's input. A manifest says it; the image pipeline does it. Pixels are RGB
 * 0…255 before `channels`, `mean` and `std` are applied: input = (pixel − mean) / std per channel (in `channels` order).
 */
export interface Preparation {
  /** Width and height of the input in pixels. */
  size: readonly [width: number, height: number];
  crop: Crop;
  channels: 'rgb' | 'bgr';
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
  layout: 'nchw' | 'nhwc';
}

export type Crop =
  /** Similarity transform of the five points onto a template given at 112×112 and scaled to `size`; border 0. */
  | { kind: 'aligned'; template: 'arcface' | readonly number[] }
  /**
   * A square around a region: side = scale × the longer side of the region, its centre moved by shift × side
   * (positive is down). Region: the face's box, or the bounding box of its 68 landmarks. What lies outside the
   * picture is black ('zero') or the nearest pixel ('edge').
   */
  | { kind: 'square'; region: 'box' | 'landmarks'; scale: number; shift: number; border: 'zero' | 'edge' }
  /** A fixed rectangle of the picture in pixels (left, top, width, height), e.g. of sets that are aligned already. */
  | { kind: 'fixed'; rectangle: readonly [number, number, number, number] }
  /** The whole picture: stretched, or fitted with black bars. */
  | { kind: 'whole'; fit: 'stretch' | 'letterbox' };

/** A face for the pipeline: where its picture is and what is known of its place in it. */
export interface FaceImage {
  face: number;
  /** Absolute path. */
  path: string;
  box: readonly [number, number, number, number] | null;
  /** Five points, 10 numbers, pixels. */
  points: ArrayLike<number> | null;
  /** 68 landmarks, 136 numbers, pixels. */
  landmarks: ArrayLike<number> | null;
}
