/**
 * What counts as a face, by decoder: the least score and the overlap above which the weaker of two boxes is dropped, as
 * the networks' own code has them (RetinaFace's 0.02 is for measuring precision; 0.6 is what its demo shows).
 */
export const DETECTION_DEFAULTS: Readonly<Record<string, { minScore: number; maxOverlap: number }>> = {
  rfb: { minScore: 0.6, maxOverlap: 0.3 },
  ssd: { minScore: 0.5, maxOverlap: 0.5 },
  scrfd: { minScore: 0.5, maxOverlap: 0.4 },
  retinaface: { minScore: 0.6, maxOverlap: 0.4 },
};
