import type { PreparedModel } from '../prepared.ts';
import type { FoundFace } from './boxes.ts';

/** A picture and the records that are about it. */
export interface PictureRequest {
  image: number;
  /** Absolute path. */
  path: string;
  faces: { face: number; box: FoundFace['box'] | null }[];
}

/** How faces are looked for. */
export interface SearchSettings {
  detector: PreparedModel;
  /** Gives 68 landmarks in each box; from them five points, where the detector gives none. */
  landmarks: PreparedModel | null;
  /** Border as a share of the sides; 'auto': none, and `SECOND_LOOK_PAD` where nothing was found. */
  pad: number | 'auto';
  minScore: number;
  /** Overlap (intersection over union) above which the weaker of two boxes is dropped. */
  maxOverlap: number;
  /** What a record without a face gets: nothing, or the picture's central square with score 0. */
  fallback: 'none' | 'centre';
}

export interface LocatedFace extends FoundFace {
  landmarks: Float32Array | null;
  /** The record that it belongs to; null for the picture's other faces. */
  face: number | null;
}

/** What was found in one picture. */
export interface PictureFinding {
  image: number;
  /** Why the picture could not be read, as a sentence. */
  problem?: string;
  /** True where only the second look, with a border, found something. */
  padded: boolean;
  faces: LocatedFace[];
  /** Records for which no face was found (they may have got the central square). */
  missed: number[];
}
