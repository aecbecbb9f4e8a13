import { Fault } from '../foundation/fault.ts';

/** Dense rows, row-major float32. */
export interface Matrix {
  data: Float32Array;
  rows: number;
  columns: number;
}

export function matrixOf(data: Float32Array, columns: number): Matrix {
  return { data, rows: columns === 0 ? 0 : data.length / columns, columns };
}

/** Squared Euclidean distance between row a of one matrix and row b of another, in double precision. */
export function squaredDistance(
  x: Float32Array,
  a: number,
  y: Float32Array,
  b: number,
  columns: number,
): number {
  let sum = 0;
  const from = a * columns;
  const to = b * columns;
  for (let j = 0; j < columns; j++) {
    const difference = x[from + j] - y[to + j];
    sum += difference * difference;
  }
  return sum;
}

export function columnMeans({ data, rows, columns }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) means[j] += data[at];
  for (let j = 0; j < columns; j++) means[j] /= rows;
  return means;
}

/** Subtracts `means` from every row, in place. */
export function subtract({ data, rows, columns }: Matrix, means: Float64Array): void {
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) data[at] -= means[j];
}

/** Mean over the columns of their (population) variances, for rows whose column means are `means`. */
export function meanVariance({ data, rows, columns }: Matrix, means: Float64Array): number {
  let sum = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) sum += (data[at] - means[j]) ** 2;
  }
  return sum / (rows * columns);
}

/** Scales every row to length 1, in place. @throws Fault for rows that are all zero: they have no direction. */
export function normalizeRows({ data, rows, columns }: Matrix): void {
  let zero = 0;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let at = i * columns; at < (i + 1) * columns; at++) sum += data[at] * data[at];
    if (sum === 0) zero++;
    const scale = 1 / Math.sqrt(sum);
    for (let at = i * columns; at < (i + 1) * columns; at++) data[at] *= scale;
  }
  if (zero > 0) {
    throw new Fault(
      `${zero} of ${rows} feature rows are all zero and have no direction; use the Euclidean metric.`,
    );
  }
}

/** @throws Fault when the matrix holds a number that is not finite; `name` says which features these are. */
export function requireFinite({ data, rows, columns }: Matrix, name: string): void {
  // One pass without branches: any NaN or infinity makes the sum of (x − x) NaN.
  let sum = 0;
  for (let at = 0; at < data.length; at++) sum += data[at] - data[at];
  if (sum === 0) return;
  const first = data.findIndex((value) => !Number.isFinite(value));
  throw new Fault(
    `The features '${name}' hold ${data[first]} in row ${Math.floor(first / columns)}, column ${first % columns} (of ${rows} × ${columns}); only finite numbers can be compared.`,
  );
}

/** The given rows as a matrix of their own. */
export function takeRows({ data, columns }: Matrix, rows: ArrayLike<number>): Matrix {
  const taken = new Float32Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    taken.set(data.subarray(rows[i] * columns, (rows[i] + 1) * columns), i * columns);
  }
  return { data: taken, rows: rows.length, columns };
}

/** Whether at least `wanted` rows differ from one another; else how many do. Stops as soon as it knows. */
export function distinctRows({ data, rows, columns }: Matrix, wanted: number): number {
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const seen = new Map<number, number[]>();
  let distinct = 0;
  for (let i = 0; i < rows && distinct < wanted; i++) {
    let hash = 0;
    // −0 and 0 are equal numbers of different bits.
    for (let at = i * columns; at < (i + 1) * columns; at++)
      hash = Math.imul(hash ^ (data[at] === 0 ? 0 : bits[at]), 0x9e3779b1);
    const same = seen.get(hash);
    if (same === undefined) seen.set(hash, [i]);
    else if (same.some((j) => squaredDistance(data, i, data, j, columns) === 0)) continue;
    else same.push(i);
    distinct++;
  }
  return distinct;
}

/** `count` different numbers of 0 … n−1 in ascending order, all equally likely (Floyd's sampling). */
export function sampleWithout(n: number, count: number, below: (n: number) => number): Int32Array {
  const chosen = new Set<number>();
  for (let j = n - count; j < n; j++) {
    const t = below(j + 1);
    chosen.add(chosen.has(t) ? j : t);
  }
  return Int32Array.from(chosen).sort();
}
