import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import { type Agent, ORIGIN_RANK, type Origin } from './types.ts';

const ORIGINS = (Object.keys(ORIGIN_RANK) as Origin[]).sort((a, b) => ORIGIN_RANK[a] - ORIGIN_RANK[b]);

export const originOf = (rank: number): Origin => ORIGINS[rank];

/** Those who said labels, each once. */
export class Agents {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The agent's id, undefined while it has said nothing. */
  find(agent: Agent): number | undefined {
    const row = this.#connection.get<{ id: number }>(
      'SELECT id FROM agents WHERE origin = ? AND name = ? AND hash = ?',
      ORIGIN_RANK[agent.origin],
      agent.name,
      agent.hash ?? '',
    );
    return row?.id;
  }

  /** The agent's id, made when new; inside a write. */
  put(agent: Agent): number {
    if (!(agent.origin in ORIGIN_RANK)) {
      throw new Fault(`'${agent.origin}' is no origin of labels; allowed: ${ORIGINS.join(', ')}.`);
    }
    if (agent.name.trim() === '') throw new Fault('Whoever writes labels needs a name; this one is empty.');
    return (
      this.find(agent) ??
      this.#connection.insert(
        'INSERT INTO agents (origin, name, hash) VALUES (?, ?, ?)',
        ORIGIN_RANK[agent.origin],
        agent.name,
        agent.hash ?? '',
      )
    );
  }

  /** Every agent by its id. */
  all(): Map<number, Agent> {
    const rows = this.#connection.all<{ id: number; origin: number; name: string; hash: string }>(
      'SELECT id, origin, name, hash FROM agents',
    );
    return new Map(
      rows.map(({ id, origin, name, hash }) => [
        id,
        { origin: originOf(origin), name, ...(hash === '' ? {} : { hash }) },
      ]),
    );
  }
}
