import { CATEGORICAL } from '../theme/palettes.ts';

/** Dark first: yellow and grey of the palette are for areas, not for lines on white. */
const LINES = CATEGORICAL.slice(0, 6);
const DASHES = ['solid', 'dash', 'dot', 'dashdot'] as const;

/** How one of several curves is drawn: colours first, then dashes. */
export const lineOf = (i: number): { color: string; dash: (typeof DASHES)[number] } => ({
  color: LINES[i % LINES.length],
  dash: DASHES[Math.floor(i / LINES.length) % DASHES.length],
});
