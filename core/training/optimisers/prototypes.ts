import { unit } from '../losses/margin.ts';
import type { Optimiser } from './optimiser.ts';

/**
 * An optimiser that leaves one parameter and its slots as they are for the first `steps`, and begins to count for it then:
 * what PyTorch's do with a parameter that has no gradient. SwAV holds its prototypes so in its first epoch.
 */
export function frozenFirst(optimiser: Optimiser, parameter: string, steps: number): Optimiser {
  if (steps === 0) return optimiser;
  return {
    slots: optimiser.slots,
    update(input) {
      if (input.parameter.name !== parameter) return optimiser.update(input);
      const { a, step, slots } = input;
      const { b } = a;
      // Whole numbers below 2^24 are exact in float32.
      const moves = b.op('Greater', [step, a.number(steps, step)]);
      const own = b.op('Max', [a.plus(step, -steps), a.number(1, step)]);
      const made = optimiser.update({ ...input, step: own });
      return {
        parameter: a.where(moves, made.parameter, input.parameter),
        slots: made.slots.map((slot, i) => a.where(moves, slot, slots[i])),
      };
    },
  };
}

/** An optimiser that gives the rows of one parameter the length 1 after every step, as SwAV does with its prototypes. */
export function unitRows(optimiser: Optimiser, parameter: string): Optimiser {
  return {
    slots: optimiser.slots,
    update(input) {
      const made = optimiser.update(input);
      return input.parameter.name === parameter
        ? { ...made, parameter: unit(input.a, made.parameter) }
        : made;
    },
  };
}
