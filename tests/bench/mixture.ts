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

/**
 * Rows as embeddings of people lie: identities of very different sizes (a few have most pictures), directions of different
 * importance (deviations fall as 1/√j), noise with heavy tails (Student's t of 3 degrees of freedom), rows of length 1.
 */
export function heavyTailed(rows: number, columns: number, identities: number, seed: number): Float32Array {
  const random = new Random(seed);
  const deviation = Float64Array.from({ length: columns }, (_, j) => 1 / Math.sqrt(1 + j));
  const means = Float32Array.from(
    { length: identities * columns },
    (_, at) => deviation[at % columns] * random.normal(),
  );
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const identity = Math.min(identities - 1, Math.floor(identities * random.uniform() ** 3));
    const chi = random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2;
    const tail = 0.6 / Math.sqrt(Math.max(chi, 1e-3) / 3);
    let square = 0;
    for (let j = 0; j < columns; j++) {
      const value = means[identity * columns + j] + tail * deviation[j] * random.normal();
      data[i * columns + j] = value;
      square += value * value;
    }
    const scale = 1 / Math.sqrt(square);
    for (let j = 0; j < columns; j++) data[i * columns + j] *= scale;
  }
  return data;
}
