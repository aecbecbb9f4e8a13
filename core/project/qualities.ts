import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import type { Quality } from './types.ts';

const PARTS = ['total', 'size', 'sharpness', 'pose', 'score', 'occlusion'] as const;

/**
 * Quality figures of faces, with the version of the formula that made them. The database takes a figure away when the face's
 * box, points, landmarks or score, or its picture, become others (triggers of the schema).
 */
export class Qualities {
  readonly #connection: Connection;
  #column: Float32Array | undefined;
  #version = -1;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onStale(() => this.forget());
  }

  forget(): void {
    this.#column = undefined;
  }

  record(version: number, rows: Iterable<Quality & { face: number }>): void {
    this.#connection.write(() => {
      for (const row of rows) {
        const bad = PARTS.find((part) => row[part] !== null && !(row[part] >= 0 && row[part] <= 1));
        if (bad) throw new Fault(`The ${bad} of face '${row.face}' is '${row[bad]}'; allowed: 0 to 1.`);
        this.#connection.run(
          `INSERT OR REPLACE INTO qualities (face, version, ${PARTS.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          ...[row.face, version, ...PARTS.map((part) => row[part])],
        );
        if (this.#column !== undefined && row.face < this.#column.length) this.#column[row.face] = row.total;
        else this.forget();
      }
    });
  }

  of(face: number): Quality | null {
    return (
      this.#connection.get<Quality>(`SELECT ${PARTS.join(', ')} FROM qualities WHERE face = ?`, face) ?? null
    );
  }

  /** Faces that have a figure of this version, ascending. */
  faces(version: number): Int32Array {
    const rows = this.#connection.all<{ face: number }>(
      'SELECT face FROM qualities WHERE version = ? ORDER BY face',
      version,
    );
    return Int32Array.from(rows, ({ face }) => face);
  }

  /** Totals by id of face, NaN where there is none; read once, and again after another process wrote. */
  column(): Float32Array {
    const { data_version: now } = this.#connection.get('PRAGMA data_version') as { data_version: number };
    if (this.#column !== undefined && now === this.#version) return this.#column;
    const { last } = this.#connection.get('SELECT coalesce(max(id), 0) AS last FROM faces') as {
      last: number;
    };
    const column = new Float32Array(last + 1).fill(Number.NaN);
    const rows = this.#connection.db.prepare('SELECT face, total FROM qualities').raw().iterate();
    for (const [face, total] of rows as IterableIterator<[number, number]>) column[face] = total;
    this.#version = now;
    this.#column = column;
    return column;
  }
}
