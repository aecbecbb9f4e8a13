import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import type { LabelCache } from './label-columns.ts';
import {
  checkLabel,
  cohortOf,
  packConfidences,
  rankOf,
  unpackConfidences,
  withLabel,
} from './label-state.ts';

/** What stands for one face while a batch is written. */
interface Standing {
  state: number;
  confidences: Float32Array | null;
  changed: boolean;
}

const FLUSH_AT = 20_000;

/** Events of a batch that are worked out together; bounds the memory that undoing a large import takes. */
const TOGETHER = 20_000;

const PAIRS = 'SELECT face, attribute FROM events WHERE id BETWEEN ? AND ? AND batch = ?';

// CROSS JOIN keeps SQLite to this order: the batch's events, then by index what else was said of the same.
const SAID = `SELECT e.face, e.attribute, e.id, e.value, a.origin, e.confidence FROM events p
  CROSS JOIN events e ON e.face = p.face AND e.attribute = p.attribute
  CROSS JOIN batches b ON b.id = e.batch CROSS JOIN agents a ON a.id = e.agent
  WHERE p.id BETWEEN ? AND ? AND p.batch = ? AND e.retracts IS NULL AND b.standing = 1`;

/**
 * Current labels of the faces that a batch touches: read once, changed in memory, written back together. Current is
 * the latest standing event of the highest origin (human over rule over dataset over model).
 */
export class CurrentLabels {
  readonly #connection: Connection;
  readonly #cache: LabelCache;
  readonly #faces = new Map<number, Standing>();

  constructor(connection: Connection, cache: LabelCache) {
    this.#connection = connection;
    this.#cache = cache;
  }

  /** An event that was just written: it becomes current unless a higher origin stands. */
  heard(face: number, attribute: number, value: number, rank: number, confidence: number | null): void {
    const standing = this.#standing(face);
    if (rank >= rankOf(standing.state, attribute)) this.#set(standing, attribute, value, rank, confidence);
  }

  /** Works out anew what the events `first` … `last` of a batch are about, after it was taken or brought back. */
  reconsider(batch: number, first: number, last: number): void {
    const best = new Map<number, { id: number; value: number; rank: number; confidence: number | null }>();
    for (const [face, attribute] of this.#raw(PAIRS).all(first, last, batch) as [number, number][]) {
      best.set(face * 8 + attribute, { id: 0, value: -1, rank: -1, confidence: null });
    }
    const said = this.#raw(SAID).all(first, last, batch) as [
      number,
      number,
      number,
      number,
      number,
      number | null,
    ][];
    for (const [face, attribute, id, value, origin, confidence] of said) {
      const held = best.get(face * 8 + attribute);
      if (held === undefined || origin < held.rank || (origin === held.rank && id < held.id)) continue;
      Object.assign(held, { id, value, rank: origin, confidence });
    }
    for (const [pair, { value, rank, confidence }] of best) {
      this.#set(this.#standing(Math.floor(pair / 8)), pair % 8, value, rank, confidence);
    }
  }

  /** Writes what changed. */
  flush(): void {
    const update = this.#connection.sql(
      'UPDATE labels SET state = ?, cohort = ?, confidences = ? WHERE face = ?',
    );
    for (const [face, { state, confidences, changed }] of this.#faces) {
      if (!changed) continue;
      const cohort = cohortOf(state);
      update.run(state, cohort, packConfidences(confidences), face);
      this.#cache.patch(face, state, cohort, confidences);
    }
    this.#faces.clear();
  }

  #raw(text: string) {
    return this.#connection.db.prepare(text).raw();
  }

  #set(standing: Standing, attribute: number, value: number, rank: number, confidence: number | null): void {
    standing.state = withLabel(standing.state, attribute, value, rank);
    if (confidence !== null || standing.confidences !== null) {
      standing.confidences ??= new Float32Array(5).fill(Number.NaN);
      standing.confidences[attribute] = confidence ?? Number.NaN;
    }
    standing.changed = true;
  }

  #standing(face: number): Standing {
    let standing = this.#faces.get(face);
    if (standing !== undefined) return standing;
    if (this.#faces.size >= FLUSH_AT) this.flush();
    const stored = this.#connection.get<{ state: number; confidences: Buffer | null }>(
      'SELECT state, confidences FROM labels WHERE face = ?',
      face,
    );
    if (stored === undefined) throw new Fault(`There is no face '${face}' in this project.`);
    standing = { state: stored.state, confidences: unpackConfidences(stored.confidences), changed: false };
    this.#faces.set(face, standing);
    return standing;
  }
}

/** Who writes a batch and what it is. */
export interface BatchHead {
  kind: string;
  description: string;
  /** Row of `agents` and its origin's rank. */
  agent: number;
  rank: number;
  /** For undo and redo: the batch that it takes back or brings back. */
  target?: number;
  /**
   * The batch to append to, where no other was written since (its events stay one run of ids) and it stands; otherwise
   * a new one begins.
   */
  continues?: number | null;
}

/**
 * Appends the events of one batch, inside a write. The batch is made by its first event, so that an empty one is
 * never written.
 */
export class BatchWriter {
  readonly #connection: Connection;
  readonly #head: BatchHead;
  readonly #current: CurrentLabels;
  #id: number | null = null;
  /** Events that the batch held before, when it is continued. */
  #before = 0;
  #events = 0;

  constructor(connection: Connection, cache: LabelCache, head: BatchHead) {
    this.#connection = connection;
    this.#head = head;
    this.#current = new CurrentLabels(connection, cache);
    const earlier = connection.get<{ id: number; events: number }>(
      'SELECT id, events FROM batches WHERE id = ? AND kind = ? AND standing = 1 AND id = (SELECT max(id) FROM batches)',
      head.continues ?? null,
      head.kind,
    );
    if (earlier) {
      this.#id = earlier.id;
      this.#before = earlier.events;
    }
  }

  get events(): number {
    return this.#events;
  }

  /** @throws Fault for an unknown face, or an attribute, value or confidence out of range. */
  add(face: number, attribute: number, value: number, confidence: number | null): void {
    checkLabel(attribute, value, confidence);
    // First the face, so that an unknown one is a sentence and not a failed foreign key.
    this.#current.heard(face, attribute, value, this.#head.rank, confidence);
    this.#connection.run(
      'INSERT INTO events (face, attribute, value, agent, confidence, batch) VALUES (?, ?, ?, ?, ?, ?)',
      face,
      attribute,
      value,
      this.#head.agent,
      confidence,
      this.#begin(),
    );
    this.#events++;
  }

  /** Writes the inverse of every event of `batch`. */
  retract(batch: { id: number; first: number; events: number }): void {
    const range = [batch.first, batch.first + batch.events - 1, batch.id];
    this.#events += this.#connection.run(
      `INSERT INTO events (face, attribute, value, agent, confidence, batch, retracts)
       SELECT face, attribute, value, ?, confidence, ?, id FROM events WHERE id BETWEEN ? AND ? AND batch = ?`,
      this.#head.agent,
      this.#begin(),
      ...range,
    );
  }

  /** Works out the labels that the events of `batch` are about. */
  reconsider(batch: { id: number; first: number; events: number }): void {
    const end = batch.first + batch.events;
    for (let first = batch.first; first < end; first += TOGETHER) {
      this.#current.reconsider(batch.id, first, Math.min(first + TOGETHER, end) - 1);
    }
  }

  /** Writes the current labels and the batch's count; gives the batch's id, null when nothing was written. */
  finish(): number | null {
    this.#current.flush();
    if (this.#id !== null) {
      this.#connection.run(
        'UPDATE batches SET events = ? WHERE id = ?',
        this.#before + this.#events,
        this.#id,
      );
    }
    return this.#id;
  }

  #begin(): number {
    if (this.#id !== null) return this.#id;
    const { kind, description, agent, target } = this.#head;
    this.#id = this.#connection.insert(
      `INSERT INTO batches (kind, description, agent, time, target, first_event)
       VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(id), 0) + 1 FROM events))`,
      kind,
      description,
      agent,
      Date.now(),
      target ?? null,
    );
    return this.#id;
  }
}
