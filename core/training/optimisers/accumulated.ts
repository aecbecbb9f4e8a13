import { Fault } from '../../foundation/fault.ts';
import type { Optimiser } from './optimiser.ts';

/**
 * An optimiser that changes parameters at every `count`-th step only, by the mean of the gradients since: `count` steps of
 * n pictures are one step of count × n pictures in the memory of n. BatchNormalization still sees n pictures at a time,
 * as in every framework.
 */
export function accumulated(optimiser: Optimiser, count: number): Optimiser {
  if (!Number.isInteger(count) || count < 1) {
    throw new Fault(`Gradients cannot be gathered over '${count}' steps; allowed: whole numbers from 1.`);
  }
  if (count === 1) return optimiser;
  return {
    slots: [...optimiser.slots, { name: 'gathered', initial: 0 }],
    update({ a, parameter, gradient, slots, rate, step, decays }) {
      const { b } = a;
      const own = slots.slice(0, -1);
      const gathered = a.add(slots[slots.length - 1], a.times(gradient, 1 / count));
      const steps = b.op('Floor', [a.div(step, a.number(count, step))]);
      // Whole numbers below 2^24 are exact in float32.
      const due = b.op('Equal', [a.times(steps, count), step]);
      const made = optimiser.update({
        a,
        parameter,
        gradient: gathered,
        slots: own,
        rate,
        step: steps,
        decays,
      });
      return {
        parameter: a.where(due, made.parameter, parameter),
        slots: [
          ...made.slots.map((slot, i) => a.where(due, slot, own[i])),
          a.where(due, a.number(0, gathered), gathered),
        ],
      };
    },
  };
}
