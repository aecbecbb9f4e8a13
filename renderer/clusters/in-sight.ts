/** A list of equal cells in columns, of which only those in sight are drawn. Lengths in CSS pixels. */
export interface Cells {
  count: number;
  columns: number;
  cellHeight: number;
}

/** As many columns as cells of at least this width fit. */
export const columnsFor = (width: number, least: number): number => Math.max(1, Math.floor(width / least));

export const heightOf = ({ count, columns, cellHeight }: Cells): number =>
  Math.ceil(count / columns) * cellHeight;

/** Cells in sight and a row above and below. [first, end) */
export function inSight({ count, columns, cellHeight }: Cells, top: number, view: number): [number, number] {
  const first = Math.max(0, Math.floor(top / cellHeight) - 1) * columns;
  const end = (Math.ceil((top + view) / cellHeight) + 1) * columns;
  return [Math.min(first, count), Math.min(end, count)];
}

/** Where to scroll so that a cell is whole in sight, moving least. */
export function topToShow({ columns, cellHeight }: Cells, cell: number, top: number, view: number): number {
  const y = Math.floor(cell / columns) * cellHeight;
  if (y < top) return y;
  return y + cellHeight > top + view ? y + cellHeight - view : top;
}
