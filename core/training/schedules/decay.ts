import { Fault } from '../../foundation/fault.ts';
import { checkEpochs, checkRate, type Schedule } from './schedule.ts';

/** The same rate throughout. */
export function constant(rate: number): Schedule {
  checkRate(rate);
  return () => rate;
}

/**
 * Multiplied by `factor` at each of `epochs` (the thesis: 0.1, ÷10 at 16, 20, 24, 28 of 32).
 * @throws Fault where the epochs do not rise
 */
export function stepped(rate: number, epochs: readonly number[], factor = 0.1): Schedule {
  checkRate(rate);
  checkRate(factor);
  if (epochs.some((epoch, i) => epoch < 0 || (i > 0 && epoch <= epochs[i - 1]))) {
    throw new Fault(
      `The epochs '${epochs.join(', ')}' of a step schedule must rise, each above the one before.`,
    );
  }
  return (epoch) => rate * factor ** epochs.filter((at) => epoch >= at).length;
}

/** From `rate` to `least` along half a cosine over `epochs`, and `least` from then on (Loshchilov & Hutter 2017). */
export function cosine(rate: number, epochs: number, least = 0): Schedule {
  checkRate(rate);
  checkEpochs(epochs, 'The number of epochs');
  return (epoch) => {
    const done = Math.min(1, epoch / epochs);
    return least + ((rate - least) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}

/** rate·(1 − epoch/epochs)^power, and `least` at the end; the public ArcFace code uses a power of 2. */
export function polynomial(rate: number, epochs: number, power = 1, least = 0): Schedule {
  checkRate(rate);
  checkEpochs(epochs, 'The number of epochs');
  checkRate(power);
  return (epoch) => least + (rate - least) * (1 - Math.min(1, epoch / epochs)) ** power;
}

/**
 * Rises linearly from `from` × the schedule's own rate to all of it over the first `epochs`. The schedule itself counts
 * from the beginning, so that its drops stay where they are; `shift` starts it behind the rise instead.
 */
export function warmUp(schedule: Schedule, epochs: number, from = 0, shift = false): Schedule {
  checkEpochs(epochs, 'The length of a warm-up');
  return (epoch) => {
    const then = shift ? Math.max(0, epoch - epochs) : epoch;
    const share = Math.min(1, epoch / epochs);
    return schedule(then) * (from + (1 - from) * share);
  };
}
