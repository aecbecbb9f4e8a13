import { Fault } from '../../foundation/fault.ts';

/** Integer labels, one per sample; any integers, not necessarily dense. */
export type Labels = ArrayLike<number>;

/**
 * How often each class meets each cluster. Only cells that occur are held: `counts[i]` samples are of class
 * `rows[i]` and cluster `columns[i]` (dense numbers, by ascending label).
 */
export interface Contingency {
  samples: number;
  /** Samples per class that occurs. */
  rowSums: Float64Array;
  /** Samples per cluster that occurs. */
  columnSums: Float64Array;
  rows: Int32Array;
  columns: Int32Array;
  counts: Float64Array;
}

interface Dense {
  codes: Int32Array;
  size: number;
}

function densify(labels: Labels): Dense {
  const n = labels.length;
  const codes = new Int32Array(n);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const label = labels[i];
    if (label < low) low = label;
    if (label > high) high = label;
  }
  if (n === 0) return { codes, size: 0 };
  const span = high - low + 1;
  if (span <= Math.max(4096, 4 * n)) {
    const place = new Int32Array(span).fill(-1);
    for (let i = 0; i < n; i++) place[labels[i] - low] = 0;
    let size = 0;
    for (let v = 0; v < span; v++) if (place[v] === 0) place[v] = size++;
    for (let i = 0; i < n; i++) codes[i] = place[labels[i] - low];
    return { codes, size };
  }
  const distinct = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const place = new Map(distinct.map((label, code) => [label, code]));
  for (let i = 0; i < n; i++) codes[i] = place.get(labels[i]) as number;
  return { codes, size: distinct.length };
}

/** @throws Fault when the two labellings are not of the same length. */
export function contingencyOf(classes: Labels, clusters: Labels): Contingency {
  const n = classes.length;
  if (clusters.length !== n) {
    throw new Fault(
      `${n} classes and ${clusters.length} clusters were given; one of each per face is needed.`,
    );
  }
  const a = densify(classes);
  const b = densify(clusters);
  const rowSums = new Float64Array(a.size);
  const columnSums = new Float64Array(b.size);
  for (let i = 0; i < n; i++) {
    rowSums[a.codes[i]]++;
    columnSums[b.codes[i]]++;
  }
  const cells = a.size * b.size;
  const found: { cell: number; count: number }[] = [];
  if (cells <= Math.max(1 << 20, 4 * n)) {
    const table = new Int32Array(cells);
    for (let i = 0; i < n; i++) table[a.codes[i] * b.size + b.codes[i]]++;
    for (let cell = 0; cell < cells; cell++) if (table[cell] > 0) found.push({ cell, count: table[cell] });
  } else {
    // Many singletons on both sides: the table would be far larger than the data, so its cells are sorted instead.
    const keys = new Float64Array(n);
    for (let i = 0; i < n; i++) keys[i] = a.codes[i] * b.size + b.codes[i];
    keys.sort();
    for (let i = 0; i < n; ) {
      let end = i + 1;
      while (end < n && keys[end] === keys[i]) end++;
      found.push({ cell: keys[i], count: end - i });
      i = end;
    }
  }
  return {
    samples: n,
    rowSums,
    columnSums,
    rows: Int32Array.from(found, ({ cell }) => Math.floor(cell / b.size)),
    columns: Int32Array.from(found, ({ cell }) => cell % b.size),
    counts: Float64Array.from(found, ({ count }) => count),
  };
}
