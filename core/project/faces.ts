import { Fault } from '../foundation/fault.ts';
import { originOf } from './agents.ts';
import type { Connection } from './database.ts';
import { labelOf, rankOf, unpackConfidences } from './label-state.ts';
import type { Detection, FacePlaces } from './store.ts';
import type { Face } from './types.ts';

interface FaceRow {
  id: number;
  imageId: number;
  sourceId: number;
  path: string;
  key: string;
  identity: string | null;
  x: number | null;
  y: number;
  width: number;
  height: number;
  points: Buffer | null;
  landmarks: Buffer | null;
  score: number | null;
  split: string | null;
  raw: string | null;
  state: number;
  confidences: Buffer | null;
}

const FACE = `SELECT f.id, f.image AS imageId, i.source AS sourceId, i.path, f.key, n.name AS identity,
  f.x, f.y, f.width, f.height, f.points, f.landmarks, f.score, f.split, f.raw, l.state, l.confidences
  FROM faces f JOIN images i ON i.id = f.image JOIN labels l ON l.face = f.id
  LEFT JOIN identities n ON n.id = f.identity WHERE f.id = ?`;

const FIVE = [0, 1, 2, 3, 4];

/** Coordinates as stored: float32, little-endian. */
export function packCoordinates(values: ArrayLike<number>, count: number, what: string): Buffer {
  if (values.length !== count || Array.from(values).some((value) => !Number.isFinite(value))) {
    throw new Fault(`${what} of a face are ${count} finite numbers; these are ${values.length}.`);
  }
  return Buffer.from(Float32Array.from(values).buffer);
}

/** @throws Fault when the box has no area or is not finite. */
export function checkBox(box: readonly number[]): void {
  if (box.length !== 4 || !box.every(Number.isFinite) || box[2] <= 0 || box[3] <= 0) {
    throw new Fault(
      `'${box.join(' ')}' is no box: left, top, width > 0 and height > 0 in pixels are expected.`,
    );
  }
}

const coordinates = (stored: Buffer | null): Float32Array | null =>
  stored === null ? null : new Float32Array(Uint8Array.from(stored).buffer);

function faceOf(row: FaceRow): Face {
  const { id, imageId, sourceId, path, key, identity, x, y, width, height, score, split, state } = row;
  const confidences = unpackConfidences(row.confidences);
  const labels = FIVE.map((a) => labelOf(state, a));
  return {
    id,
    imageId,
    sourceId,
    path,
    key,
    identity,
    box: x === null ? null : [x, y, width, height],
    points: coordinates(row.points),
    landmarks: coordinates(row.landmarks),
    score,
    split,
    raw: row.raw === null ? {} : (JSON.parse(row.raw) as Record<string, string>),
    labels,
    origins: FIVE.map((a) => (labels[a] < 0 ? null : originOf(rankOf(state, a)))),
    confidences: FIVE.map((a) =>
      confidences === null || labels[a] < 0 || Number.isNaN(confidences[a]) ? null : confidences[a],
    ),
  };
}

/** Reading faces, and what a detector says of them. */
export class Faces {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  count(): number {
    const row = this.#connection.get<{ n: number }>('SELECT coalesce(sum(faces), 0) AS n FROM sources');
    return (row as { n: number }).n;
  }

  get(id: number): Face {
    const row = this.#connection.get<FaceRow>(FACE, id);
    if (row === undefined) throw new Fault(`There is no face '${id}' in this project.`);
    return faceOf(row);
  }

  list(ids: Int32Array | readonly number[]): Face[] {
    return Array.from(ids as ArrayLike<number>, (id) => this.get(id));
  }

  places(first: number, last: number): FacePlaces {
    const rows = this.#connection.all<{ id: number; path: string; key: string; problem: string | null }>(
      `SELECT f.id, i.path, f.key, CASE
         WHEN s.root IS NULL THEN 'Its source has no folder of images yet.'
         WHEN i.state = 0 THEN coalesce(i.problem, 'Its picture is missing.')
         WHEN i.state = 2 THEN coalesce(i.problem, 'Its picture cannot be opened.')
         WHEN i.hash IS NULL THEN 'Its picture was never looked at.' END AS problem
       FROM faces f JOIN images i ON i.id = f.image JOIN sources s ON s.id = i.source
       WHERE f.id BETWEEN ? AND ? ORDER BY f.id`,
      first,
      last,
    );
    return {
      faces: Int32Array.from(rows, ({ id }) => id),
      paths: rows.map(({ path }) => path),
      keys: rows.map(({ key }) => key),
      problems: rows.map(({ problem }) => problem),
    };
  }

  identityNames(): Map<number, string> {
    const rows = this.#connection.all<{ id: number; name: string }>('SELECT id, name FROM identities');
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  identityName(id: number): string {
    const row = this.#connection.get<{ name: string }>('SELECT name FROM identities WHERE id = ?', id);
    if (row === undefined) throw new Fault(`There is no identity '${id}' in this project.`);
    return row.name;
  }

  /** Identities whose name holds `text`, whole names and beginnings first; of all sources. */
  findIdentities(text: string, limit: number): { id: number; source: number; name: string }[] {
    const plain = text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
    return this.#connection.all(
      `SELECT id, source, name FROM identities WHERE name LIKE ? ESCAPE '\\'
       ORDER BY name <> ?, name NOT LIKE ? ESCAPE '\\', length(name), name LIMIT ?`,
      `%${plain}%`,
      text,
      `${plain}%`,
      limit,
    );
  }

  recordDetections(detections: Iterable<Detection>): void {
    this.#connection.write(() => {
      for (const { face, box, points, landmarks, score } of detections) {
        checkBox(box);
        const changes = this.#connection.run(
          `UPDATE faces SET x = ?, y = ?, width = ?, height = ?, points = ?, landmarks = coalesce(?, landmarks),
           score = ? WHERE id = ?`,
          ...box,
          points === undefined ? null : packCoordinates(points, 10, 'The five points'),
          landmarks === undefined ? null : packCoordinates(landmarks, 136, 'The 68 landmarks'),
          score,
          face,
        );
        if (changes === 0) throw new Fault(`There is no face '${face}' in this project.`);
      }
    });
  }
}
