import type { Task } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { NpyReader } from '../foundation/npy.ts';
import { throwIfCancelled } from '../foundation/progress.ts';

export interface NearestInput {
  /** Absolute path of a float32 .npy matrix. */
  file: string;
  /** Row that the others are compared with; it is not among the answer. */
  row: number;
  count: number;
}

/** Rows by falling cosine similarity. */
export interface NearestRows {
  rows: Int32Array;
  similarities: Float32Array;
}

/** Values that are read at once: 16 MB, whatever the width. */
const BLOCK_VALUES = 1 << 22;

/** The rows most similar to one by cosine, read block by block: memory does not grow with the file. */
const task: Task<NearestInput, NearestRows> = async ({ file, row, count }, { signal }) => {
  const reader = new NpyReader(file);
  try {
    const { columns, rows } = reader;
    const target = floats(reader.read(row, row + 1), file);
    const length = Math.sqrt(target.reduce((sum, value) => sum + value * value, 0));
    const best: { row: number; similarity: number }[] = [];
    const step = Math.max(1, Math.floor(BLOCK_VALUES / columns));
    for (let from = 0; from < rows; from += step) {
      throwIfCancelled(signal);
      const block = floats(reader.read(from, Math.min(rows, from + step)), file);
      for (let i = 0, at = 0; at < block.length; i++, at += columns) {
        if (from + i === row) continue;
        let dot = 0;
        let square = 0;
        for (let j = 0; j < columns; j++) {
          dot += block[at + j] * target[j];
          square += block[at + j] * block[at + j];
        }
        // A row without direction is similar to nothing.
        const similarity = square === 0 || length === 0 ? 0 : dot / (Math.sqrt(square) * length);
        if (best.length === count && similarity <= best[count - 1].similarity) continue;
        let place = best.length;
        while (place > 0 && best[place - 1].similarity < similarity) place--;
        best.splice(place, 0, { row: from + i, similarity });
        if (best.length > count) best.pop();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    return {
      rows: Int32Array.from(best, (one) => one.row),
      similarities: Float32Array.from(best, (one) => one.similarity),
    };
  } finally {
    reader.close();
  }
};
export default task;

function floats(data: ReturnType<NpyReader['read']>, file: string): Float32Array {
  if (!(data instanceof Float32Array)) throw new Fault(`'${file}' does not hold float32 numbers.`);
  return data;
}
