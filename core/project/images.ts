import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import { placeIn, staysInside } from './inside.ts';
import type { FacePicture, ImageFinding, ImageRecord } from './store.ts';

const STATES = ['missing', 'ok', 'unreadable'] as const;

const IMAGE = `SELECT id, source AS sourceId, path, coalesce(place, path) AS place, lower(hex(hash)) AS hash, bytes,
  mtime, width, height, state, problem FROM images`;

/**
 * Refuses what would leave the source's root when it is joined to it.
 * @throws Fault for an empty or absolute path, one with '..', or one that is no text.
 */
export function checkRelative(path: string): void {
  if (!path.isWellFormed()) {
    throw new Fault(`${JSON.stringify(path)} is no text that can be kept: half of a letter stands in it.`);
  }
  if (!staysInside(path)) {
    throw new Fault(`'${path}' is no path inside a source; paths are relative to its folder, without '..'.`);
  }
}

/** The image files of the sources: where they stand and what is known of their content. */
export class Images {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(filter: { source?: number; state?: ImageRecord['state'] } = {}): ImageRecord[] {
    const conditions: string[] = [];
    const parameters: number[] = [];
    if (filter.source !== undefined) {
      conditions.push('source = ?');
      parameters.push(filter.source);
    }
    if (filter.state !== undefined) {
      conditions.push('state = ?');
      parameters.push(STATES.indexOf(filter.state));
    }
    const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
    return this.#connection
      .all<Omit<ImageRecord, 'state'> & { state: number }>(`${IMAGE}${where} ORDER BY id`, ...parameters)
      .map((row) => ({ ...row, hash: row.hash || null, state: STATES[row.state] }));
  }

  /** Absolute path of a face's image, null while its source has no root. @throws Fault for an unknown face. */
  pathOfFace(face: number): string | null {
    const row = this.#connection.get<{ root: string | null; place: string }>(
      `SELECT s.root, coalesce(i.place, i.path) AS place FROM faces f JOIN images i ON i.id = f.image
       JOIN sources s ON s.id = i.source WHERE f.id = ?`,
      face,
    );
    if (row === undefined) throw new Fault(`There is no face '${face}' in this project.`);
    return row.root === null ? null : placeIn(row.root, row.place);
  }

  /** @throws Fault for an unknown image. */
  get(id: number): ImageRecord {
    const row = this.#connection.get<Omit<ImageRecord, 'state'> & { state: number }>(
      `${IMAGE} WHERE id = ?`,
      id,
    );
    if (row === undefined) throw new Fault(`There is no image '${id}' in this project.`);
    return { ...row, hash: row.hash || null, state: STATES[row.state] };
  }

  /** Undefined for an unknown face. */
  pictureOfFace(face: number): FacePicture | undefined {
    const row = this.#connection.get<{
      root: string | null;
      place: string;
      version: string;
      x: number | null;
      y: number;
      width: number;
      height: number;
    }>(
      `SELECT s.root, coalesce(i.place, i.path) AS place,
       coalesce(hex(i.hash), i.id || ':' || coalesce(i.mtime, '')) AS version, f.x, f.y, f.width, f.height
       FROM faces f JOIN images i ON i.id = f.image JOIN sources s ON s.id = i.source WHERE f.id = ?`,
      face,
    );
    if (row === undefined) return undefined;
    const { root, place, version, x, y, width, height } = row;
    return {
      file: root === null ? null : placeIn(root, place),
      version,
      box: x === null ? null : [x, y, width, height],
    };
  }

  /**
   * Writes what a look at the files found. A file that two images claim stays with the one that has it: the other is
   * recorded as missing, with a sentence that names both.
   */
  record(findings: Iterable<ImageFinding>): void {
    this.#connection.write(() => {
      // Every image lets go of its old place first, so that files which swapped names can be recorded in any order.
      const found = [...findings];
      for (const { id, place } of found) if (place !== undefined) this.#leave(id, place);
      for (const finding of found) this.#record(finding);
    });
  }

  duplicates(): number[][] {
    const rows = this.#connection.all<{ id: number; hash: string }>(
      `SELECT id, hex(hash) AS hash FROM images WHERE hash IN
       (SELECT hash FROM images WHERE hash IS NOT NULL GROUP BY hash HAVING count(*) > 1) ORDER BY id`,
    );
    const groups = new Map<string, number[]>();
    for (const { id, hash } of rows) {
      const group = groups.get(hash);
      if (group) group.push(id);
      else groups.set(hash, [id]);
    }
    return [...groups.values()];
  }

  #leave(id: number, place: string): void {
    checkRelative(place);
    this.#connection.run(
      "UPDATE images SET place = '//' || id WHERE id = ? AND coalesce(place, path) <> ?",
      id,
      place,
    );
  }

  #record({ id, place, hash, bytes, mtime, width, height, state, problem }: ImageFinding): void {
    if (hash !== undefined && !/^[0-9a-f]{64}$/i.test(hash)) {
      throw new Fault(`'${hash}' is no SHA-256 hash: 64 hexadecimal digits are expected.`);
    }
    const image = this.#connection.get<{ source: number; path: string }>(
      'SELECT source, path FROM images WHERE id = ?',
      id,
    );
    if (image === undefined) throw new Fault(`There is no image '${id}' in this project.`);
    let claimed: string | undefined;
    if (place !== undefined) {
      const owner = this.#ownerOf(image.source, place, id);
      if (owner === undefined) {
        this.#connection.run('UPDATE images SET place = nullif(?, path) WHERE id = ?', place, id);
      } else {
        this.#connection.run('UPDATE images SET place = NULL WHERE id = ?', id);
        claimed = `The file '${place}' was found for '${image.path}', but it is the image '${owner}' already.`;
      }
    }
    this.#connection.run(
      `UPDATE images SET hash = coalesce(?, hash), bytes = coalesce(?, bytes), mtime = coalesce(?, mtime),
       width = coalesce(?, width), height = coalesce(?, height), state = ?, problem = ? WHERE id = ?`,
      hash === undefined ? null : Buffer.from(hash, 'hex'),
      bytes ?? null,
      mtime === undefined ? null : Math.trunc(mtime),
      width ?? null,
      height ?? null,
      STATES.indexOf(claimed === undefined ? state : 'missing'),
      claimed ?? problem ?? null,
      id,
    );
  }

  /** The path of the other image that stands at this place and was seen there. */
  #ownerOf(source: number, place: string, id: number): string | undefined {
    return this.#connection.get<{ path: string }>(
      `SELECT path FROM images WHERE source = ?1 AND place = ?2 AND id <> ?3 AND state = 1
       UNION ALL SELECT path FROM images WHERE source = ?1 AND path = ?2 AND place IS NULL AND id <> ?3 AND state = 1
       LIMIT 1`,
      { 1: source, 2: place, 3: id },
    )?.path;
  }
}
