import { z } from 'zod';
import { optimiserSettings, scheduleSettings } from './plan.ts';

/**
 * What a network is trained with: all that decides which numbers come out, beside the data and the first weights. A run
 * that goes on is compared with it.
 */
export const trainSettings = z.strictObject({
  /** Value of the network that the classifier takes, N×D. */
  value: z.string(),
  loss: z.strictObject({
    kind: z.enum(['softmax', 'cosface', 'arcface']),
    scale: z.number().positive(),
    margin: z.number().min(0),
  }),
  /** Pictures that go through the network together. */
  batch: z.int().min(1),
  /** Such batches per change of the weights. */
  accumulate: z.int().min(1),
  epochs: z.int().min(1),
  seed: z.int().min(0),
  /** Whether pictures are mirrored at random. */
  mirror: z.boolean(),
  optimiser: optimiserSettings,
  schedule: scheduleSettings,
});
export type TrainSettings = z.infer<typeof trainSettings>;
