import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mutualGroups } from '../../../core/clusters/groups/components.ts';
import { type Matrix, normalizeRows } from '../../../core/clusters/matrix.ts';
import { bCubed } from '../../../core/clusters/metrics/b-cubed.ts';
import { nearestNeighbours } from '../../../core/clusters/projections/neighbours.ts';
import { Similarity } from '../../../core/clusters/similarity.ts';
import { createOrtEngine } from '../../../core/engine/ort/engine.ts';
import { writeNpy } from '../../../core/foundation/npy.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from './sklearn.ts';

const PERSONS = 60;
const COLUMNS = 16;
const ort = createOrtEngine();
const random = new Random(5);
let folder: string;
let similarity: Similarity;
let matrix: Matrix;
let persons: number[];

/** Of every component the rows, the components by their lowest row. */
const parts = (assignment: ArrayLike<number>): number[][] => {
  const found = new Map<number, number[]>();
  for (let row = 0; row < assignment.length; row++) {
    const key = assignment[row] < 0 ? -1 - row : assignment[row];
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found.values()].sort((a, b) => a[0] - b[0]);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-groups-'));
  similarity = await Similarity.open(ort, 'cpu');
  const centres = Array.from({ length: PERSONS }, () =>
    Array.from({ length: COLUMNS }, () => random.normal()),
  );
  persons = Array.from({ length: 700 }, () => random.below(PERSONS));
  const data = Float32Array.from(
    persons.flatMap((person) => centres[person].map((x) => x + 0.5 * random.normal())),
  );
  matrix = { data, rows: persons.length, columns: COLUMNS };
  normalizeRows(matrix);
  writeNpy(join(folder, 'x.npy'), data, [matrix.rows, COLUMNS]);
});
afterAll(async () => {
  await similarity.dispose();
  await ort.release();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  [3, 0.6],
  [5, 0.8],
  [10, 0.9],
  [10, -1],
])(
  "groups of %i mutual neighbours at %f are the components of scikit-learn's graph",
  async (count, threshold) => {
    const groups = mutualGroups(await nearestNeighbours(matrix, count, similarity), threshold);
    const theirs = python<number[]>(
      `
from sklearn.neighbors import kneighbors_graph
from scipy.sparse.csgraph import connected_components
x = np.load(folder + '/x.npy').astype('f8')
near = kneighbors_graph(x, given['count'], metric='cosine', mode='connectivity').toarray() > 0
joined = near & near.T & (1 - x @ x.T / np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(x, axis=1)) <= 1 - given['threshold'])
result = connected_components(joined, directed=False)[1].tolist()
`,
      { count, threshold },
      folder,
    );
    expect(parts(groups.assignment)).toEqual(parts(theirs));
    expect(groups.sizes.length).toBeGreaterThan(0);
    for (const [group, size] of groups.sizes.entries()) {
      expect(groups.assignment.filter((one) => one === group)).toHaveLength(size);
      if (group > 0) expect(size).toBeLessThanOrEqual(groups.sizes[group - 1]);
    }
  },
);

test('a neighbour that does not answer is no mate', () => {
  // 0 and 1 are each other's nearest; 2 has 0 as its nearest, but 0 has not 2.
  const neighbours = {
    count: 1,
    indices: Int32Array.of(1, 0, 0),
    squared: Float64Array.of(0.1, 0.1, 0.2),
  };
  expect([...mutualGroups(neighbours, 0.5).assignment]).toEqual([0, 0, -1]);
  expect([...mutualGroups(neighbours, 0.96).assignment]).toEqual([-1, -1, -1]);
});

test('B-cubed precision, recall and F are those of the definition', () => {
  const clusters = persons.map((person, i) => (i % 7 === 0 ? 1000 + i : person >> 1));
  const theirs = python<[number, number, number]>(
    `
a, b = np.array(given['persons']), np.array(given['clusters'])
k, c = a[:, None] == a, b[:, None] == b
p, r = ((k & c).sum(1) / c.sum(1)).mean(), ((k & c).sum(1) / k.sum(1)).mean()
result = [p, r, 2 * p * r / (p + r)]
`,
    { persons, clusters },
  );
  const { precision, recall, f } = bCubed(persons, clusters);
  for (const [i, value] of [precision, recall, f].entries()) expect(value).toBeCloseTo(theirs[i], 12);
  expect(precision).toBeLessThan(0.9);
  expect(bCubed(persons, persons)).toEqual({ precision: 1, recall: 1, f: 1 });
});
