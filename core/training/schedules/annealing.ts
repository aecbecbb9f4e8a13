import { z } from 'zod';

/** The routing softmax's temperature over a run: from one to the other over the first epochs. */
export const annealingSettings = z.strictObject({
  from: z.number().positive(),
  /** What it ends with, and what the trained network keeps. */
  to: z.number().positive(),
  epochs: z.number().positive(),
});
export type AnnealingSettings = z.infer<typeof annealingSettings>;

/** Epochs over which dynamic convolution's authors lower it from 30 to 1. */
export const ANNEAL_EPOCHS = 10;

/**
 * Temperature at a progress of the run in epochs: linear, step by step (Chen et al. 2020: nearly equal routing weights at
 * first, so that all experts learn). A pure function, as schedules are.
 */
export const temperatureAt = ({ from, to, epochs }: AnnealingSettings, epoch: number): number =>
  from + (to - from) * Math.min(1, epoch / epochs);
