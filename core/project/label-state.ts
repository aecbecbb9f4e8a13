import { ATTRIBUTES, VALUE_COUNTS } from '../attributes/attributes.ts';
import { cohortIndex } from '../attributes/cohort.ts';
import { Fault } from '../foundation/fault.ts';

/**
 * The five current labels of a face in one integer: attribute a has six bits from bit 6a on, the low three hold
 * value + 1 (0: unlabelled), the high three ORIGIN_RANK + 1 (0: nobody said anything). A value of 0 with a rank is an
 * explicit 'unknown', which stands against lower origins.
 */
export const labelOf = (state: number, attribute: number): number => ((state >> (6 * attribute)) & 7) - 1;

export const rankOf = (state: number, attribute: number): number => ((state >> (6 * attribute + 3)) & 7) - 1;

export function withLabel(state: number, attribute: number, value: number, rank: number): number {
  const shift = 6 * attribute;
  return (state & ~(63 << shift)) | ((value + 1) << shift) | ((rank + 1) << (shift + 3));
}

/** Cohort index 0…269, −1 unless all five attributes are labelled. */
export function cohortOf(state: number): number {
  const values = [];
  for (let a = 0; a < VALUE_COUNTS.length; a++) {
    const value = labelOf(state, a);
    if (value < 0) return -1;
    values.push(value);
  }
  return cohortIndex(values);
}

/** @throws Fault when the attribute, the value (−1 … last) or the confidence (0…1) is out of range. */
export function checkLabel(attribute: number, value: number, confidence: number | null): void {
  if (!Number.isInteger(attribute) || attribute < 0 || attribute >= VALUE_COUNTS.length) {
    const allowed = ATTRIBUTES.map(({ name }, a) => `${a} ${name}`).join(', ');
    throw new Fault(`There is no attribute '${attribute}'; allowed: ${allowed}.`);
  }
  if (!Number.isInteger(value) || value < -1 || value >= VALUE_COUNTS[attribute]) {
    const { name, values } = ATTRIBUTES[attribute];
    const allowed = values.map((word, v) => `${v} ${word}`).join(', ');
    throw new Fault(`'${value}' is no value of ${name}; allowed: ${allowed}, −1 unknown.`);
  }
  if (confidence !== null && !(confidence >= 0 && confidence <= 1)) {
    throw new Fault(`A confidence of '${confidence}' is not in 0…1.`);
  }
}

/** Five confidences as stored: null when none is known. NaN where one is not. */
export function packConfidences(confidences: Float32Array | null): Buffer | null {
  if (confidences === null || confidences.every(Number.isNaN)) return null;
  return Buffer.from(confidences.slice().buffer);
}

export function unpackConfidences(stored: Buffer | null): Float32Array | null {
  if (stored === null) return null;
  const confidences = new Float32Array(VALUE_COUNTS.length).fill(Number.NaN);
  for (let a = 0; a < confidences.length; a++) confidences[a] = stored.readFloatLE(4 * a);
  return confidences;
}
