/** Left, top, width, height in pixels of the upright picture. */
export type Rectangle = readonly [left: number, top: number, width: number, height: number];

/** Side of the square that 'face' shows, in sides of the box: the same as the crops of the grid. */
const SCALE = 2;

/** The part of a picture that is shown: all of it, or the square around the face, moved and cut so that it stays inside. */
export function frameOf(
  picture: { width: number; height: number },
  box: readonly number[] | null,
  whole: boolean,
): Rectangle {
  if (whole || box === null) return [0, 0, picture.width, picture.height];
  const [left, top, width, height] = box;
  const wanted = SCALE * Math.max(width, height);
  const inside = (from: number, size: number, all: number): [number, number] => {
    const shown = Math.min(wanted, all);
    return [Math.max(0, Math.min(all - shown, from + (size - shown) / 2)), shown];
  };
  const [x, w] = inside(left, width, picture.width);
  const [y, h] = inside(top, height, picture.height);
  return [x, y, w, h];
}

/**
 * Longest side, in pixels, of the whole picture that gives one pixel of the frame per pixel of the screen; never more
 * than the picture has.
 */
export function pixelsFor(
  picture: { width: number; height: number },
  frame: Rectangle,
  shown: number,
): number {
  const longest = Math.max(picture.width, picture.height);
  return Math.ceil(Math.min(longest, (shown * longest) / Math.max(frame[2], frame[3])));
}

/** Pairs of a flat list x0 y0 x1 y1 … */
export const pairsOf = (points: ArrayLike<number> | null): [x: number, y: number][] =>
  points === null
    ? []
    : Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]]);

/** The 68 landmarks as lines (iBUG 300-W order): first, last, and whether the line closes. */
const PARTS: readonly (readonly [number, number, boolean])[] = [
  [0, 16, false],
  [17, 21, false],
  [22, 26, false],
  [27, 30, false],
  [31, 35, false],
  [36, 41, true],
  [42, 47, true],
  [48, 59, true],
  [60, 67, true],
];

/** Lines through 68 landmarks as an SVG path; '' for another number of points. */
export function landmarkLines(points: readonly (readonly [number, number])[]): string {
  if (points.length !== 68) return '';
  return PARTS.map(([from, to, closed]) => {
    const line = points.slice(from, to + 1).map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`);
    return `M${line.join('L')}${closed ? 'Z' : ''}`;
  }).join('');
}
