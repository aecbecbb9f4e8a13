import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import type { GroupEvaluation, GroupResult } from '../../../core/jobs/group.ts';
import { Project } from '../../../core/project/project.ts';
import { smallProject, visage } from '../clusters/small-project.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-group-'));
const path = join(folder, 'persons.visage');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Persons 0, 1 and 2 of 5, 4 and 2 faces and two faces of nobody else; the last face of person 0 has no name. */
const PERSONS = [0, 1, 0, 2, 1, 0, 3, 1, 0, 2, 1, 4, 0];
const UNNAMED = 12;
const faces = makeProject();

function makeProject(): Int32Array {
  const project = Project.create(path);
  const random = new Random(3);
  const source = project.addSource({ name: 'some', format: 'folder', root: null });
  project.putFaces(
    source.id,
    PERSONS.map((person, i) => ({
      path: `${String(i).padStart(2, '0')}.jpg`,
      ...(i === UNNAMED ? {} : { identity: `name ${person}` }),
    })),
    'test',
  );
  const appender = project.beginFeatureSet({
    name: 'net:embedding',
    model: 'net',
    modelHash: '0'.repeat(64),
    tap: 'embedding',
    dimensions: 5,
    kind: 'embedding',
    device: 'CPU',
  });
  const ids = project.select({});
  const persons = project.faces(ids).map((face) => PERSONS[Number.parseInt(face.path, 10)]);
  // Each person along an axis of their own: within a person the cosine is near 1, between two near 0.
  const rows = persons.flatMap((person) =>
    Array.from({ length: 5 }, (_, j) => (j === person ? 3 : 0) + 0.05 * random.normal()),
  );
  appender.append(ids, Float32Array.from(rows));
  appender.close();
  const places = project.faces(ids).map((face) => Number.parseInt(face.path, 10));
  project.close();
  return Int32Array.from(PERSONS, (_, i) => ids[places.indexOf(i)]);
}

const of = (person: number): number[] =>
  PERSONS.flatMap((one, i) => (one === person ? [faces[i]] : [])).sort((a, b) => a - b);

test('groups are listed by size, and who stays alone is counted', async () => {
  const run = await visage('group', path, '--features', 'net:embedding', '--threshold', '0.8', '--json');
  expect(run.code, run.err).toBe(0);
  const result = run.json as unknown as GroupResult;
  expect(result.groups).toEqual([of(0), of(1), of(2)]);
  expect(result).toMatchObject({ faces: 13, alone: 2, threshold: 0.8, neighbours: 10 });
});

test('groups are judged over the faces whose persons are known', async () => {
  const run = await visage('group', path, '--features', 'net:embedding', '--evaluate', '--json');
  expect(run.code, run.err).toBe(0);
  const { known, identities, figures, best } = run.json as unknown as GroupEvaluation;
  expect({ known, identities }).toEqual({ known: 12, identities: 5 });
  expect(best).toMatchObject({ precision: 1, recall: 1, f: 1, groups: 3, alone: 2 });
  // At 0 more is joined than belongs together: precision falls; in the strictest row, recall.
  expect(figures[0].precision).toBeLessThan(1);
  expect(figures.map(({ threshold }) => threshold)).toEqual(figures.map((_, i) => i / 40));
});

test('a missing or impossible threshold is refused with the remedy, and so is judging without identities', async () => {
  const without = await visage('group', path, '--features', 'net:embedding');
  expect(without.code).toBe(2);
  expect(without.err).toContain("'--threshold T' is missing");
  const beyond = await visage('group', path, '--features', 'net:embedding', '--threshold', '1.5');
  expect(beyond.code).toBe(2);
  expect(beyond.err).toContain("'--threshold 1.5' is not allowed: a number from -1 to 1 is expected.");
  const nameless = smallProject(20);
  try {
    const run = await visage('group', nameless.path, '--features', nameless.features, '--evaluate');
    expect(run.code).toBe(1);
    expect(run.err).toContain("No face of 'net:pooled' has a known identity");
  } finally {
    nameless.remove();
  }
});
