import { Fault } from '../../foundation/fault.ts';
import type { Optimiser } from './optimiser.ts';

export interface SgdSettings {
  /** 0 up to, not including, 1. */
  momentum?: number;
  weightDecay?: number;
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent as PyTorch writes it: g ← g + λ·p; m ← μ·m + g; p ← p − η·m, or p − η·(g + μ·m) with
 * Nesterov's momentum.
 */
export function sgd(settings: SgdSettings = {}): Optimiser {
  const { momentum = 0.9, weightDecay = 5e-4, nesterov = false } = settings;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new Fault(`The momentum '${momentum}' is not allowed; allowed: 0 up to, not including, 1.`);
  }
  if (!(weightDecay >= 0))
    throw new Fault(`The weight decay '${weightDecay}' is not allowed; allowed: from 0.`);
  if (nesterov && momentum === 0) throw new Fault("Nesterov's momentum needs a momentum above 0.");
  return {
    slots: momentum === 0 ? [] : [{ name: 'momentum', initial: 0 }],
    update({ a, parameter, gradient, slots, rate, decays }) {
      const whole = decays && weightDecay > 0 ? a.add(gradient, a.times(parameter, weightDecay)) : gradient;
      const moved = slots.length === 0 ? whole : a.add(a.times(slots[0], momentum), whole);
      const direction = nesterov ? a.add(whole, a.times(moved, momentum)) : moved;
      return {
        parameter: a.sub(parameter, a.mul(direction, rate)),
        slots: slots.length === 0 ? [] : [moved],
      };
    },
  };
}
