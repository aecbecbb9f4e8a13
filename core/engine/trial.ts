import { Fault } from '../foundation/fault.ts';
import type { Tensor } from './types.ts';

/** A device's trial: does it multiply matrices rightly, and how fast? */

/** Matrices of this side are multiplied to see how fast a device is: 2 billion operations. */
export const TRIAL_SIDE = 1024;
const ROUNDS = 3;

/** Runs the trial model (y = x · x) on x. */
export type Square = (x: Tensor) => Promise<ArrayLike<number>>;

/** @throws Fault when a product of two 4×4 matrices is wrong */
export async function checkNumbers(square: Square): Promise<void> {
  const x = Float32Array.from({ length: 16 }, (_, i) => i % 5);
  const data = await square({ type: 'float32', dims: [4, 4], data: x });
  let worst = 0;
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += x[row * 4 + k] * x[k * 4 + column];
      worst = Math.max(worst, Math.abs(sum - data[row * 4 + column]));
    }
  }
  if (!(worst < 0.01)) throw new Fault(`a product of two 4×4 matrices was wrong by ${worst}`);
}

/** Milliseconds of one product of large matrices, upload and download included; the best of a few. */
export async function milliseconds(square: Square): Promise<number> {
  const data = new Float32Array(TRIAL_SIDE * TRIAL_SIDE).fill(0.5);
  const x: Tensor = { type: 'float32', dims: [TRIAL_SIDE, TRIAL_SIDE], data };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round++) {
    const begun = performance.now();
    await square(x);
    const took = performance.now() - begun;
    // The first run compiles; but what takes a second even so is emulated, and need not be run again.
    if (round > 0 || took > 1000) best = Math.min(best, took);
    if (best > 1000 && best < Number.POSITIVE_INFINITY) break;
  }
  return best;
}

const spoken = (time: number): string =>
  time < 10 ? time.toFixed(1) : Math.round(time).toLocaleString('en-US');

/** What a trial that went well is said to have shown. */
export function verdictOf(device: number, cpu: number): { usable: true; reason: string; slower: boolean } {
  const times = `it multiplies two ${TRIAL_SIDE}×${TRIAL_SIDE} matrices in ${spoken(device)} ms, the CPU in ${spoken(cpu)} ms`;
  return {
    usable: true,
    reason: `Its trial run gave the right numbers; ${times}.`,
    slower: device > cpu,
  };
}
