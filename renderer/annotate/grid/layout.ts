/** A grid of equal cells, row by row, in content coordinates: CSS pixels from the top of all rows. */
export interface GridLayout {
  count: number;
  columns: number;
  rows: number;
  cellWidth: number;
  cellHeight: number;
  /** Side of a picture. */
  side: number;
  /** Height of all rows. */
  height: number;
  /** Height that the browser is told: browsers cannot lay out more than some 30 million pixels. */
  scrollHeight: number;
}

const GAP = 8;
const HIGHEST = 16_000_000;

/**
 * @param thumb smallest side of a picture; pictures grow to fill the width
 * @param caption height of what stands under a picture
 */
export function layoutOf(count: number, width: number, thumb: number, caption: number): GridLayout {
  const columns = Math.max(1, Math.floor(width / (thumb + GAP)));
  const cellWidth = Math.max(1, width / columns);
  const side = Math.max(1, Math.floor(cellWidth - GAP));
  const cellHeight = side + caption + GAP;
  const rows = Math.ceil(count / columns);
  const height = rows * cellHeight;
  return {
    count,
    columns,
    rows,
    cellWidth,
    cellHeight,
    side,
    height,
    scrollHeight: Math.min(height, HIGHEST),
  };
}

/** Content coordinate of the window's upper edge. Beyond the highest height, scrolling covers more than it moves. */
export function contentTop(layout: GridLayout, scrollTop: number, view: number): number {
  const { height, scrollHeight } = layout;
  if (height <= scrollHeight || scrollHeight <= view) return scrollTop;
  return (scrollTop * (height - view)) / (scrollHeight - view);
}

/** The inverse of `contentTop`, kept inside what can be scrolled to. */
export function scrollTopFor(layout: GridLayout, top: number, view: number): number {
  const { height, scrollHeight } = layout;
  const inside = Math.max(0, Math.min(top, height - view));
  if (height <= scrollHeight || scrollHeight <= view) return inside;
  return (inside * (scrollHeight - view)) / (height - view);
}

/** Cells to draw: those in sight and a row above and below. [first, end) */
export function cellsInSight(layout: GridLayout, top: number, view: number): [first: number, end: number] {
  const { cellHeight, columns, count } = layout;
  const first = Math.max(0, Math.floor(top / cellHeight) - 1) * columns;
  const end = Math.min(count, (Math.floor((top + view) / cellHeight) + 2) * columns);
  return [Math.min(first, end), end];
}

export const cellAt = (layout: GridLayout, place: number): [x: number, y: number] => [
  (place % layout.columns) * layout.cellWidth,
  Math.floor(place / layout.columns) * layout.cellHeight,
];

/** Content coordinate of the upper edge that brings a cell into sight with least movement. */
export function topToShow(layout: GridLayout, place: number, top: number, view: number): number {
  const [, y] = cellAt(layout, place);
  if (y < top) return y;
  if (y + layout.cellHeight > top + view) return y + layout.cellHeight - view;
  return top;
}

export type Move = 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'pageup' | 'pagedown';

/** Where a key takes the focus. @param page rows in sight */
export function placeAfter(layout: GridLayout, place: number, move: Move, page: number): number {
  const { columns, count } = layout;
  if (count === 0) return -1;
  if (place < 0) return move === 'end' ? count - 1 : 0;
  const steps: Record<Move, number> = {
    left: -1,
    right: 1,
    up: -columns,
    down: columns,
    pageup: -columns * Math.max(1, page),
    pagedown: columns * Math.max(1, page),
    home: -count,
    end: count,
  };
  const next = place + steps[move];
  // Up from the first row and down from the last stay in their column.
  if ((move === 'up' && next < 0) || (move === 'down' && next >= count)) return place;
  return Math.max(0, Math.min(count - 1, next));
}

/** Places whose picture a rectangle touches, given by two corners in content coordinates. */
export function placesIn(
  layout: GridLayout,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): number[] {
  const { cellWidth, cellHeight, columns, rows, count } = layout;
  const left = Math.max(0, Math.floor((Math.min(x0, x1) + GAP) / cellWidth));
  const right = Math.min(columns - 1, Math.floor(Math.max(x0, x1) / cellWidth));
  const first = Math.max(0, Math.floor((Math.min(y0, y1) + GAP) / cellHeight));
  const last = Math.min(rows - 1, Math.floor(Math.max(y0, y1) / cellHeight));
  const places: number[] = [];
  for (let row = first; row <= last; row++)
    for (let column = left; column <= right; column++) {
      const place = row * columns + column;
      if (place < count) places.push(place);
    }
  return places;
}
