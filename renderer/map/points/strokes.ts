export type Tool = 'pan' | 'lasso' | 'rectangle';
/** What a drawn region does with the selection. */
export type How = 'replace' | 'add' | 'remove';
type Modifiers = Pick<PointerEvent, 'shiftKey' | 'altKey'>;

/** Shift adds, Alt takes away, neither replaces. */
export const howOf = ({ shiftKey, altKey }: Modifiers): How =>
  shiftKey ? 'add' : altKey ? 'remove' : 'replace';

/**
 * The tool that a drag uses: the middle button always moves the map, and with Shift or Alt held even the moving hand
 * draws a lasso, so that adding and taking away need no change of tool.
 */
export function toolOf(chosen: Tool, button: number, modifiers: Modifiers): Tool {
  if (button === 1) return 'pan';
  return chosen === 'pan' && howOf(modifiers) !== 'replace' ? 'lasso' : chosen;
}

/** A drag over the map, in CSS pixels of the canvas. */
export interface Stroke {
  tool: Tool;
  /** x0, y0, x1, y1, … */
  path: number[];
  how: How;
}

/** Corners of the region that a stroke encloses: x0, y0, x1, y1, … */
export function regionOf({ tool, path }: Stroke): number[] {
  if (tool === 'lasso') return path;
  const [x0, y0] = path;
  const [x1, y1] = path.slice(-2);
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/**
 * The selection after a region was drawn.
 * @param inside one byte per point; @param rows row of each point, −1 for none; @param mask rows that the filter lets pass
 */
export function selectionAfter(
  selected: Uint8Array,
  inside: Uint8Array,
  rows: Int32Array,
  mask: Uint8Array,
  how: How,
): Uint8Array {
  const next = how === 'replace' ? new Uint8Array(selected.length) : selected.slice();
  const value = how === 'remove' ? 0 : 1;
  for (let i = 0; i < inside.length; i++) {
    const row = rows[i];
    if (inside[i] && row >= 0 && mask[row]) next[row] = value;
  }
  return next;
}
