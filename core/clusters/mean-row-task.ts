import type { Task } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { NpyReader } from '../foundation/npy.ts';
import { throwIfCancelled } from '../foundation/progress.ts';

export interface MeanRowInput {
  /** Absolute path of a float32 .npy matrix. */
  file: string;
  /** Which rows, in any order; absent for all. */
  rows?: Int32Array;
}

/** Values that are read at once: 16 MB, whatever the width. */
const BLOCK_VALUES = 1 << 22;

/** Mean of rows, summed in double precision and read block by block. NaN for no rows. */
const task: Task<MeanRowInput, Float32Array> = async ({ file, rows }, { signal, progress }) => {
  const reader = new NpyReader(file);
  try {
    const { columns } = reader;
    const wanted = rows === undefined ? undefined : new Uint8Array(reader.rows);
    for (const row of rows ?? []) (wanted as Uint8Array)[row] = 1;
    const sums = new Float64Array(columns);
    const step = Math.max(1, Math.floor(BLOCK_VALUES / columns));
    for (let from = 0; from < reader.rows; from += step) {
      throwIfCancelled(signal);
      progress({ stage: 'Averaging features', done: from, total: reader.rows, unit: 'faces' });
      const block = reader.read(from, Math.min(reader.rows, from + step));
      if (!(block instanceof Float32Array)) throw new Fault(`'${file}' does not hold float32 numbers.`);
      for (let i = 0, at = 0; at < block.length; i++, at += columns) {
        if (wanted?.[from + i] === 0) continue;
        for (let j = 0; j < columns; j++) sums[j] += block[at + j];
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    const count = rows?.length ?? reader.rows;
    return Float32Array.from(sums, (sum) => sum / count);
  } finally {
    reader.close();
  }
};

export default task;
