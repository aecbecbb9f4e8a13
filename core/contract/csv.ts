/** How Visage writes cells of a csv, as the window may know it. */
export { csvCell } from '../foundation/tables/written.ts';
export { isoLocalTime } from '../foundation/times.ts';
