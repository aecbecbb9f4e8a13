import { z } from 'zod';
import { adam } from './optimisers/adam.ts';
import type { Optimiser } from './optimisers/optimiser.ts';
import { sgd } from './optimisers/sgd.ts';
import { constant, cosine, polynomial, stepped, warmUp } from './schedules/decay.ts';
import type { Schedule } from './schedules/schedule.ts';

/** An optimiser as a run's settings say it. */
export const optimiserSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    momentum: z.number().default(0.9),
    weightDecay: z.number().default(5e-4),
    nesterov: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('adam'),
    betas: z.tuple([z.number(), z.number()]).default([0.9, 0.999]),
    epsilon: z.number().default(1e-8),
    weightDecay: z.number().default(0),
    decoupled: z.boolean().default(false),
  }),
]);
export type OptimiserSettings = z.input<typeof optimiserSettings>;

/** A schedule as a run's settings say it; epochs may be fractions. */
export const scheduleSettings = z.strictObject({
  rate: z.number(),
  decay: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('constant') }),
    z.strictObject({
      kind: z.literal('step'),
      epochs: z.array(z.number()),
      factor: z.number().default(0.1),
    }),
    z.strictObject({ kind: z.literal('cosine'), least: z.number().default(0) }),
    z.strictObject({
      kind: z.literal('polynomial'),
      power: z.number().default(2),
      least: z.number().default(0),
    }),
  ]),
  warmUp: z
    .strictObject({
      epochs: z.number(),
      from: z.number().default(0),
      shift: z.boolean().default(false),
    })
    .optional(),
});
export type ScheduleSettings = z.input<typeof scheduleSettings>;

/** @throws Fault where a number is outside of what is allowed */
export function optimiserOf(settings: OptimiserSettings): Optimiser {
  const parsed = optimiserSettings.parse(settings);
  return parsed.kind === 'sgd' ? sgd(parsed) : adam(parsed);
}

/**
 * @param epochs of the whole run
 * @throws Fault where a number is outside of what is allowed
 */
export function scheduleOf(settings: ScheduleSettings, epochs: number): Schedule {
  const { rate, decay, warmUp: rise } = scheduleSettings.parse(settings);
  const rest = rise?.shift ? epochs - rise.epochs : epochs;
  const falling = (): Schedule => {
    switch (decay.kind) {
      case 'constant':
        return constant(rate);
      case 'step':
        return stepped(rate, decay.epochs, decay.factor);
      case 'cosine':
        return cosine(rate, rest, decay.least);
      case 'polynomial':
        return polynomial(rate, rest, decay.power, decay.least);
    }
  };
  return rise === undefined ? falling() : warmUp(falling(), rise.epochs, rise.from, rise.shift);
}
