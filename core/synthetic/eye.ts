import type { FaceParameters } from './parameters.ts';

/** Neutral corners of an eye on its own axis: |x| from the inner to the outer corner, mm. */
export const INNER_X = 17.5;
export const OUTER_X = 46.5;
const INNER_Y = -2.2;
const OUTER_Y = 0.6;

/** The lids of one picture, in neutral face coordinates. */
export interface Lids {
  /** Half openings above and below the line between the corners at their widest, mm. */
  above: number;
  below: number;
  /** How far the fold covers the inner corner, 0 … 1. */
  fold: number;
}

export function lidsOf(face: FaceParameters, smile: number): Lids {
  const open = 1 - face.blink;
  const droop = Math.max(0, face.age - 45) * 0.022;
  return {
    above: Math.max(0.15, (6.4 + face.person.lids - droop - 0.7 * smile) * open - 2.4 * face.blink),
    below: Math.max(0.1, 4.9 + 0.4 * face.person.lids - 1.7 * smile - 0.6 * face.blink),
    fold: face.person.epicanthus,
  };
}

/** Height of the upper lid's margin at |x|. */
export function upperLid({ above, fold }: Lids, x: number): number {
  const u = Math.min(1, Math.max(0, (x - INNER_X) / (OUTER_X - INNER_X)));
  const arch = (4 * u * (1 - u)) ** 0.62;
  return INNER_Y + (OUTER_Y - INNER_Y) * u + above * arch * (1 - fold * 0.5 * Math.max(0, 1 - u * 3.2));
}

/** Height of the lower lid's margin at |x|. */
export function lowerLid({ below }: Lids, x: number): number {
  const u = Math.min(1, Math.max(0, (x - INNER_X) / (OUTER_X - INNER_X)));
  return INNER_Y + (OUTER_Y - INNER_Y) * u - below * (4 * u * (1 - u)) ** 0.75 * (0.9 + 0.2 * u);
}
