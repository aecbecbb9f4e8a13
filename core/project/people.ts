import type { Connection } from './database.ts';
import { ORIGIN_RANK, type PersonLabels } from './types.ts';

// CROSS JOIN keeps SQLite to this order: a batch's events are one run of ids, so that only what persons said is read.
const SAID = `SELECT a.name, e.face, e.attribute, e.value, e.id, b.kind = 'reconcile'
  FROM agents a CROSS JOIN batches b ON b.agent = a.id
  CROSS JOIN events e ON e.id >= b.first_event AND e.id < b.first_event + b.events AND e.batch = b.id AND e.agent = a.id
  WHERE a.origin = ${ORIGIN_RANK.human} AND b.standing = 1 AND e.retracts IS NULL`;

type Row = [name: string, face: number, attribute: number, value: number, event: number, reconciled: number];

const MOST_PERSONS = 10_000;

/** Every person's latest standing label of each face and attribute; of one person where `annotator` is given. */
export function personLabels(connection: Connection, annotator?: string): PersonLabels {
  const statement = connection.db.prepare(annotator === undefined ? SAID : `${SAID} AND a.name = ?`).raw();
  const numbers = new Map<string, number>();
  const latest = new Map<number, Row>();
  for (const row of statement.iterate(...(annotator === undefined ? [] : [annotator])) as Iterable<Row>) {
    const [name, face, attribute, , event, reconciled] = row;
    const person = numbers.get(name) ?? numbers.size;
    numbers.set(name, person);
    // Ids are below 2³¹, persons few: the key stays a whole number that a double holds.
    const key = ((face * 8 + attribute) * 2 + reconciled) * MOST_PERSONS + person;
    const held = latest.get(key);
    if (held === undefined || event > held[4]) latest.set(key, row);
  }
  const rows = [...latest.values()].sort((x, y) => x[1] - y[1] || x[2] - y[2] || x[4] - y[4]);
  const annotators = [...new Set(rows.map(([name]) => name))].sort();
  const indexOf = new Map(annotators.map((name, i) => [name, i]));
  return {
    annotators,
    annotator: Uint16Array.from(rows, ([name]) => indexOf.get(name) ?? 0),
    faces: Int32Array.from(rows, (row) => row[1]),
    attributes: Uint8Array.from(rows, (row) => row[2]),
    values: Int8Array.from(rows, (row) => row[3]),
    events: Int32Array.from(rows, (row) => row[4]),
    reconciled: Uint8Array.from(rows, (row) => row[5]),
  };
}
