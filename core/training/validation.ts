import type { DeviceChoice, TaskContext } from '../engine/types.ts';
import { squaredDistance } from '../evaluation/pairs.ts';
import { scorePairs } from '../evaluation/pairs-protocol.ts';
import { Fault } from '../foundation/fault.ts';
import type { Model } from '../graph/model.ts';
import { featuresOf } from './features.ts';
import type { PackedPictures } from './packed.ts';

/** Pairs of pictures of people who are not trained on. */
export interface ValidationPairs {
  /** Positions of the pictures. */
  rows: Int32Array;
  /** Places in `rows` of the two of each pair, fold by fold. */
  first: Int32Array;
  second: Int32Array;
  /** 1 for pairs of one person. */
  same: Uint8Array;
  folds: number;
}

const STAGE = 'Validating';

/**
 * How well a network tells held-out people apart: the pair protocol's accuracy over folds, 0…1, with embeddings to which
 * those of the mirrored pictures are added, as `visage evaluate` has it.
 * @param network in its inference form
 * @param value its embedding
 * @throws Fault where embeddings are no numbers
 */
export async function verificationAccuracy(
  network: Model,
  value: string,
  pairs: ValidationPairs,
  { pictures, device }: { pictures: PackedPictures; device: DeviceChoice },
  context: TaskContext,
): Promise<number> {
  const { rows, first, second, same, folds } = pairs;
  const { data, columns } = await featuresOf(
    network,
    { value, pictures, rows, flip: true, device, stage: STAGE },
    context,
  );
  const row = (i: number): Float32Array => data.subarray(i * columns, (i + 1) * columns);
  const distances = Float64Array.from(first, (one, i) => squaredDistance(row(one), row(second[i])));
  if (distances.some(Number.isNaN)) {
    throw new Fault(
      'The embeddings of the held-out pictures are zeros or no numbers: training diverged. A smaller learning rate, or a warm-up, helps.',
    );
  }
  return scorePairs(
    distances,
    Array.from(same, (flag) => flag === 1),
    folds,
  ).accuracy;
}
