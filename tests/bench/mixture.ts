import { Random } from '../../core/foundation/random.ts';

/** `centres` Gaussian blobs whose means have standard deviation `apart`, each of deviation 1, rows × columns float32. */
export function mixture(
  rows: number,
  columns: number,
  centres: number,
  apart: number,
  seed: number,
): Float32Array {
  const random = new Random(seed);
  const means = Float32Array.from({ length: centres * columns }, () => apart * random.normal());
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const centre = random.below(centres) * columns;
    for (let j = 0; j < columns; j++) data[i * columns + j] = means[centre + j] + random.normal();
  }
  return data;
}
