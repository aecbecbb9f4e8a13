import { z } from 'zod';
import { CLUSTER_HEADS, PSEUDO_LABELS } from './cluster-head.ts';
import { LOSSES } from './losses/identity.ts';
import { optimiserSettings, scheduleSettings } from './plan.ts';
import { annealingSettings } from './schedules/annealing.ts';

/**
 * What a network is trained with: all that decides which numbers come out, beside the data and the first weights. A run
 * that goes on is compared with it.
 */
export const trainSettings = z.strictObject({
  /** Value of the network that the classifier takes, N×D. */
  value: z.string(),
  loss: z.strictObject({
    kind: z.enum(LOSSES),
    scale: z.number().positive(),
    margin: z.number().min(0),
  }),
  /** Clusters of routing vectors, learnt beside the identities (thesis §5.3); null: none. */
  clustering: z
    .strictObject({
      prototypes: z.int().min(2),
      labels: z.enum(PSEUDO_LABELS),
      head: z.enum(CLUSTER_HEADS),
      /** λ */
      weight: z.number().positive(),
      temperature: z.number().positive(),
      epsilon: z.number().positive(),
      iterations: z.int().min(1),
      /** Epochs at the beginning in which prototypes stay as they are. */
      frozen: z.number().positive().optional(),
      /** Prototypes have the length 1 after every step. */
      unit: z.literal(true).optional(),
    })
    .nullable(),
  /** Temperature of the routing softmax, lowered over the first epochs; the network's own throughout where it is left out. */
  annealing: annealingSettings.optional(),
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
