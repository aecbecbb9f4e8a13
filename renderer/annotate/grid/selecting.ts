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
  places: ArrayLike<number>,
  how: How,
): Uint8Array {
  const next = how === 'replace' ? new Uint8Array(selected.length) : selected.slice();
  for (let i = 0; i < places.length; i++) {
    const row = rows[places[i]];
    if (row === undefined) continue;
    next[row] = how === 'toggle' ? 1 - next[row] : 1;
  }
  return next;
}

/** All places between two, both included. */
export function between(from: number, to: number): Int32Array {
  const first = Math.min(from, to);
  const places = new Int32Array(Math.abs(to - from) + 1);
  for (let i = 0; i < places.length; i++) places[i] = first + i;
  return places;
}

/** Rows that are selected and in the list, in the list's order: what a value is set for. */
export function selectedRows(selected: Uint8Array, rows: Int32Array): Int32Array {
  let count = 0;
  for (let place = 0; place < rows.length; place++) count += selected[rows[place]];
  const result = new Int32Array(count);
  let at = 0;
  for (let place = 0; place < rows.length; place++)
    if (selected[rows[place]] === 1) result[at++] = rows[place];
  return result;
}
