/** How a click, a key or a rectangle changes the selection. */
export type How = 'replace' | 'add' | 'toggle';

/**
 * A new selection (one byte per row) with some places of a list. 'replace' forgets the rest, also what is selected
 * outside the list.
 * @param rows the list: row by place
 */
export function withPlaces(
  selected: Uint8Array,
  rows: Int32Array,
  places: Iterable<number>,
  how: How,
): Uint8Array {
  const next = how === 'replace' ? new Uint8Array(selected.length) : selected.slice();
  for (const place of places) {
    const row = rows[place];
    if (row === undefined) continue;
    next[row] = how === 'toggle' ? 1 - next[row] : 1;
  }
  return next;
}

/** All places between two, both included. */
export function* between(from: number, to: number): Generator<number> {
  for (let place = Math.min(from, to); place <= Math.max(from, to); place++) yield place;
}

/** Rows that are selected and in the list, in the list's order: what a value is set for. */
export function selectedRows(selected: Uint8Array, rows: Int32Array): Int32Array {
  return rows.filter((row) => selected[row] === 1);
}
