import type { Agents } from './agents.ts';
import type { Connection } from './database.ts';
import type { Agent } from './types.ts';

interface Opinion {
  agent: Agent;
  values: Int8Array;
  confidences: Float32Array;
}

/** Below this many faces, each face's events are looked up; above, all events of the attribute are read once. */
const LOOK_UP_BELOW = 2000;

const STANDING = `SELECT e.face, e.agent, e.value, e.confidence FROM events e JOIN batches b ON b.id = e.batch
  WHERE e.attribute = ? AND e.retracts IS NULL AND b.standing = 1`;

/** Latest standing value of every agent that said this attribute of any of the faces. */
export function opinions(
  connection: Connection,
  agents: Agents,
  attribute: number,
  faces: Int32Array,
): Opinion[] {
  const rowsOf = new Map<number, number[]>();
  faces.forEach((face, row) => {
    const rows = rowsOf.get(face);
    if (rows) rows.push(row);
    else rowsOf.set(face, [row]);
  });
  const found = new Map<number, Opinion>();
  const known = agents.all();
  const hear = ([face, agent, value, confidence]: [number, number, number, number | null]): void => {
    const rows = rowsOf.get(face);
    if (rows === undefined) return;
    let opinion = found.get(agent);
    if (opinion === undefined) {
      opinion = {
        agent: known.get(agent) as Agent,
        values: new Int8Array(faces.length).fill(-1),
        confidences: new Float32Array(faces.length).fill(Number.NaN),
      };
      found.set(agent, opinion);
    }
    for (const row of rows) {
      opinion.values[row] = value;
      opinion.confidences[row] = confidence ?? Number.NaN;
    }
  };
  type Row = [number, number, number, number | null];
  if (rowsOf.size < LOOK_UP_BELOW) {
    const statement = connection.db.prepare(`${STANDING} AND e.face = ? ORDER BY e.id`).raw();
    for (const face of rowsOf.keys()) for (const row of statement.all(attribute, face)) hear(row as Row);
  } else {
    const statement = connection.db.prepare(`${STANDING} ORDER BY e.id`).raw();
    for (const row of statement.iterate(attribute)) hear(row as Row);
  }
  return [...found.entries()].sort(([a], [b]) => a - b).map(([, opinion]) => opinion);
}
