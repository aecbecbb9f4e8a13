import { ATTRIBUTES } from '../attributes/attributes.ts';
import type { Connection } from './database.ts';
import { cohortOf, labelOf, packConfidences, rankOf, unpackConfidences, withLabel } from './label-state.ts';

/** What follows from the events alone, by replaying all of them. */
interface Replay {
  /** State (see label-state.ts) and confidences by face id. */
  states: Map<number, number>;
  confidences: Map<number, Float32Array>;
  /** Per batch: events counted, and how many of them stand. */
  batches: Map<number, { events: number; standing: number }>;
}

function replay({ db }: Connection): Replay {
  // An event stands unless a standing one retracts it, and a retraction is always younger than what it retracts: so
  // the youngest retraction stands, and going back from it settles the others.
  const retracted = new Set<number>();
  const retractions = db
    .prepare('SELECT id, retracts FROM events WHERE retracts IS NOT NULL ORDER BY id DESC')
    .raw()
    .iterate() as IterableIterator<[number, number]>;
  for (const [id, retracts] of retractions) if (!retracted.has(id)) retracted.add(retracts);

  const result: Replay = { states: new Map(), confidences: new Map(), batches: new Map() };
  const rows = db
    .prepare(
      `SELECT e.id, e.face, e.attribute, e.value, a.origin, e.confidence, e.batch, e.retracts FROM events e
       JOIN agents a ON a.id = e.agent ORDER BY e.id`,
    )
    .raw()
    .iterate() as IterableIterator<
    [number, number, number, number, number, number | null, number, number | null]
  >;
  for (const [id, face, attribute, value, origin, confidence, batch, retracts] of rows) {
    const stands = !retracted.has(id);
    let count = result.batches.get(batch);
    if (count === undefined) {
      count = { events: 0, standing: 0 };
      result.batches.set(batch, count);
    }
    count.events++;
    if (!stands) continue;
    count.standing++;
    if (retracts !== null) continue;
    const state = result.states.get(face) ?? 0;
    if (origin < rankOf(state, attribute)) continue;
    result.states.set(face, withLabel(state, attribute, value, origin));
    let confidences = result.confidences.get(face);
    if (confidences === undefined && confidence !== null) {
      confidences = new Float32Array(5).fill(Number.NaN);
      result.confidences.set(face, confidences);
    }
    if (confidences !== undefined) confidences[attribute] = confidence ?? Number.NaN;
  }
  return result;
}

const word = (state: number, attribute: number): string => {
  const value = labelOf(state, attribute);
  if (value >= 0) return `'${ATTRIBUTES[attribute].values[value] ?? value}'`;
  return rankOf(state, attribute) < 0 ? 'not there' : `'unknown'`;
};

/** Where current labels or batches are not what the label events say, as sentences. */
export function labelProblems(connection: Connection): string[] {
  const { states, confidences, batches } = replay(connection);
  const problems: string[] = [];
  const rows = connection.db
    .prepare('SELECT face, state, cohort, confidences FROM labels ORDER BY face')
    .raw()
    .iterate() as IterableIterator<[number, number, number, Buffer | null]>;
  let seen = 0;
  for (const [face, state, cohort, stored] of rows) {
    const expected = states.get(face) ?? 0;
    if (states.has(face)) seen++;
    for (let a = 0; a < ATTRIBUTES.length; a++) {
      if (((state ^ expected) >> (6 * a)) & 63) {
        problems.push(
          `Face ${face}: the current ${ATTRIBUTES[a].name} is ${word(state, a)}, its label events say ${word(expected, a)}.`,
        );
      }
    }
    if (cohort !== cohortOf(state)) {
      problems.push(
        `Face ${face}: its cohort is recorded as ${cohort}, its labels make it ${cohortOf(state)}.`,
      );
    }
    const kept = unpackConfidences(stored);
    const said = confidences.get(face);
    for (let a = 0; a < ATTRIBUTES.length; a++) {
      if (!Object.is(kept?.[a] ?? Number.NaN, said?.[a] ?? Number.NaN)) {
        problems.push(
          `Face ${face}: the confidence of its ${ATTRIBUTES[a].name} is not what its events say.`,
        );
      }
    }
  }
  if (seen < states.size) {
    problems.push(`${states.size - seen} faces have label events but no row of current labels.`);
  }
  for (const { id, events, standing } of connection.all<{ id: number; events: number; standing: number }>(
    'SELECT id, events, standing FROM batches',
  )) {
    const counted = batches.get(id) ?? { events: 0, standing: 0 };
    if (counted.events !== events) {
      problems.push(`Batch ${id} counts ${events} events, ${counted.events} are there.`);
    } else if (counted.standing !== (standing ? events : 0)) {
      problems.push(
        `Batch ${id} is recorded as ${standing ? 'standing' : 'undone'}, but ${counted.standing} of its ${events} events stand.`,
      );
    }
  }
  return problems;
}

/** Writes the current labels anew from the events: what stands in `labels` is only a view of them. */
export function rebuildLabels(connection: Connection): void {
  connection.write(() => {
    const { states, confidences, batches } = replay(connection);
    connection.run('UPDATE labels SET state = 0, cohort = -1, confidences = NULL');
    for (const [face, state] of states) {
      connection.run(
        'UPDATE labels SET state = ?, cohort = ?, confidences = ? WHERE face = ?',
        state,
        cohortOf(state),
        packConfidences(confidences.get(face) ?? null),
        face,
      );
    }
    for (const [id, { events, standing }] of batches) {
      connection.run(
        'UPDATE batches SET events = ?, standing = ? WHERE id = ?',
        events,
        standing > 0 ? 1 : 0,
        id,
      );
    }
    connection.run(
      'UPDATE sources SET faces = (SELECT count(*) FROM labels WHERE labels.source = sources.id)',
    );
    connection.forget();
  });
}
