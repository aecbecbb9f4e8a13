import { Fault } from '../foundation/fault.ts';
import { NpyReader } from '../foundation/npy.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import { normalizeRows, squaredDistance } from './matrix.ts';

export interface DistanceInput {
  /** Absolute path of a float32 .npy matrix. */
  file: string;
  /** The rows in question, and the centroid of each. */
  rows: Int32Array;
  assignment: Int32Array;
  /** k × columns */
  centroids: Float32Array;
  /** Rows are scaled to length 1 first, as spherical k-means did. */
  cosine: boolean;
}

const BLOCK = 4096;

/** Euclidean distance of each row to its own centroid, read block by block. For the engine process. */
export async function distancesToCentroids(
  { file, rows, assignment, centroids, cosine }: DistanceInput,
  { signal, onProgress }: WorkOptions,
): Promise<Float32Array> {
  const reader = new NpyReader(file);
  try {
    const { columns } = reader;
    const distances = new Float32Array(rows.length);
    // Rows in file order, so that the file is read once from start to end.
    const order = Int32Array.from({ length: rows.length }, (_, i) => i).sort((a, b) => rows[a] - rows[b]);
    let from = 0;
    let block: Float32Array = new Float32Array(0);
    let to = 0;
    for (let done = 0; done < order.length; done++) {
      const i = order[done];
      if (rows[i] >= to) {
        await new Promise((resolve) => setImmediate(resolve));
        throwIfCancelled(signal);
        onProgress?.({ stage: 'Measuring distances', done, total: rows.length, unit: 'faces' });
        from = rows[i];
        to = Math.min(reader.rows, from + BLOCK);
        const data = reader.read(from, to);
        if (!(data instanceof Float32Array)) throw new Fault(`'${file}' does not hold float32 numbers.`);
        block = data;
        if (cosine) normalizeRows({ data: block, rows: to - from, columns });
      }
      distances[i] = Math.sqrt(squaredDistance(block, rows[i] - from, centroids, assignment[i], columns));
    }
    return distances;
  } finally {
    reader.close();
  }
}
