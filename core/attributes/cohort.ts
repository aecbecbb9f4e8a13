import { Fault } from '../foundation/fault.ts';
import { ATTRIBUTES, COHORT_COUNT, VALUE_COUNTS } from './attributes.ts';

/**
 * A cohort is one combination of the five attributes. Its code is five digits ('11422': age 20–49, male, Middle
 * Eastern or White, pitch and yaw within ±30°); its index is the same in mixed radix, 0 … 269, age slowest.
 */
export function cohortIndex(values: ArrayLike<number>): number {
  let index = 0;
  for (let a = 0; a < VALUE_COUNTS.length; a++) index = index * VALUE_COUNTS[a] + values[a];
  return index;
}

/** The five values of a cohort index. */
export function cohortValues(index: number): number[] {
  const values = new Array<number>(VALUE_COUNTS.length);
  for (let a = VALUE_COUNTS.length - 1; a >= 0; a--) {
    values[a] = index % VALUE_COUNTS[a];
    index = Math.floor(index / VALUE_COUNTS[a]);
  }
  return values;
}

export function cohortCode(index: number): string {
  return cohortValues(index).join('');
}

/** The index of a five-digit code. @throws Fault when a digit is missing or out of range. */
export function parseCohortCode(code: string): number {
  const digits = /^\d{5}$/.test(code) ? [...code].map(Number) : [];
  const bad = digits.findIndex((digit, a) => digit >= VALUE_COUNTS[a]);
  if (digits.length === 0 || bad >= 0) {
    const allowed = ATTRIBUTES.map(({ name, values }) => `${name} 0–${values.length - 1}`).join(', ');
    throw new Fault(`'${code}' is no cohort code: five digits are expected (${allowed}).`);
  }
  return cohortIndex(digits);
}

/** A cohort in words: '20–49 · male · Black · pitch within ±30° · yaw below −30°'. */
export function cohortWords(index: number): string {
  if (index < 0 || index >= COHORT_COUNT)
    throw new Fault(`Cohort index ${index} is not in 0…${COHORT_COUNT - 1}.`);
  return cohortValues(index)
    .map((value, a) =>
      a < 3 ? ATTRIBUTES[a].values[value] : `${ATTRIBUTES[a].name} ${ATTRIBUTES[a].values[value]}`,
    )
    .join(' · ');
}
