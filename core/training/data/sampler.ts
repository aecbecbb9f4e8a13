import { Fault } from '../../foundation/fault.ts';
import { Random } from '../../foundation/random.ts';

/** One batch: positions in the training set, and which of them are mirrored. */
export interface SampledBatch {
  rows: Int32Array;
  /** 1 where the picture is mirrored left to right. */
  mirrored: Uint8Array;
}

/**
 * The order in which a training set is seen. Everything follows from the seed and the epoch, so that a run which goes on
 * after a kill sees what it would have seen. What is left over by whole batches is left out of that epoch: the next one
 * has another order.
 */
export class EpochSampler {
  readonly count: number;
  readonly batch: number;
  readonly #seed: number;
  readonly #mirror: boolean;
  #epoch = -1;
  #order = new Int32Array(0);
  #mirrored = new Uint8Array(0);

  /** @throws Fault when there are fewer pictures than one batch takes */
  constructor(count: number, options: { batch: number; seed: number; mirror: boolean }) {
    const { batch, seed, mirror } = options;
    if (!Number.isInteger(batch) || batch < 1)
      throw new Fault(`A batch of '${batch}' is not possible: whole numbers from 1 are allowed.`);
    if (count < batch) {
      throw new Fault(
        `The training set has ${count} pictures and a batch takes ${batch}: add pictures, or ask for a smaller batch.`,
      );
    }
    this.count = count;
    this.batch = batch;
    this.#seed = seed;
    this.#mirror = mirror;
  }

  get stepsPerEpoch(): number {
    return Math.floor(this.count / this.batch);
  }

  /** The batch of a step, both counted from 0. */
  at(epoch: number, step: number): SampledBatch {
    if (epoch !== this.#epoch) this.#draw(epoch);
    const rows = this.#order.subarray(step * this.batch, (step + 1) * this.batch);
    return { rows: rows.slice(), mirrored: Uint8Array.from(rows, (row) => this.#mirrored[row]) };
  }

  #draw(epoch: number): void {
    const random = new Random(this.#seed, epoch);
    this.#order = random.shuffle(Int32Array.from({ length: this.count }, (_, i) => i));
    this.#mirrored = Uint8Array.from({ length: this.count }, () => (this.#mirror ? random.below(2) : 0));
    this.#epoch = epoch;
  }
}
