import type { Connection } from './database.ts';
import { ORIGIN_RANK } from './types.ts';

export type StepKind = 'undo' | 'redo';

/** Steps to choose from: those of a list of batches, or those of one person. */
export type Whose = { steps: Int32Array } | { by: string };

/**
 * The batch that undo or redo comes to first; undefined where there is none. The project's history alone decides, so
 * that nobody who asks has to keep what stands.
 *
 * Undo: the latest batch by a person that stands. Redo: the batch whose undo is the latest that stands. Of a list, only
 * what was undone after its last batch was written comes back: who labels anew has let go of what was undone before.
 */
export function latestStep(connection: Connection, how: StepKind, whose?: Whose): number | undefined {
  const steps = whose && 'steps' in whose ? Array.from(whose.steps) : null;
  const by = whose && 'by' in whose ? whose.by : null;
  const among = JSON.stringify(steps);
  if (how === 'undo') {
    return connection.get<{ id: number }>(
      `SELECT b.id FROM batches b JOIN agents a ON a.id = b.agent
       WHERE a.origin = @human AND b.kind NOT IN ('undo', 'redo', 'import') AND b.standing = 1
         AND (@by IS NULL OR a.name = @by) AND (@among = 'null' OR b.id IN (SELECT value FROM json_each(@among)))
       ORDER BY b.id DESC LIMIT 1`,
      { human: ORIGIN_RANK.human, by, among },
    )?.id;
  }
  const since = steps === null ? 0 : steps.reduce((latest, id) => Math.max(latest, id), 0);
  return connection.get<{ id: number }>(
    `SELECT b.target AS id FROM batches b JOIN agents a ON a.id = b.agent
     WHERE b.kind = 'undo' AND b.standing = 1 AND b.id > @since
       AND (@by IS NULL OR a.name = @by) AND (@among = 'null' OR b.target IN (SELECT value FROM json_each(@among)))
     ORDER BY b.id DESC LIMIT 1`,
    { since, by, among },
  )?.id;
}
