import { Fault } from '../foundation/fault.ts';
import { NpyReader } from '../foundation/npy.ts';
import { type Matrix, requireFinite, takeRows } from './matrix.ts';

/** The rows of a feature file. @throws Fault when it is not float32 or holds numbers that are not finite. */
export function readFeatures(file: string, name: string, rows?: Int32Array): Matrix {
  const reader = new NpyReader(file);
  try {
    // Rows are usually the whole file or a run of it, which needs no second copy.
    const run = rows === undefined || rows.every((row, i) => row === rows[0] + i);
    const data =
      rows !== undefined && run && rows.length > 0
        ? reader.read(rows[0], rows[0] + rows.length)
        : reader.read();
    if (!(data instanceof Float32Array)) throw new Fault(`The features '${name}' are not float32 numbers.`);
    const whole: Matrix = { data, rows: data.length / reader.columns, columns: reader.columns };
    const matrix = rows === undefined || run ? whole : takeRows(whole, rows);
    requireFinite(matrix, name);
    return matrix;
  } finally {
    reader.close();
  }
}
