import { Fault } from '../../foundation/fault.ts';

/**
 * The learning rate of a step, from the progress of the run in epochs (a fraction within an epoch where the schedule
 * changes step by step). A pure function, so that a resumed run goes on with the same rates.
 */
export type Schedule = (epoch: number) => number;

export function checkRate(rate: number): number {
  if (!(rate > 0 && Number.isFinite(rate))) {
    throw new Fault(`The learning rate '${rate}' is not allowed; allowed: numbers above 0.`);
  }
  return rate;
}

export function checkEpochs(epochs: number, what: string): number {
  if (!(epochs > 0 && Number.isFinite(epochs))) {
    throw new Fault(`${what} '${epochs}' is not allowed; allowed: numbers above 0.`);
  }
  return epochs;
}
