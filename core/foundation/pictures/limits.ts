/** What is too large, said once: import refuses what no later job could open. */

/** Larger pictures would take more than 300 MB decoded, per picture in work. */
export const MOST_PIXELS = 100_000_000;

/** Larger files are not pictures of faces; they would be read whole. */
export const MOST_BYTES = 1 << 29;

/** A picture, or its file, that is not read: its message completes 'The file …'. */
export class NotRead extends Error {
  override name = 'NotRead';
}

/** @throws NotRead for a picture of more than MOST_PIXELS */
export function checkPixels(width: number, height: number): void {
  const pixels = width * height;
  if (pixels <= MOST_PIXELS) return;
  throw new NotRead(
    `has ${width} × ${height} = ${(pixels / 1e6).toFixed(1).replace(/\.0$/, '')} million pixels; allowed: up to ${MOST_PIXELS / 1e6} million, at import and in every job (scale it down, or cut the faces out)`,
  );
}

/** @throws NotRead for a file of more than MOST_BYTES */
export function checkBytes(bytes: number): void {
  if (bytes > MOST_BYTES) throw new NotRead(`has ${bytes} bytes; pictures have at most ${MOST_BYTES}`);
}
