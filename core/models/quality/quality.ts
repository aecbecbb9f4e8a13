/** What is measured of a face, before it is put on a scale. */
export interface FaceMeasures {
  /** Picture pixels per pixel of the face aligned to 112×112. */
  scale: number;
  /** `focusOf` the aligned face. */
  focus: number;
  /** Degrees, from the 68 landmarks; null without them. */
  pose: { pitch: number; yaw: number } | null;
  /** mm between the landmarks and the mean face that was fitted to them; null without them. */
  residual: number | null;
  /** Detector's score of the box, 0…1; null where no detector said one. */
  score: number | null;
}

/** The components of a face's quality, each 0 (useless) … 1 (nothing to wish for); null where it cannot be measured. */
export interface FaceQuality {
  total: number;
  size: number;
  sharpness: number;
  pose: number | null;
  score: number | null;
  occlusion: number | null;
}

/** Counts up with every change of a formula or constant: figures of another version are made again. */
export const QUALITY_VERSION = 1;

/** Focus at which a face is 1 − 1/e sharp: chosen by hand; what it does to real pictures is in docs/results.md. */
const FOCUS = 0.03;
/** mm at which the landmarks' distance from the mean face halves the component. */
const RESIDUAL = 6;

const RADIANS = Math.PI / 180;
const within = (value: number): number => Math.min(1, Math.max(0, value));

/**
 * A face's quality from what was measured:
 * - size: min(1, scale), 1 where the face need not be enlarged for networks that see 112×112 (ArcFace's alignment);
 * - sharpness: 1 − exp(−focus / FOCUS);
 * - pose: (cos yaw · cos pitch)², 0 from 90° on; cos² of each angle is the measure of ISO/IEC 29794-5 (OFIQ). Roll costs
 *   nothing, because alignment takes it away;
 * - score: the detector's own;
 * - occlusion: 1 / (1 + (residual / RESIDUAL)²), since landmarks that something covers do not lie on any turned mean face;
 * - total: their product, where those that cannot be measured count as 1: a face is no better than any of its parts, and
 *   whatever makes one of them worse makes the whole worse.
 */
export function qualityOf({ scale, focus, pose, residual, score }: FaceMeasures): FaceQuality {
  const parts = {
    size: within(scale),
    sharpness: within(1 - Math.exp(-focus / FOCUS)),
    pose: pose && (within(Math.cos(pose.yaw * RADIANS)) * within(Math.cos(pose.pitch * RADIANS))) ** 2,
    score: score === null ? null : within(score),
    occlusion: residual === null ? null : 1 / (1 + (residual / RESIDUAL) ** 2),
  };
  return {
    total: Object.values(parts).reduce<number>((product, part) => product * (part ?? 1), 1),
    ...parts,
  };
}
