/** A face that a detector found. Coordinates are pixels of whatever picture the decoder was told of. */
export interface FoundFace {
  /** Left, top, width, height. */
  box: readonly [number, number, number, number];
  /** Five points (left eye, right eye, nose, left and right mouth corner), x0 y0 … x4 y4, where the detector gives them. */
  points: Float32Array | null;
  /** 0…1 */
  score: number;
}

type Box = FoundFace['box'];

/** Intersection over union of two boxes, 0…1; 0 where both are empty. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a[2] * a[3] + b[2] * b[3] - shared);
}

/**
 * Greedy non-maximum suppression: from the best score down, a face is kept unless its box overlaps one that is kept
 * by more than `limit`. Equal scores keep the order of the input. Result: kept faces, best first.
 */
export function suppress(
  faces: readonly FoundFace[],
  limit: number,
  most = Number.POSITIVE_INFINITY,
): FoundFace[] {
  const order = [...faces.keys()].sort((a, b) => faces[b].score - faces[a].score || a - b);
  const kept: FoundFace[] = [];
  for (const index of order) {
    if (kept.length >= most) break;
    const face = faces[index];
    if (kept.every((better) => overlap(better.box, face.box) <= limit)) kept.push(face);
  }
  return kept;
}
