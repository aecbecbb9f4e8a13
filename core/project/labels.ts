import { Fault } from '../foundation/fault.ts';
import { type Agents, originOf } from './agents.ts';
import type { Connection } from './database.ts';
import { BatchWriter } from './events.ts';
import type { LabelCache } from './label-columns.ts';
import { latestStep, type StepKind, type Whose } from './latest-step.ts';
import {
  type Agent,
  type Batch,
  type LabelChange,
  type LabelColumns,
  type LabelEvent,
  ORIGIN_RANK,
} from './types.ts';

interface BatchRow {
  id: number;
  kind: string;
  description: string;
  origin: number;
  agent: string;
  time: number;
  target: number | null;
  first: number;
  events: number;
  standing: number;
}

const BATCH = `SELECT b.id, b.kind, b.description, a.origin, a.name AS agent, b.time, b.target, b.first_event AS first,
  b.events, b.standing FROM batches b JOIN agents a ON a.id = b.agent`;

/** Undo and redo are steps over the other batches and no step of their own. */
const isStep = (kind: string): boolean => kind !== 'undo' && kind !== 'redo';

function batchOf({ first: _first, standing, origin, ...rest }: BatchRow): Batch {
  return { ...rest, origin: originOf(origin), undone: isStep(rest.kind) && standing === 0 };
}

/** Label events: writing, history, undo and redo. */
export class Labels {
  readonly #connection: Connection;
  readonly #agents: Agents;
  readonly #cache: LabelCache;

  constructor(connection: Connection, agents: Agents, cache: LabelCache) {
    this.#connection = connection;
    this.#agents = agents;
    this.#cache = cache;
  }

  label(changes: Iterable<LabelChange>, agent: Agent, batch: { kind: string; description: string }): Batch {
    return this.#write(agent, batch, (writer) => {
      for (const { face, attribute, value, confidence } of changes) {
        writer.add(face, attribute, value, confidence ?? null);
      }
    });
  }

  columns(
    columns: LabelColumns,
    agent: Agent,
    batch: { kind: string; description: string; continues?: number | null },
  ): Batch {
    const { faces, attributes, values, confidences } = columns;
    for (const column of [attributes, values, confidences]) {
      if (typeof column === 'object' && column.length !== faces.length) {
        throw new Error(`Label columns differ in length: ${faces.length} faces, ${column.length} entries.`);
      }
    }
    return this.#write(agent, batch, (writer) => {
      for (let i = 0; i < faces.length; i++) {
        const confidence = confidences === undefined ? Number.NaN : confidences[i];
        writer.add(
          faces[i],
          typeof attributes === 'number' ? attributes : attributes[i],
          typeof values === 'number' ? values : values[i],
          Number.isNaN(confidence) ? null : confidence,
        );
      }
    });
  }

  history(face: number): LabelEvent[] {
    const rows = this.#connection.all<Omit<LabelEvent, 'origin' | 'hash'> & { origin: number; hash: string }>(
      `SELECT e.id, e.face, e.attribute, e.value, a.origin, a.name AS agent, a.hash, e.confidence, e.batch, b.time,
       e.retracts FROM events e JOIN agents a ON a.id = e.agent JOIN batches b ON b.id = e.batch
       WHERE e.face = ? ORDER BY e.id`,
      face,
    );
    return rows.map((row) => ({
      ...row,
      origin: originOf(row.origin),
      hash: row.hash === '' ? null : row.hash,
    }));
  }

  /** The latest first. */
  batches(limit?: number): Batch[] {
    return this.#connection.all<BatchRow>(`${BATCH} ORDER BY b.id DESC LIMIT ?`, limit ?? -1).map(batchOf);
  }

  batch(id: number): Batch {
    return batchOf(this.#row(id));
  }

  /** The faces that a batch says something of, ascending. */
  facesOf(id: number): Int32Array {
    const { first, events } = this.#row(id);
    const rows = this.#connection.all<{ face: number }>(
      'SELECT DISTINCT face FROM events WHERE id >= ? AND batch = ? AND id < ? ORDER BY face',
      first,
      id,
      first + events,
    );
    return Int32Array.from(rows, ({ face }) => face);
  }

  /** The attributes that a batch says something of, ascending. */
  attributesOf(id: number): Uint8Array {
    const { first, events } = this.#row(id);
    const rows = this.#connection.all<{ attribute: number }>(
      'SELECT DISTINCT attribute FROM events WHERE id >= ? AND batch = ? AND id < ? ORDER BY attribute',
      first,
      id,
      first + events,
    );
    return Uint8Array.from(rows, ({ attribute }) => attribute);
  }

  latestStep(how: StepKind, whose?: Whose): Batch | null {
    const id = latestStep(this.#connection, how, whose);
    return id === undefined ? null : this.batch(id);
  }

  undo(id: number | undefined, by: string): Batch {
    return this.#connection.write(() => {
      const batch = id === undefined ? this.#latest('undo') : this.#stepOf(id);
      if (batch.standing === 0) {
        throw new Fault(`Batch ${batch.id} (${batch.description}) is undone already; redo brings it back.`);
      }
      return this.#invert(batch, batch, 'undo', by);
    });
  }

  redo(id: number | undefined, by: string): Batch {
    return this.#connection.write(() => {
      const batch = id === undefined ? this.#latest('redo') : this.#stepOf(id);
      if (batch.standing === 1) {
        throw new Fault(`Batch ${batch.id} (${batch.description}) stands: there is nothing to redo.`);
      }
      const undo = this.#connection.get<BatchRow>(
        `${BATCH} WHERE b.target = ? AND b.kind = 'undo' AND b.standing = 1 ORDER BY b.id DESC LIMIT 1`,
        batch.id,
      );
      if (undo === undefined) throw new Error(`Batch ${batch.id} is undone, but no undo of it stands.`);
      return this.#invert(undo, batch, 'redo', by);
    });
  }

  /** Takes back the events of `inverted`, which decides whether `step` stands. */
  #invert(inverted: BatchRow, step: BatchRow, kind: 'undo' | 'redo', by: string): Batch {
    const agent = this.#agents.put({ origin: 'human', name: by });
    const writer = new BatchWriter(this.#connection, this.#cache, {
      kind,
      description: `${kind} of batch ${step.id}: ${step.description}`,
      agent,
      rank: ORIGIN_RANK.human,
      target: step.id,
    });
    writer.retract(inverted);
    if (kind === 'redo') this.#connection.run('UPDATE batches SET standing = 0 WHERE id = ?', inverted.id);
    this.#connection.run('UPDATE batches SET standing = ? WHERE id = ?', kind === 'undo' ? 0 : 1, step.id);
    writer.reconsider(step);
    return this.batch(writer.finish() as number);
  }

  #write(
    agent: Agent,
    batch: { kind: string; description: string; continues?: number | null },
    fill: (writer: BatchWriter) => void,
  ): Batch {
    if (!isStep(batch.kind))
      throw new Error(`A batch of kind '${batch.kind}' is written by undo and redo only.`);
    return this.#connection.write(() => {
      const writer = new BatchWriter(this.#connection, this.#cache, {
        ...batch,
        agent: this.#agents.put(agent),
        rank: ORIGIN_RANK[agent.origin],
      });
      fill(writer);
      const id = writer.finish();
      if (id !== null) return this.batch(id);
      const { origin, name } = agent;
      const empty = { id: 0, origin, agent: name, time: Date.now(), events: 0, target: null, undone: false };
      return { kind: batch.kind, description: batch.description, ...empty };
    });
  }

  #row(id: number): BatchRow {
    const row = this.#connection.get<BatchRow>(`${BATCH} WHERE b.id = ?`, id);
    if (row === undefined) throw new Fault(`There is no batch '${id}' in this project.`);
    return row;
  }

  /** The step that a batch is about: an undo or redo stands for the batch that it took back or brought back. */
  #stepOf(id: number): BatchRow {
    const row = this.#row(id);
    return isStep(row.kind) || row.target === null ? row : this.#row(row.target);
  }

  /** @throws Fault when there is nothing that could be taken back (brought back) */
  #latest(how: StepKind): BatchRow {
    const id = latestStep(this.#connection, how);
    if (id !== undefined) return this.#row(id);
    throw new Fault(
      how === 'undo'
        ? 'There is nothing to undo: no batch by a person stands. Name a batch to undo another one.'
        : 'There is nothing to redo: no batch is undone.',
    );
  }
}
