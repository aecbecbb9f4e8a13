import type { FaceColumns } from '../../faces/columns.ts';

/** How a list that is no queue is ordered. */
export const ORDERS = [
  { id: 'project', title: 'as imported' },
  { id: 'label', title: 'by label' },
  { id: 'unsure', title: 'least sure first' },
  { id: 'cohort', title: 'by cohort' },
  { id: 'identity', title: 'by identity' },
  { id: 'source', title: 'by source' },
] as const;
export type Order = (typeof ORDERS)[number]['id'];

/** Steps in which confidences are told apart. */
const STEPS = 1000;

/**
 * Rows in an order, equal ones as they were: a counting sort, because half a million rows must not stop the window.
 * @param attribute for 'label' and 'unsure'
 */
export function orderRows(
  rows: Int32Array,
  columns: FaceColumns,
  order: Order,
  attribute: number,
): Int32Array {
  switch (order) {
    case 'project':
      return rows;
    case 'label':
      return sorted(rows, (row) => columns.values[attribute][row] + 1);
    case 'unsure': {
      const confidences = columns.confidences[attribute];
      // Without a confidence nobody doubted it: last.
      return sorted(rows, (row) =>
        Number.isNaN(confidences[row]) ? STEPS + 1 : Math.floor(confidences[row] * STEPS),
      );
    }
    case 'cohort':
      // Faces without a cohort last.
      return sorted(rows, (row) => (columns.cohorts[row] < 0 ? 270 : columns.cohorts[row]));
    case 'identity':
      return sorted(rows, (row) => Math.max(0, columns.identities[row]));
    case 'source':
      return sorted(rows, (row) => columns.sources[row]);
  }
}

function sorted(rows: Int32Array, keyOf: (row: number) => number): Int32Array {
  const keys = rows.map(keyOf);
  let largest = 0;
  for (const key of keys) if (key > largest) largest = key;
  const starts = new Int32Array(largest + 2);
  for (const key of keys) starts[key + 1]++;
  for (let k = 0; k <= largest; k++) starts[k + 1] += starts[k];
  const result = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) result[starts[keys[i]]++] = rows[i];
  return result;
}
