/**
 * Every face's current labels as columns, a row per face in ascending order of id: what all views filter, colour and
 * count. Rows, not ids, run through the views' inner loops.
 */
export interface FaceColumns {
  faces: Int32Array;
  /** Five columns, −1 where unlabelled. */
  values: Int8Array[];
  /** 0 model, 1 dataset, 2 rule, 3 human, −1 unlabelled. */
  origins: Int8Array[];
  /** NaN where none is known. */
  confidences: Float32Array[];
  cohorts: Int16Array;
  sources: Int32Array;
  identities: Int32Array;
}

export const emptyColumns = (): FaceColumns => ({
  faces: new Int32Array(0),
  values: Array.from({ length: 5 }, () => new Int8Array(0)),
  origins: Array.from({ length: 5 }, () => new Int8Array(0)),
  confidences: Array.from({ length: 5 }, () => new Float32Array(0)),
  cohorts: new Int16Array(0),
  sources: new Int32Array(0),
  identities: new Int32Array(0),
});

/** Row of a face by binary search, −1 when there is none. */
export function rowOf(faces: Int32Array, face: number): number {
  let low = 0;
  let high = faces.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (faces[middle] === face) return middle;
    if (faces[middle] < face) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Rows of many faces; −1 for unknown ones. Faces that follow each other, as most lists have them, are found at once. */
export function rowsOf(faces: Int32Array, wanted: Int32Array): Int32Array {
  const rows = new Int32Array(wanted.length);
  let next = 0;
  for (let i = 0; i < wanted.length; i++) {
    const row = faces[next] === wanted[i] ? next : rowOf(faces, wanted[i]);
    rows[i] = row;
    next = row + 1;
  }
  return rows;
}

/**
 * Writes newer labels of some faces into the columns; gives the rows of which anything became another. What a window
 * has shown already, because it caused it, is not drawn again.
 */
export function patchColumns(
  columns: FaceColumns,
  some: Omit<FaceColumns, 'sources' | 'identities'>,
): Int32Array {
  const changed: number[] = [];
  const rows = rowsOf(columns.faces, some.faces);
  const pairs = [
    ...columns.values.map((column, a) => [column, some.values[a]]),
    ...columns.origins.map((column, a) => [column, some.origins[a]]),
    ...columns.confidences.map((column, a) => [column, some.confidences[a]]),
    [columns.cohorts, some.cohorts],
  ];
  rows.forEach((row, i) => {
    if (row < 0) return;
    let other = false;
    for (const [column, news] of pairs) {
      // Object.is, because an unknown confidence is NaN on both sides.
      if (Object.is(column[row], news[i])) continue;
      column[row] = news[i];
      other = true;
    }
    if (other) changed.push(row);
  });
  return Int32Array.from(changed);
}
