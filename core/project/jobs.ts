import type { Connection } from './database.ts';
import type { JobRecord } from './store.ts';

type Row = Omit<JobRecord, 'input' | 'result'> & { input: string; result: string | null };

/** What was run on a project, and how it ended. */
export class Jobs {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  begin(kind: string, input: Record<string, unknown>): number {
    return this.#connection.write(() =>
      this.#connection.insert(
        "INSERT INTO jobs (kind, input, state, started) VALUES (?, ?, 'running', ?)",
        kind,
        JSON.stringify(input),
        Date.now(),
      ),
    );
  }

  end(
    id: number,
    { state, result, problem, device }: Pick<JobRecord, 'state' | 'result' | 'problem' | 'device'>,
  ): void {
    this.#connection.write(() => {
      const changes = this.#connection.run(
        'UPDATE jobs SET state = ?, result = ?, problem = ?, device = ?, ended = ? WHERE id = ?',
        state,
        result === null ? null : JSON.stringify(result),
        problem,
        device,
        Date.now(),
        id,
      );
      if (changes === 0) throw new Error(`There is no job ${id}.`);
    });
  }

  /** The latest first. */
  list(limit?: number): JobRecord[] {
    return this.#connection
      .all<Row>(
        `SELECT id, kind, input, state, result, problem, device, started, ended FROM jobs ORDER BY id DESC LIMIT ?`,
        limit ?? -1,
      )
      .map((row) => ({
        ...row,
        input: JSON.parse(row.input) as Record<string, unknown>,
        result: row.result === null ? null : (JSON.parse(row.result) as Record<string, unknown>),
      }));
  }

  /** Called by a new writer, who knows that no other process runs a job on this project. */
  interruptRunning(): void {
    if (!this.#connection.get("SELECT 1 FROM jobs WHERE state = 'running'")) return;
    this.#connection.write(() => {
      this.#connection.run("UPDATE jobs SET state = 'interrupted' WHERE state = 'running'");
    });
  }
}
