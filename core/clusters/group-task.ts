import type { DeviceChoice, Placement, Task } from '../engine/types.ts';
import { readFeatures } from './features.ts';
import { type Groups, mutualGroups } from './groups/components.ts';
import { normalizeRows } from './matrix.ts';
import { nearestNeighbours } from './projections/neighbours.ts';
import { Similarity } from './similarity.ts';

export interface GroupInput {
  /** Absolute path of a float32 .npy matrix. */
  file: string;
  name: string;
  rows: Int32Array;
  /** Nearest others of a face that can be its mates. */
  neighbours: number;
  /** Least cosine similarities, −1 … 1; the neighbours are found once for all of them. */
  thresholds: readonly number[];
  device?: DeviceChoice;
}

export interface GroupOutput {
  /** One per threshold. */
  groups: Groups[];
  placement: Placement;
  seconds: number;
}

/** Groups of mutual nearest rows of a feature file, in the engine process. */
const task: Task<GroupInput, GroupOutput> = async (input, { engine, signal, progress }) => {
  const begun = performance.now();
  const matrix = readFeatures(input.file, input.name, input.rows);
  normalizeRows(matrix);
  const similarity = await Similarity.open(engine, input.device);
  try {
    const count = Math.min(input.neighbours, matrix.rows - 1);
    const found = await nearestNeighbours(matrix, count, similarity, { signal, onProgress: progress });
    const groups = input.thresholds.map((threshold) =>
      count > 0 ? mutualGroups(found, threshold) : alone(matrix.rows),
    );
    return { groups, placement: similarity.placement, seconds: (performance.now() - begun) / 1000 };
  } finally {
    await similarity.dispose();
  }
};
export default task;

const alone = (rows: number): Groups => ({
  assignment: new Int32Array(rows).fill(-1),
  sizes: new Int32Array(0),
});
