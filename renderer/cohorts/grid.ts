import { ATTRIBUTES, cohortIndex, VALUE_COUNTS } from '../../core/contract/attributes.ts';

/** One cell of the 270-cell grid: 30 rows (age × gender × race) by 9 columns (pitch × yaw). */
export interface Cell {
  cohort: number;
  count: number;
}

export interface GridRow {
  age: number;
  gender: number;
  race: number;
  title: string;
  cells: Cell[];
  total: number;
}

export const POSE_COLUMNS = Array.from({ length: VALUE_COUNTS[3] * VALUE_COUNTS[4] }, (_, i) => {
  // The middle of the head's positions stands in the middle of the grid, as on the face.
  const order = [0, 2, 1];
  return { pitch: order[Math.floor(i / 3)], yaw: order[i % 3] };
});

/** The grid of cohort counts. */
export function gridOf(counts: ArrayLike<number>): GridRow[] {
  const rows: GridRow[] = [];
  for (let age = 0; age < VALUE_COUNTS[0]; age++) {
    for (let gender = 0; gender < VALUE_COUNTS[1]; gender++) {
      for (let race = 0; race < VALUE_COUNTS[2]; race++) {
        const cells = POSE_COLUMNS.map(({ pitch, yaw }) => {
          const cohort = cohortIndex([age, gender, race, pitch, yaw]);
          return { cohort, count: counts[cohort] };
        });
        rows.push({
          age,
          gender,
          race,
          title: `${ATTRIBUTES[0].values[age]} · ${ATTRIBUTES[1].values[gender]} · ${ATTRIBUTES[2].values[race]}`,
          cells,
          total: cells.reduce((sum, cell) => sum + cell.count, 0),
        });
      }
    }
  }
  return rows;
}

/** A place in the grid. */
export interface Place {
  row: number;
  column: number;
}

/** The cohorts of the rectangle between two places, both included. */
export function cohortsBetween(rows: readonly GridRow[], a: Place, b: Place): number[] {
  const cohorts: number[] = [];
  for (let row = Math.min(a.row, b.row); row <= Math.max(a.row, b.row); row++)
    for (let column = Math.min(a.column, b.column); column <= Math.max(a.column, b.column); column++)
      cohorts.push(rows[row].cells[column].cohort);
  return cohorts;
}

const STEPS: Readonly<Record<string, Place>> = {
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
  PageUp: { row: -5, column: 0 },
  PageDown: { row: 5, column: 0 },
  Home: { row: 0, column: -POSE_COLUMNS.length },
  End: { row: 0, column: POSE_COLUMNS.length },
};

/** Where a key leads from a place, kept inside the grid; undefined for keys that do not move. */
export function placeAfter(key: string, from: Place, rows: number): Place | undefined {
  const step = STEPS[key];
  if (!step) return undefined;
  return {
    row: Math.max(0, Math.min(rows - 1, from.row + step.row)),
    column: Math.max(0, Math.min(POSE_COLUMNS.length - 1, from.column + step.column)),
  };
}

/** How uneven cohorts are: of those that have faces. */
export interface Imbalance {
  present: number;
  /** Largest over smallest count. */
  ratio: number;
  /** 1: all cohorts as large; 0: one holds all (Shannon entropy over log 270). */
  evenness: number;
  /** Share of faces in the ten largest cohorts. */
  topTen: number;
}

export function imbalanceOf(counts: ArrayLike<number>): Imbalance | null {
  const present = Array.from(counts).filter((count) => count > 0);
  const total = present.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const entropy = -present.reduce((sum, count) => sum + (count / total) * Math.log(count / total), 0);
  const sorted = present.sort((a, b) => b - a);
  return {
    present: sorted.length,
    ratio: sorted[0] / sorted[sorted.length - 1],
    evenness: entropy / Math.log(counts.length),
    topTen: sorted.slice(0, 10).reduce((sum, count) => sum + count, 0) / total,
  };
}

/** For each N: cohorts with at least N faces, and the images that Sub-N would give. */
export function subsetCurve(
  counts: ArrayLike<number>,
): { perCohort: number; cohorts: number; images: number }[] {
  const sorted = Array.from(counts)
    .filter((count) => count > 0)
    .sort((a, b) => b - a);
  // Only where a cohort drops out does anything change.
  return [...new Set(sorted)].map((perCohort) => {
    const cohorts = sorted.filter((count) => count >= perCohort).length;
    return { perCohort, cohorts, images: cohorts * perCohort };
  });
}

/** The N that gives the most images, the larger of two that give as many; 1 where there are none. */
export const mostImages = (curve: readonly { perCohort: number; images: number }[]): number =>
  curve.reduce((best, now) => (now.images > best.images ? now : best), { perCohort: 1, images: 0 }).perCohort;

/** Cohorts that have at least N faces, and the images of Sub-N. */
export function subsetOf(counts: ArrayLike<number>, n: number): { cohorts: number; images: number } {
  let cohorts = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] >= n && n >= 1) cohorts++;
  return { cohorts, images: cohorts * n };
}

/** Cell shade, 0 … 1: logarithmic, because counts span four orders of magnitude. */
export const shadeOf = (count: number, largest: number): number =>
  count === 0 ? 0 : (0.15 + Math.log1p(count)) / (0.15 + Math.log1p(largest));
