import { Fault } from '../../foundation/fault.ts';
import type { Optimiser } from './optimiser.ts';

export interface AdamSettings {
  /** Decay rates of the two moments, each 0 up to, not including, 1. */
  betas?: readonly [number, number];
  epsilon?: number;
  weightDecay?: number;
  /** Weight decay beside the moments and not through them (AdamW, Loshchilov & Hutter 2019). */
  decoupled?: boolean;
}

/** Adam (Kingma & Ba 2015) as PyTorch writes it: p ← p − η/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε). */
export function adam(settings: AdamSettings = {}): Optimiser {
  const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, decoupled = false } = settings;
  const wrong = betas.find((beta) => !(beta >= 0 && beta < 1));
  if (wrong !== undefined) {
    throw new Fault(`The decay rate '${wrong}' is not allowed; allowed: 0 up to, not including, 1.`);
  }
  if (!(weightDecay >= 0))
    throw new Fault(`The weight decay '${weightDecay}' is not allowed; allowed: from 0.`);
  const [first, second] = betas;
  return {
    slots: [
      { name: 'first', initial: 0 },
      { name: 'second', initial: 0 },
    ],
    update({ a, parameter, gradient, slots, rate, step, decays }) {
      const { b } = a;
      const decay = decays && weightDecay > 0;
      const whole = decay && !decoupled ? a.add(gradient, a.times(parameter, weightDecay)) : gradient;
      const kept =
        decay && decoupled
          ? a.mul(parameter, a.sub(a.number(1, rate), a.times(rate, weightDecay)))
          : parameter;
      const m = a.add(a.times(slots[0], first), a.times(whole, 1 - first));
      const v = a.add(a.times(slots[1], second), a.times(a.mul(whole, whole), 1 - second));
      /** 1 − βᵗ. */
      const bias = (beta: number) => a.sub(a.number(1, step), b.op('Pow', [a.number(beta, step), step]));
      const root = a.div(b.op('Sqrt', [v]), b.op('Sqrt', [bias(second)]));
      const moved = a.div(m, a.plus(root, epsilon));
      return {
        parameter: a.sub(kept, a.mul(moved, a.div(rate, bias(first)))),
        slots: [m, v],
      };
    },
  };
}
