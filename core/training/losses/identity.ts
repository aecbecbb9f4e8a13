import type { Algebra } from '../../graph/algebra.ts';
import type { Carried } from '../step.ts';
import { CURRICULAR, curricularLoss } from './curricular.ts';
import { type LossOfIdentities, MARGINS, type MarginInput, marginLoss } from './margin.ts';

/** Losses that tell identities apart, by the name that a user gives. */
export const LOSSES = ['cosface', 'arcface', 'curricularface', 'softmax'] as const;
export type LossKind = (typeof LOSSES)[number];

/** Scale and margin of each where its user says none. */
export const LOSS_DEFAULTS: Readonly<Record<LossKind, { scale: number; margin: number }>> = {
  ...MARGINS,
  curricularface: CURRICULAR,
};

export interface LossSettings {
  kind: LossKind;
  scale: number;
  margin: number;
}

/** The loss, the cosines it came from, and what it keeps from step to step. */
export function identityLoss(
  a: Algebra,
  input: MarginInput,
  { kind, ...rest }: LossSettings,
): LossOfIdentities & { carried?: Carried } {
  return kind === 'curricularface' ? curricularLoss(a, input, rest) : marginLoss(a, input, { kind, ...rest });
}
