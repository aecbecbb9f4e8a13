import { COHORT_COUNT, VALUE_COUNTS } from '../attributes/attributes.ts';
import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import type { LabelCache, LabelColumnsInMemory } from './label-columns.ts';
import { labelTable } from './label-columns.ts';
import { labelOf, rankOf } from './label-state.ts';
import type { Qualities } from './qualities.ts';
import { type LabelTable, ORIGIN_RANK, type Selection } from './types.ts';

const FIVE = [0, 1, 2, 3, 4];

type Test = (row: number) => boolean;

function tests(c: LabelColumnsInMemory, qualities: Qualities, selection: Selection): Test[] {
  const { sources, values, cohorts, identities, origins, minConfidence, minQuality } = selection;
  const list: Test[] = [];
  if (sources) {
    const wanted = new Set(sources);
    list.push((row) => wanted.has(c.sources[row]));
  }
  values?.forEach((allowed, a) => {
    if (allowed === undefined) return;
    let mask = 0;
    for (const value of allowed) {
      if (!Number.isInteger(value) || value < -1 || value >= VALUE_COUNTS[a]) {
        throw new Fault(`'${value}' is no value of attribute ${a}; allowed: −1…${VALUE_COUNTS[a] - 1}.`);
      }
      mask |= 1 << (value + 1);
    }
    list.push((row) => (mask & (1 << (labelOf(c.states[row], a) + 1))) !== 0);
  });
  if (cohorts) {
    const wanted = new Set(cohorts);
    list.push((row) => wanted.has(c.cohorts[row]));
  }
  if (identities) {
    const wanted = new Set(identities);
    list.push((row) => wanted.has(c.identities[row]));
  }
  if (origins) {
    const ranks = new Set<number>(origins.map((origin) => ORIGIN_RANK[origin]));
    list.push((row) =>
      FIVE.every((a) => labelOf(c.states[row], a) < 0 || ranks.has(rankOf(c.states[row], a))),
    );
  }
  if (minConfidence !== undefined) {
    // A label without a confidence (NaN) passes: it was stated, not estimated.
    list.push((row) =>
      FIVE.every((a) => labelOf(c.states[row], a) < 0 || !(c.confidences[a][row] < minConfidence)),
    );
  }
  if (minQuality !== undefined) {
    const column = qualities.column();
    if (c.faces.length > 0 && column.every(Number.isNaN)) {
      throw new Fault(
        `No face of this project has a quality figure yet, so none can be asked for that is at least ${minQuality}. Judge them first: visage quality P.visage`,
      );
    }
    // In float32, as the column is: a face of exactly this figure passes.
    const least = Math.fround(minQuality);
    list.push((row) => column[c.faces[row]] >= least);
  }
  return list;
}

/** Questions over the current labels of all faces. */
export class Selections {
  readonly #connection: Connection;
  readonly #cache: LabelCache;
  readonly #qualities: Qualities;

  constructor(connection: Connection, cache: LabelCache, qualities: Qualities) {
    this.#qualities = qualities;
    this.#connection = connection;
    this.#cache = cache;
  }

  select(selection: Selection): Int32Array {
    const columns = this.#cache.columns();
    const conditions = tests(columns, this.#qualities, selection);
    const found = new Int32Array(selection.faces?.length ?? columns.faces.length);
    let n = 0;
    const consider = (row: number): void => {
      for (const holds of conditions) if (!holds(row)) return;
      found[n++] = columns.faces[row];
    };
    if (selection.faces === undefined) {
      for (let row = 0; row < columns.faces.length; row++) consider(row);
    } else {
      const rows = this.#rows(columns, selection.faces).sort();
      for (let i = 0; i < rows.length; i++) if (i === 0 || rows[i] !== rows[i - 1]) consider(rows[i]);
    }
    return found.slice(0, n);
  }

  table(faces?: Int32Array): LabelTable {
    const columns = this.#cache.columns();
    const table = labelTable(columns, faces === undefined ? undefined : this.#rows(columns, faces));
    const qualities = this.#qualities.column();
    return { ...table, qualities: Float32Array.from(table.faces, (face) => qualities[face]) };
  }

  /** From the index on (source, cohort): no label is read. */
  cohortCounts(source?: number): Int32Array {
    const counts = new Int32Array(COHORT_COUNT);
    const rows = this.#connection.all<{ cohort: number; n: number }>(
      source === undefined
        ? 'SELECT cohort, count(*) AS n FROM labels GROUP BY source, cohort'
        : 'SELECT cohort, count(*) AS n FROM labels WHERE source = ? GROUP BY cohort',
      ...(source === undefined ? [] : [source]),
    );
    for (const { cohort, n } of rows) if (cohort >= 0) counts[cohort] += n;
    return counts;
  }

  #rows(columns: LabelColumnsInMemory, faces: Int32Array): Int32Array {
    return faces.map((face) => {
      const row = face > 0 && face < columns.rowOf.length ? columns.rowOf[face] : -1;
      if (row < 0) throw new Fault(`There is no face '${face}' in this project.`);
      return row;
    });
  }
}
