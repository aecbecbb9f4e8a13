import { mediaUrl } from '../connection/connection.ts';

/**
 * Address of a cluster's mean face.
 * @param size side in CSS pixels
 * @param key the summary's `media`
 */
export function meanFaceUrl(
  clustering: { id: number; time: number },
  cluster: number,
  size: number,
  key: string,
): string {
  const pixels = Math.ceil(size * Math.min(2, window.devicePixelRatio));
  return mediaUrl(`mean-${clustering.id}-${cluster}`, `size=${pixels}&of=${key}-${clustering.time}`);
}
