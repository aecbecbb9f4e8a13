import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { type Connection, spoken } from './database.ts';
import { fileNameFor } from './folder.ts';
import { GrowingNpy, readInts, readRows, rowsShown } from './matrix.ts';
import type { FeatureAppender } from './store.ts';
import type { FeatureSet } from './types.ts';

interface FeatureRow extends Omit<FeatureSet, 'layout'> {
  layout: string | null;
}

const SET = `SELECT id, name, model, model_hash AS modelHash, tap, rows, dimensions, kind, device, file, layout, time
  FROM features`;

const folderOf = (connection: Connection): string => join(connection.path, 'vectors');

/** File of the face ids (int32) beside the matrix. */
export const facesFile = (set: { file: string }): string => set.file.replace(/\.npy$/, '.faces.npy');

/** File names (lower case, without ending) that records of vectors/ use. */
export function takenFiles(connection: Connection): Set<string> {
  const rows = connection.all<{ file: string }>(
    'SELECT file FROM features UNION ALL SELECT file FROM clusterings UNION ALL SELECT file FROM projections',
  );
  return new Set(rows.map(({ file }) => file.toLowerCase()));
}

/** Feature matrices: vectors/NAME.npy (float32, one row per face) and vectors/NAME.faces.npy (int32 ids). */
export class Features {
  readonly #connection: Connection;
  readonly #growing = new Set<Appender>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  all(): FeatureSet[] {
    return this.#connection.all<FeatureRow>(`${SET} ORDER BY id`).map((row) => this.#setOf(row));
  }

  get(name: string): FeatureSet {
    const row = this.#connection.get<FeatureRow>(`${SET} WHERE name = ?`, name);
    if (row) return this.#setOf(row);
    const known = this.all().map((set) => `'${set.name}'`);
    throw new Fault(
      `There is no feature set '${name}' in this project; ${known.length > 0 ? `known: ${known.join(', ')}` : 'none was extracted yet (visage embed)'}.`,
    );
  }

  begin(set: Omit<FeatureSet, 'id' | 'rows' | 'file' | 'time'>): FeatureAppender {
    const { name, model, modelHash, tap, dimensions, kind, device, layout } = set;
    if (name.trim() === '') throw new Fault('A feature set needs a name; this one is empty.');
    if (!Number.isInteger(dimensions) || dimensions < 1) {
      throw new Fault(`A feature set of '${dimensions}' dimensions cannot be; at least 1 is needed.`);
    }
    const record = this.#connection.write(() => {
      const known = this.#connection.get<FeatureRow>(`${SET} WHERE name = ?`, name);
      if (known === undefined) {
        const file = fileNameFor(name, takenFiles(this.#connection));
        this.#connection.run(
          `INSERT INTO features (name, model, model_hash, tap, rows, dimensions, kind, device, file, layout, time)
           VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)`,
          name,
          model,
          modelHash,
          tap,
          dimensions,
          kind,
          device,
          file,
          layout === undefined ? null : JSON.stringify(layout),
          Date.now(),
        );
      } else if (
        known.modelHash !== modelHash ||
        known.tap !== tap ||
        known.dimensions !== dimensions ||
        known.kind !== kind
      ) {
        throw new Fault(
          `Feature set '${name}' holds ${known.dimensions} ${known.kind} values of '${known.tap}' of model '${known.model}' (${known.modelHash.slice(0, 12)}), not ${dimensions} ${kind} values of '${tap}' of '${model}' (${modelHash.slice(0, 12)}); give the new one another name.`,
        );
      }
      return this.get(name);
    });
    for (const open of this.#growing) {
      if (open.set.id === record.id) throw new Fault(`Feature set '${name}' is being written already.`);
    }
    const appender = spoken(
      this.#connection.path,
      () => new Appender(this.#connection, record, (closed) => this.#growing.delete(closed)),
    );
    this.#growing.add(appender);
    return appender;
  }

  faces(set: FeatureSet): Int32Array {
    const { rows } = this.get(set.name);
    return rows === 0 ? new Int32Array(0) : readInts(facesFile(set), rows);
  }

  matrix(set: FeatureSet, faces?: Int32Array): Float32Array {
    const { rows, dimensions, file } = this.get(set.name);
    if (rows === 0 && !faces?.length) return new Float32Array(0);
    if (faces === undefined) return readRows(file, dimensions, rows);
    const all = this.faces(set);
    const rowOf = new Map<number, number>();
    all.forEach((face, row) => {
      rowOf.set(face, row);
    });
    const missing: number[] = [];
    const wanted = faces.map((face) => {
      const row = rowOf.get(face);
      if (row === undefined) missing.push(face);
      return row ?? -1;
    });
    if (missing.length > 0) {
      const some = missing.slice(0, 5).join(', ');
      throw new Fault(
        `Feature set '${set.name}' has no row for ${missing.length} of ${faces.length} faces (${some}${missing.length > 5 ? ', …' : ''}); extract it again to add them.`,
      );
    }
    return readRows(file, dimensions, rows, wanted);
  }

  /**
   * Brings files to the committed row count after a killed process: rows that were never committed are cut, and the
   * header shows those that were.
   */
  settle(): void {
    for (const set of this.all()) {
      for (const [file, columns, type] of [
        [set.file, set.dimensions, '<f4'],
        [facesFile(set), undefined, '<i4'],
      ] as const) {
        const size = statSync(file, { throwIfNoEntry: false })?.size;
        const need = 128 + set.rows * (columns ?? 1) * 4;
        // Fewer bytes than committed is damage: verify and the readers say so, nothing is cut.
        if (size === undefined || size < need) continue;
        if (size > need || rowsShown(file) !== set.rows)
          new GrowingNpy(file, type, columns, set.rows).close();
      }
    }
  }

  close(): void {
    for (const appender of [...this.#growing]) appender.close();
  }

  #setOf(row: FeatureRow): FeatureSet {
    const { layout, file, ...rest } = row;
    return {
      ...rest,
      file: join(folderOf(this.#connection), `${file}.npy`),
      ...(layout === null ? {} : { layout: JSON.parse(layout) as unknown }),
    };
  }
}

class Appender implements FeatureAppender {
  readonly #connection: Connection;
  readonly #set: FeatureSet;
  readonly #faces: Set<number>;
  readonly #matrix: GrowingNpy;
  readonly #ids: GrowingNpy;
  readonly #onClose: (closed: Appender) => void;
  #rows: number;
  #open = true;

  constructor(connection: Connection, set: FeatureSet, onClose: (closed: Appender) => void) {
    this.#connection = connection;
    this.#set = set;
    this.#rows = set.rows;
    this.#onClose = onClose;
    this.#matrix = new GrowingNpy(set.file, '<f4', set.dimensions, set.rows);
    try {
      this.#ids = new GrowingNpy(facesFile(set), '<i4', undefined, set.rows);
      this.#faces = new Set(set.rows === 0 ? [] : readInts(facesFile(set), set.rows));
    } catch (thrown) {
      this.#matrix.close();
      throw thrown;
    }
  }

  get set(): FeatureSet {
    return { ...this.#set, rows: this.#rows };
  }

  get facesWithRow(): ReadonlySet<number> {
    return this.#faces;
  }

  append(faces: Int32Array, rows: Float32Array): void {
    if (!this.#open) throw new Error(`Feature set '${this.#set.name}' was closed.`);
    if (rows.length !== faces.length * this.#set.dimensions) {
      throw new Error(
        `${faces.length} rows of ${this.#set.dimensions} values are ${faces.length * this.#set.dimensions}, not ${rows.length}.`,
      );
    }
    if (faces.length === 0) return;
    const fresh = new Set(faces);
    const double = faces.find((face) => this.#faces.has(face));
    if (double !== undefined || fresh.size < faces.length) {
      throw new Error(`Face ${double ?? '?'} would get a second row in feature set '${this.#set.name}'.`);
    }
    // Data first and synced, then the count in the database: a crash between the two leaves rows that are cut.
    spoken(this.#connection.path, () => {
      this.#matrix.append(rows);
      this.#ids.append(faces);
    });
    const count = this.#rows + faces.length;
    this.#connection.write(() => {
      this.#connection.run('UPDATE features SET rows = ? WHERE id = ?', count, this.#set.id);
    });
    this.#matrix.show(count);
    this.#ids.show(count);
    this.#rows = count;
    for (const face of faces) this.#faces.add(face);
  }

  close(): FeatureSet {
    if (this.#open) {
      this.#open = false;
      this.#matrix.close();
      this.#ids.close();
      this.#onClose(this);
    }
    return this.set;
  }
}
