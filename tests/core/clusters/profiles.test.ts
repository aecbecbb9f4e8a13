import { expect, test } from 'vitest';
import { VALUE_COUNTS } from '../../../core/attributes/attributes.ts';
import { cohortIndex } from '../../../core/attributes/cohort.ts';
import { profilesOf } from '../../../core/clusters/profiles/profile.ts';
import { spreadOf } from '../../../core/clusters/profiles/spread.ts';
import { Random } from '../../../core/foundation/random.ts';

/** Faces with known labels: each row is five values, and the cluster that the face is in. */
function labelled(faces: readonly (readonly number[])[], clusters: readonly number[], k: number) {
  return {
    clusters: Int32Array.from(clusters),
    k,
    values: VALUE_COUNTS.map((_, a) => Int8Array.from(faces, (face) => face[a])),
    cohorts: Int16Array.from(faces, (face) => (face.includes(-1) ? -1 : cohortIndex(face))),
  };
}

test('faces per value add up to the labelled faces of the cluster', () => {
  const profiles = profilesOf(
    labelled(
      [
        [0, 1, 2, 2, 2],
        [0, -1, 2, 2, 0],
        [2, 0, 4, 2, 1],
      ],
      [1, 1, 0],
      3,
    ),
  );
  expect(profiles[1].counts).toEqual([
    [2, 0, 0],
    [0, 1],
    [0, 0, 2, 0, 0],
    [0, 0, 2],
    [1, 0, 1],
  ]);
  expect(profiles[1]).toMatchObject({ size: 2, labelled: 1 });
  expect(profiles[2]).toMatchObject({ size: 0, name: 'no clear attribute', majority: null });
});

test('a name carries the lift of having all its values together, counted face by face', () => {
  const random = new Random(8);
  const faces = Array.from({ length: 900 }, (_, i) => [
    random.below(3),
    i % 3 === 0 ? 1 : random.below(2),
    i % 3 === 0 && random.below(10) < 8 ? 3 : random.below(5),
    2,
    random.below(20) === 0 ? -1 : random.below(3),
  ]);
  const clusters = faces.map((_, i) => (i % 3 === 0 ? 0 : 1));
  const [profile] = profilesOf(labelled(faces, clusters, 2));
  // Gender and race were made to lift; the share of both together, in the cluster over everywhere, in plain counting.
  const both = (rows: readonly number[][]): number =>
    rows.filter((face) => face[1] === 1 && face[2] === 3).length / rows.length;
  const lift = both(faces.filter((_, i) => clusters[i] === 0)) / both(faces);
  expect(profile.name).toBe(`Latino/Hispanic · male, ${lift.toFixed(1)}×`);
});

test('values that lift but hardly occur together are not named together', () => {
  // Half of the cluster is Black, the other half is old; nobody is both, and elsewhere both are rare.
  const cluster = Array.from({ length: 60 }, (_, i) =>
    i % 2 === 0 ? [1, (i >> 1) % 2, 0, 2, 2] : [2, (i >> 1) % 2, 3 + ((i >> 2) % 2), 2, 2],
  );
  const others = Array.from({ length: 600 }, (_, i) => [
    i % 9 === 0 ? 2 : 1,
    i % 2,
    i % 7 === 0 ? 0 : 3 + ((i >> 1) % 2),
    2,
    2,
  ]);
  const faces = [...cluster, ...others];
  const [profile] = profilesOf(
    labelled(
      faces,
      faces.map((_, i) => (i < 60 ? 0 : 1)),
      2,
    ),
  );
  const { name, lifts } = profile;
  expect(lifts.filter(({ sure }) => sure).length).toBeGreaterThan(1);
  expect(name).toMatch(/^[^·]+, \d+\.\d×$/);
});

test('sources and identities are counted per cluster, the most frequent first', () => {
  const spread = spreadOf(
    Int32Array.of(0, 0, 0, 0, 1),
    3,
    Int32Array.of(2, 1, 2, 2, 1),
    Int32Array.of(9, 7, -1, 7, 9),
  );
  expect(spread[0]).toEqual({
    sources: [
      { id: 2, count: 3 },
      { id: 1, count: 1 },
    ],
    identities: {
      known: 3,
      distinct: 2,
      largest: [
        { id: 7, count: 2 },
        { id: 9, count: 1 },
      ],
    },
  });
  expect(spread[2]).toEqual({ sources: [], identities: { known: 0, distinct: 0, largest: [] } });
});
