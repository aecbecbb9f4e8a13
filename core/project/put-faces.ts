import { Fault } from '../foundation/fault.ts';
import type { Agents } from './agents.ts';
import type { Connection } from './database.ts';
import { BatchWriter } from './events.ts';
import { checkBox, packCoordinates } from './faces.ts';
import { checkRelative } from './images.ts';
import type { LabelCache } from './label-columns.ts';
import { checkLabel } from './label-state.ts';
import { type Agent, type NewFace, ORIGIN_RANK, type Source } from './types.ts';

/** What a row of a source says of a face, as stored; null where it says nothing. */
interface Stored {
  identity: number | null;
  x: number | null;
  y: number | null;
  width: number | null;
  height: number | null;
  points: Buffer | null;
  landmarks: Buffer | null;
  score: number | null;
  split: string | null;
  raw: string | null;
}

const COLUMNS = [
  'identity',
  'x',
  'y',
  'width',
  'height',
  'points',
  'landmarks',
  'score',
  'split',
  'raw',
] as const;

const same = (a: unknown, b: unknown): boolean =>
  a === b || (Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b));

export interface PutResult {
  added: number;
  changed: number;
  unchanged: number;
  events: number;
  batch: number | null;
}

/** Why no project takes this row of a source, as a sentence; undefined for a sound one. */
export function faceProblem(face: NewFace): string | undefined {
  try {
    checkRelative(face.path);
    if (face.box !== undefined) checkBox(face.box);
    coordinatesOf(face);
    for (const [a, value] of (face.labels ?? []).entries()) {
      if (value !== undefined) checkLabel(a, value, face.confidences?.[a] ?? null);
    }
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.message;
    throw thrown;
  }
}

/** The points and landmarks of a face as stored. @throws Fault when they are not as many finite numbers as needed */
const coordinatesOf = ({
  points,
  landmarks,
}: NewFace): { points: Buffer | null; landmarks: Buffer | null } => ({
  points: points === undefined ? null : packCoordinates(points, 10, 'The five points'),
  landmarks: landmarks === undefined ? null : packCoordinates(landmarks, 136, 'The 68 landmarks'),
});

/** Takes over the faces of a source, inside one write: reading the same source twice writes nothing. */
export class FaceIntake {
  readonly #connection: Connection;
  readonly #source: Source;
  readonly #agent: number;
  readonly #writer: BatchWriter;
  readonly #identities = new Map<string, number>();
  #added = 0;
  #changed = 0;
  #unchanged = 0;

  constructor(
    connection: Connection,
    agents: Agents,
    cache: LabelCache,
    source: Source,
    description: string,
    continues: number | null = null,
  ) {
    const agent: Agent = { origin: 'dataset', name: source.name };
    this.#connection = connection;
    this.#source = source;
    this.#agent = agents.put(agent);
    this.#writer = new BatchWriter(connection, cache, {
      kind: 'import',
      description,
      agent: this.#agent,
      rank: ORIGIN_RANK.dataset,
      continues,
    });
  }

  put(face: NewFace): void {
    const image = this.#image(face.path);
    const key = face.key ?? '';
    const known = this.#connection.get<Stored & { id: number }>(
      `SELECT id, ${COLUMNS.join(', ')} FROM faces WHERE image = ? AND key = ?`,
      image,
      key,
    );
    const said = this.#stored(face, known?.raw ?? null);
    if (known === undefined) {
      const id = this.#connection.insert(
        `INSERT INTO faces (image, key, ${COLUMNS.join(', ')}) VALUES (?, ?${', ?'.repeat(COLUMNS.length)})`,
        image,
        key,
        ...COLUMNS.map((column) => said[column]),
      );
      this.#connection.run(
        'INSERT INTO labels (face, source, identity) VALUES (?, ?, ?)',
        id,
        this.#source.id,
        said.identity,
      );
      this.#added++;
      this.#label(id, face, undefined);
      return;
    }
    const merged = COLUMNS.map((column) => said[column] ?? known[column]);
    const differs = COLUMNS.some((column, c) => !same(merged[c], known[column]));
    if (differs) {
      this.#connection.run(
        `UPDATE faces SET ${COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
        ...merged,
        known.id,
      );
      this.#connection.run('UPDATE labels SET identity = ? WHERE face = ?', merged[0], known.id);
    }
    const labelled = this.#label(known.id, face, this.#saidBefore(known.id, face));
    if (differs || labelled) this.#changed++;
    else this.#unchanged++;
  }

  finish(): PutResult {
    const batch = this.#writer.finish();
    this.#connection.run('UPDATE sources SET faces = faces + ? WHERE id = ?', this.#added, this.#source.id);
    return {
      added: this.#added,
      changed: this.#changed,
      unchanged: this.#unchanged,
      events: this.#writer.events,
      batch,
    };
  }

  #image(path: string): number {
    const known = this.#connection.get<{ id: number }>(
      'SELECT id FROM images WHERE source = ? AND path = ?',
      this.#source.id,
      path,
    );
    if (known) return known.id;
    checkRelative(path);
    return this.#connection.insert('INSERT INTO images (source, path) VALUES (?, ?)', this.#source.id, path);
  }

  #stored(face: NewFace, rawBefore: string | null): Stored {
    const { box, raw } = face;
    if (box !== undefined) checkBox(box);
    let rawText: string | null = null;
    if (raw !== undefined && Object.keys(raw).length > 0) {
      const before = rawBefore === null ? {} : (JSON.parse(rawBefore) as Record<string, string>);
      rawText = JSON.stringify({ ...before, ...raw });
    }
    return {
      identity: face.identity === undefined ? null : this.#identity(face.identity),
      x: box?.[0] ?? null,
      y: box?.[1] ?? null,
      width: box?.[2] ?? null,
      height: box?.[3] ?? null,
      ...coordinatesOf(face),
      score: face.score ?? null,
      split: face.split ?? null,
      raw: rawText,
    };
  }

  #identity(name: string): number {
    let id = this.#identities.get(name);
    if (id !== undefined) return id;
    id =
      this.#connection.get<{ id: number }>(
        'SELECT id FROM identities WHERE source = ? AND name = ?',
        this.#source.id,
        name,
      )?.id ??
      this.#connection.insert('INSERT INTO identities (source, name) VALUES (?, ?)', this.#source.id, name);
    this.#identities.set(name, id);
    return id;
  }

  /** What this source's standing events say of a face that it knew already. */
  #saidBefore(id: number, face: NewFace): (number | undefined)[] | undefined {
    if (face.labels === undefined || face.labels.every((value) => value === undefined)) return undefined;
    const said: (number | undefined)[] = [];
    const rows = this.#connection.all<{ attribute: number; value: number }>(
      `SELECT e.attribute, e.value FROM events e JOIN batches b ON b.id = e.batch
       WHERE e.face = ? AND e.agent = ? AND e.retracts IS NULL AND b.standing = 1 ORDER BY e.id`,
      id,
      this.#agent,
    );
    for (const { attribute, value } of rows) said[attribute] = value;
    return said;
  }

  #label(id: number, face: NewFace, before: (number | undefined)[] | undefined): boolean {
    const { labels, confidences } = face;
    if (labels === undefined) return false;
    let written = false;
    for (let a = 0; a < labels.length; a++) {
      const value = labels[a];
      if (value === undefined || value === before?.[a]) continue;
      try {
        this.#writer.add(id, a, value, confidences?.[a] ?? null);
      } catch (thrown) {
        if (thrown instanceof Fault) throw new Fault(`'${face.path}': ${thrown.message}`);
        throw thrown;
      }
      written = true;
    }
    return written;
  }
}
