import { type Reading, read } from './readings.ts';

/** What one reading says of some faces; value −1 and NaN where it says nothing. */
export interface SaidColumn {
  values: Int8Array;
  confidences: Float32Array;
  numbers: Float32Array;
}

/** What one network said of some faces: one column per reading of its manifest. */
export interface NetworkSaid {
  /** Index of the network in the input. */
  network: number;
  faces: Int32Array;
  readings: SaidColumn[];
}

/** Reads the rows of `items` faces. @param rowOf the output's row of a face */
export function readRows(
  reading: Reading,
  items: number,
  rowOf: (item: number) => ArrayLike<number>,
): SaidColumn {
  const values = new Int8Array(items).fill(-1);
  const confidences = new Float32Array(items).fill(Number.NaN);
  const numbers = new Float32Array(items).fill(Number.NaN);
  for (let i = 0; i < items; i++) {
    const said = read(reading, rowOf(i));
    if (said === null) continue;
    values[i] = said.value;
    confidences[i] = said.confidence;
    numbers[i] = said.number ?? Number.NaN;
  }
  return { values, confidences, numbers };
}
