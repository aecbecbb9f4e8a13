import { Fault } from '../foundation/fault.ts';
import type { Connection } from './database.ts';
import type { EvaluationRecord, NewEvaluation } from './store.ts';

type Row = Omit<EvaluationRecord, 'result'> & { result: string };

const EVALUATION =
  'SELECT id, model, model_hash AS modelHash, pairs, pairs_hash AS pairsHash, result, time FROM evaluations';

/**
 * Networks judged on pairs. Judged again in the same way (`key`), an evaluation is replaced: it can be computed again.
 * What is large (curve, histogram, pictures of errors) stands beside the figures and is read one by one.
 */
export class Evaluations {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  add({ key, model, modelHash, pairs, pairsHash, result, detail }: NewEvaluation): EvaluationRecord {
    return this.#connection.write(() => {
      this.#connection.run('DELETE FROM evaluations WHERE key = ?', key);
      const time = Date.now();
      const id = this.#connection.insert(
        `INSERT INTO evaluations (key, model, model_hash, pairs, pairs_hash, result, detail, time)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[key, model, modelHash, pairs, pairsHash, JSON.stringify(result), JSON.stringify(detail), time],
      );
      return { id, model, modelHash, pairs, pairsHash, result, time };
    });
  }

  /** The oldest first. */
  all(): EvaluationRecord[] {
    return this.#connection
      .all<Row>(`${EVALUATION} ORDER BY id`)
      .map((row) => ({ ...row, result: JSON.parse(row.result) as Record<string, unknown> }));
  }

  detail(id: number): Record<string, unknown> {
    const row = this.#connection.get<{ detail: string }>('SELECT detail FROM evaluations WHERE id = ?', id);
    if (row === undefined) throw unknown(id);
    return JSON.parse(row.detail) as Record<string, unknown>;
  }

  remove(id: number): void {
    this.#connection.write(() => {
      if (this.#connection.run('DELETE FROM evaluations WHERE id = ?', id) === 0) throw unknown(id);
    });
  }
}

const unknown = (id: number): Fault => new Fault(`There is no evaluation '${id}' in this project.`);
