import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { VALUE_COUNTS } from '../../../core/attributes/attributes.ts';
import { cohortIndex } from '../../../core/attributes/cohort.ts';
import { Random } from '../../../core/foundation/random.ts';
import { Project } from '../../../core/project/project.ts';
import { type Agent, type Batch, ORIGIN_RANK } from '../../../core/project/types.ts';
import { ANA, NET, projectOf, RULE, scratch } from './scratch.ts';

const folder = scratch();
let made = 0;
const fresh = (n: number, labels?: readonly (number | undefined)[]): Project =>
  projectOf(join(folder, `${made++}.visage`), n, labels);

const step = (description: string) => ({ kind: 'label', description });

describe('current labels', () => {
  test('human stands over rule over dataset over model, whatever came last', () => {
    const project = fresh(1, [2]);
    const age = () => [project.face(1).labels[0], project.face(1).origins[0]];
    expect(age()).toEqual([2, 'dataset']);
    project.label([{ face: 1, attribute: 0, value: 0, confidence: 0.9 }], NET, step('model'));
    expect(age()).toEqual([2, 'dataset']);
    project.label([{ face: 1, attribute: 0, value: 1 }], ANA, step('human'));
    expect(age()).toEqual([1, 'human']);
    project.label([{ face: 1, attribute: 0, value: 0 }], RULE, step('rule'));
    expect(age()).toEqual([1, 'human']);
    project.undo();
    expect(age()).toEqual([0, 'rule']);
    project.close();
  });

  test("an explicit 'unknown' takes away what lower origins said", () => {
    const project = fresh(1, [undefined, undefined, 3]);
    const batch = project.label([{ face: 1, attribute: 2, value: -1 }], RULE, step('clear'));
    expect(project.face(1).labels[2]).toBe(-1);
    expect(project.face(1).origins[2]).toBe(null);
    expect(project.labelTable().origins[2][0]).toBe(-1);
    project.undo(batch.id);
    expect(project.face(1).labels[2]).toBe(3);
    expect(project.verify()).toEqual([]);
    project.close();
  });

  test('confidences are kept where they are known', () => {
    const project = fresh(2);
    project.label([{ face: 1, attribute: 1, value: 1, confidence: 0.75 }], NET, step('model'));
    expect(project.face(1).confidences).toEqual([null, 0.75, null, null, null]);
    expect([...project.labelTable().confidences[1]]).toEqual([0.75, Number.NaN]);
    expect([...project.select({ values: [undefined, [1]], minConfidence: 0.8 })]).toEqual([]);
    expect([...project.select({ values: [undefined, [1]], minConfidence: 0.75 })]).toEqual([1]);
    expect(project.history(1)[0]).toMatchObject({ agent: 'net', hash: 'abc123', confidence: 0.75 });
    project.close();
  });

  test('what is out of range is refused in words and writes nothing', () => {
    const project = fresh(1);
    const write = (change: object) => () =>
      project.label(
        [
          { face: 1, attribute: 0, value: 1 },
          { face: 1, attribute: 0, value: 1, ...change },
        ],
        ANA,
        step('x'),
      );
    expect(write({ attribute: 5 })).toThrow("There is no attribute '5'; allowed: 0 age");
    expect(write({ value: 3 })).toThrow("'3' is no value of age; allowed: 0 0–19");
    expect(write({ confidence: 1.5 })).toThrow("'1.5' is not in 0…1");
    expect(write({ face: 7 })).toThrow("There is no face '7'");
    expect(project.history(1)).toEqual([]);
    expect(project.face(1).labels[0]).toBe(-1);
    project.close();
  });

  test('an empty batch is not written', () => {
    const project = fresh(1);
    expect(project.label([], ANA, step('nothing')).events).toBe(0);
    expect(project.batches()).toEqual([]);
    expect(() => project.undo()).toThrow('There is nothing to undo');
    expect(() => project.redo()).toThrow('There is nothing to redo');
    project.close();
  });
});

describe('append-only', () => {
  test('the database itself refuses to change or delete events and batches', () => {
    const project = fresh(1, [1]);
    const path = join(project.path, 'project.db');
    project.close();
    const db = new Database(path);
    for (const sql of [
      'UPDATE events SET value = 0',
      'DELETE FROM events',
      'INSERT OR REPLACE INTO events SELECT * FROM events',
      'UPDATE batches SET agent = agent',
      'DELETE FROM batches',
      'INSERT OR REPLACE INTO batches SELECT * FROM batches',
    ]) {
      expect(() => db.exec(sql)).toThrow('append-only');
    }
    db.close();
  });
});

/** The definition, written down without any cleverness: replay everything for every question. */
class NaiveModel {
  readonly batches: { agent: Agent; kind: string; undone: boolean; changes: [number, number, number][] }[] =
    [];

  current(face: number, attribute: number): number {
    let best: [rank: number, value: number] = [-1, -1];
    for (const { agent, undone, changes } of this.batches) {
      if (undone) continue;
      for (const [f, a, value] of changes) {
        const rank = ORIGIN_RANK[agent.origin];
        if (f === face && a === attribute && rank >= best[0]) best = [rank, value];
      }
    }
    return best[1];
  }
}

describe('undo and redo', () => {
  test('any batch, at any later time, across restarts: as a naive replay says', () => {
    const FACES = 6;
    for (let seed = 0; seed < 12; seed++) {
      const random = new Random(seed, 77);
      let project = fresh(FACES);
      const path = project.path;
      const naive = new NaiveModel();
      const numbers = new Map<number, number>();
      const agents: Agent[] = [
        ANA,
        NET,
        RULE,
        { origin: 'dataset', name: 'Set' },
        { origin: 'human', name: 'bo' },
      ];
      for (let turn = 0; turn < 40; turn++) {
        const dice = random.uniform();
        const standing = naive.batches.flatMap(({ undone }, i) => (undone ? [] : [i]));
        const undone = naive.batches.flatMap(({ undone }, i) => (undone ? [i] : []));
        if (dice < 0.3 && standing.length > 0) {
          const chosen = standing[random.below(standing.length)];
          project.undo(numbers.get(chosen));
          naive.batches[chosen].undone = true;
        } else if (dice < 0.5 && undone.length > 0) {
          const chosen = undone[random.below(undone.length)];
          project.redo(numbers.get(chosen));
          naive.batches[chosen].undone = false;
        } else if (dice < 0.55) {
          project.close();
          project = Project.open(path);
        } else {
          const agent = agents[random.below(agents.length)];
          const changes = Array.from({ length: 1 + random.below(8) }, (): [number, number, number] => {
            const attribute = random.below(5);
            return [1 + random.below(FACES), attribute, random.below(VALUE_COUNTS[attribute] + 1) - 1];
          });
          const batch = project.label(
            changes.map(([face, attribute, value]) => ({ face, attribute, value })),
            agent,
            step(`turn ${turn}`),
          );
          numbers.set(naive.batches.length, batch.id);
          naive.batches.push({ agent, kind: 'label', undone: false, changes });
        }
        // Sometimes through the columns in memory, sometimes without them.
        const table = random.uniform() < 0.5 ? project.labelTable() : undefined;
        for (let face = 1; face <= FACES; face++) {
          const expected = [0, 1, 2, 3, 4].map((a) => naive.current(face, a));
          expect(project.face(face).labels).toEqual(expected);
          if (!table) continue;
          expect(table.values.map((column) => column[face - 1])).toEqual(expected);
          expect(table.cohorts[face - 1]).toBe(expected.includes(-1) ? -1 : cohortIndex(expected));
        }
      }
      expect(project.verify()).toEqual([]);
      const told = new Map(project.batches().map((batch) => [batch.id, batch.undone]));
      naive.batches.forEach(({ undone }, i) => {
        expect(told.get(numbers.get(i) as number)).toBe(undone);
      });
      project.close();
    }
  });

  test("without a number: undo takes a person's latest standing step, redo the latest undone", () => {
    const project = fresh(1);
    const say = (value: number, agent = ANA): Batch =>
      project.label([{ face: 1, attribute: 0, value }], agent, step(`age ${value}`));
    const [first, second] = [say(0), say(1)];
    say(2, NET);
    expect(project.undo()).toMatchObject({ kind: 'undo', target: second.id, events: 1 });
    expect(project.undo().target).toBe(first.id);
    expect(() => project.undo()).toThrow('There is nothing to undo');
    expect(project.face(1).labels[0]).toBe(2);
    expect(project.redo().target).toBe(first.id);
    expect(project.redo().target).toBe(second.id);
    expect(() => project.redo()).toThrow('There is nothing to redo');
    expect(project.face(1).labels[0]).toBe(1);
    // The history keeps all of it: 3 labels, 2 undone, 2 brought back.
    const history = project.history(1);
    expect(history.length).toBe(7);
    expect(history.filter((event) => event.retracts !== null).length).toBe(4);
    project.close();
  });

  test('what cannot be undone or redone is said in words', () => {
    const project = fresh(1);
    const batch = project.label([{ face: 1, attribute: 0, value: 1 }], ANA, step('age'));
    expect(() => project.redo(batch.id)).toThrow('there is nothing to redo');
    project.undo(batch.id, 'bo');
    expect(project.batches(1)[0].agent).toBe('bo');
    expect(() => project.undo(batch.id)).toThrow('is undone already; redo brings it back');
    expect(() => project.undo(99)).toThrow("There is no batch '99'");
    project.close();
  });

  test('a model run and an import can be taken back too', () => {
    const project = fresh(3, [1, 1]);
    const batch = project.labelColumns(
      {
        faces: Int32Array.of(1, 2, 3),
        attributes: 2,
        values: 4,
        confidences: Float32Array.of(0.5, Number.NaN, 1),
      },
      NET,
      { kind: 'prelabel', description: 'race' },
    );
    expect(project.undo(batch.id).events).toBe(3);
    expect(project.undo(project.batches().at(-1)?.id).events).toBe(6);
    expect(project.face(2).labels).toEqual([-1, -1, -1, -1, -1]);
    expect(project.verify()).toEqual([]);
    project.close();
  });
});

describe('opinions', () => {
  test('give the latest standing value of every agent, by few and by many faces', () => {
    const n = 2500;
    const project = fresh(n, [1]);
    project.label([{ face: 2, attribute: 0, value: 0, confidence: 0.5 }], NET, step('a'));
    project.label([{ face: 2, attribute: 0, value: 2, confidence: 0.25 }], NET, step('b'));
    project.label([{ face: 2, attribute: 0, value: 2 }], ANA, step('c'));
    project.undo();
    for (const faces of [Int32Array.of(2, 1), Int32Array.from({ length: n }, (_, i) => n - i)]) {
      const said = project.opinions(0, faces);
      expect(said.map(({ agent }) => agent)).toEqual([{ origin: 'dataset', name: 'Set' }, NET]);
      const at = faces.indexOf(2);
      expect(said.map(({ values }) => values[at])).toEqual([1, 2]);
      expect(said[1].confidences[at]).toBe(0.25);
      expect(said[1].values[faces.indexOf(1)]).toBe(-1);
    }
    project.close();
  });
});
