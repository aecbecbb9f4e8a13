import type { Algebra } from '../../graph/algebra.ts';
import type { Handle } from '../../graph/builder.ts';

/** What an optimiser keeps of a parameter between steps. */
export interface Slot {
  /** 'momentum', 'first', 'second'. */
  name: string;
  /** Its first value, in every element. */
  initial: number;
}

export interface Update {
  parameter: Handle;
  /** New values of the slots, in their order. */
  slots: Handle[];
}

export interface UpdateInput {
  a: Algebra;
  parameter: Handle;
  gradient: Handle;
  slots: readonly Handle[];
  /** Learning rate, a single number that is fed at every step. */
  rate: Handle;
  /** Number of this step from 1, as a single float. */
  step: Handle;
  /** Whether weight decay goes for this parameter. */
  decays: boolean;
}

/** A rule that writes one step of a parameter into a graph. */
export interface Optimiser {
  readonly slots: readonly Slot[];
  update(input: UpdateInput): Update;
}
