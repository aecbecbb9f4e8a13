import type { Connection } from './database.ts';
import { labelOf, rankOf, unpackConfidences } from './label-state.ts';
import type { LabelTable } from './types.ts';

/** The current labels of all faces as columns in memory; rows are in the order of face ids. */
export interface LabelColumnsInMemory {
  faces: Int32Array;
  /** Row of a face id, −1 for ids that are no face. Index 0 is unused. */
  rowOf: Int32Array;
  states: Int32Array;
  cohorts: Int16Array;
  sources: Int32Array;
  identities: Int32Array;
  confidences: Float32Array[];
}

/**
 * Reads the `labels` table once and keeps it as columns (44 bytes per face). The writer keeps them current; a reader
 * of a project that another process writes reads them again after each of its commits.
 */
export class LabelCache {
  readonly #connection: Connection;
  #columns: LabelColumnsInMemory | undefined;
  #version: number | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onStale(() => this.forget());
  }

  forget(): void {
    this.#columns = undefined;
  }

  /** The columns if they are in memory and still hold. */
  loaded(): LabelColumnsInMemory | undefined {
    if (this.#columns !== undefined && this.#dataVersion() !== this.#version) this.#columns = undefined;
    return this.#columns;
  }

  columns(): LabelColumnsInMemory {
    const loaded = this.loaded();
    if (loaded) return loaded;
    this.#version = this.#dataVersion();
    this.#columns = this.#read();
    return this.#columns;
  }

  /** Changes one face's labels in memory, as they were just written. */
  patch(face: number, state: number, cohort: number, confidences: Float32Array | null): void {
    const columns = this.#columns;
    if (columns === undefined) return;
    const row = columns.rowOf[face];
    columns.states[row] = state;
    columns.cohorts[row] = cohort;
    for (let a = 0; a < columns.confidences.length; a++) {
      columns.confidences[a][row] = confidences === null ? Number.NaN : confidences[a];
    }
  }

  #dataVersion(): number {
    return (this.#connection.get<{ data_version: number }>('PRAGMA data_version') as { data_version: number })
      .data_version;
  }

  #read(): LabelColumnsInMemory {
    const span = this.#connection.get<{ n: number; last: number }>(
      'SELECT coalesce((SELECT sum(faces) FROM sources), 0) AS n, coalesce((SELECT max(face) FROM labels), 0) AS last',
    ) as { n: number; last: number };
    // The count of sources is only a size hint: a foreign hand may have changed it.
    let room = Math.max(span.n, 16);
    const grow = <T extends Int32Array | Int16Array | Float32Array>(
      column: T,
      Type: new (n: number) => T,
    ): T => {
      const wider = new Type(room);
      wider.set(column as never);
      return wider;
    };
    const c: LabelColumnsInMemory = {
      faces: new Int32Array(room),
      rowOf: new Int32Array(span.last + 1).fill(-1),
      states: new Int32Array(room),
      cohorts: new Int16Array(room),
      sources: new Int32Array(room),
      identities: new Int32Array(room),
      confidences: Array.from({ length: 5 }, () => new Float32Array(room)),
    };
    let n = 0;
    const rows = this.#connection.db
      .prepare('SELECT face, source, identity, state, cohort, confidences FROM labels ORDER BY face')
      .raw()
      .iterate() as IterableIterator<[number, number, number | null, number, number, Buffer | null]>;
    for (const [face, source, identity, state, cohort, stored] of rows) {
      if (n === room) {
        room *= 2;
        c.faces = grow(c.faces, Int32Array);
        c.states = grow(c.states, Int32Array);
        c.cohorts = grow(c.cohorts, Int16Array);
        c.sources = grow(c.sources, Int32Array);
        c.identities = grow(c.identities, Int32Array);
        c.confidences = c.confidences.map((column) => grow(column, Float32Array));
      }
      c.faces[n] = face;
      c.rowOf[face] = n;
      c.states[n] = state;
      c.cohorts[n] = cohort;
      c.sources[n] = source;
      c.identities[n] = identity ?? -1;
      const confidences = unpackConfidences(stored);
      for (let a = 0; a < 5; a++) c.confidences[a][n] = confidences === null ? Number.NaN : confidences[a];
      n++;
    }
    return {
      ...c,
      faces: c.faces.subarray(0, n),
      states: c.states.subarray(0, n),
      cohorts: c.cohorts.subarray(0, n),
      sources: c.sources.subarray(0, n),
      identities: c.identities.subarray(0, n),
      confidences: c.confidences.map((column) => column.subarray(0, n)),
    };
  }
}

/** Copies rows of the columns into the table that callers own. */
export function labelTable(
  columns: LabelColumnsInMemory,
  rows: Int32Array | undefined,
): Omit<LabelTable, 'qualities'> {
  const n = rows === undefined ? columns.faces.length : rows.length;
  const values = Array.from({ length: 5 }, () => new Int8Array(n));
  const origins = Array.from({ length: 5 }, () => new Int8Array(n));
  for (let i = 0; i < n; i++) {
    const state = columns.states[rows === undefined ? i : rows[i]];
    for (let a = 0; a < 5; a++) {
      const value = labelOf(state, a);
      values[a][i] = value;
      origins[a][i] = value < 0 ? -1 : rankOf(state, a);
    }
  }
  const pick = <T extends Int32Array | Int16Array | Float32Array>(column: T): T =>
    rows === undefined
      ? (column.slice() as T)
      : ((rows as Int32Array).reduce(
          (picked, row, i) => {
            picked[i] = column[row];
            return picked;
          },
          new (column.constructor as new (n: number) => T)(n),
        ) as T);
  return {
    faces: pick(columns.faces),
    values,
    origins,
    confidences: columns.confidences.map(pick),
    cohorts: pick(columns.cohorts),
    sources: pick(columns.sources),
    identities: pick(columns.identities),
  };
}
