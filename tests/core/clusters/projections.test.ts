import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnMeans, type Matrix, subtract } from '../../../core/clusters/matrix.ts';
import { type Neighbours, nearestNeighbours } from '../../../core/clusters/projections/neighbours.ts';
import { principalComponents } from '../../../core/clusters/projections/pca.ts';
import {
  conditionalAffinities,
  jointAffinities,
} from '../../../core/clusters/projections/tsne/affinities.ts';
import { attract, type Field, Repeller } from '../../../core/clusters/projections/tsne/forces.ts';
import { QuadtreeBuilder } from '../../../core/clusters/projections/tsne/quadtree.ts';
import { neighboursFor, TSNE_DEFAULTS, tsne } from '../../../core/clusters/projections/tsne/tsne.ts';
import { curveParameters, UMAP_DEFAULTS, umap } from '../../../core/clusters/projections/umap.ts';
import { Similarity } from '../../../core/clusters/similarity.ts';
import { createOrtEngine } from '../../../core/engine/ort/engine.ts';
import { Cancelled } from '../../../core/foundation/fault.ts';
import { readNpy, writeNpy } from '../../../core/foundation/npy.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from './sklearn.ts';

const ort = createOrtEngine();
let similarity: Similarity;
let folder: string;
/** scikit-learn's handwritten digits, 1,797 × 64, centred. */
let digits: Matrix;
let neighbours: Neighbours;
let principal: Float64Array;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-maps-'));
  similarity = await Similarity.open(ort, 'cpu');
  python(
    `
from sklearn.datasets import load_digits
np.save(folder + '/digits.npy', load_digits().data.astype('f4'))
result = 0
`,
    null,
    folder,
  );
  const { data, shape } = readNpy(join(folder, 'digits.npy'));
  digits = { data: data as Float32Array, rows: shape[0], columns: shape[1] };
  subtract(digits, columnMeans(digits));
  neighbours = await nearestNeighbours(digits, neighboursFor(30, digits.rows), similarity);
  principal = (await principalComponents(digits, 2, similarity)).scores;
});
afterAll(async () => {
  await ort.release();
  rmSync(folder, { recursive: true, force: true });
});

test('nearest neighbours are those of scikit-learn', () => {
  const theirs = python<{ squared: number[][]; indices: number[][] }>(
    `
from sklearn.neighbors import NearestNeighbors
x = np.load(folder + '/digits.npy').astype('f8')
d, i = NearestNeighbors(n_neighbors=given, algorithm='brute').fit(x).kneighbors()
result = {'squared': (d ** 2).tolist(), 'indices': i.tolist()}
`,
    neighbours.count,
    folder,
  );
  const flat = theirs.squared.flat();
  const named = theirs.indices.flat();
  // Digits are whole numbers and many distances are equal: the distances must agree, not who of the equal ones is named.
  const worst = neighbours.squared.reduce((most, value, at) => Math.max(most, Math.abs(value - flat[at])), 0);
  expect(worst).toBeLessThan(1e-2);
  for (let at = 0; at < flat.length; at++) {
    const column = at % neighbours.count;
    const alone = (other: number): boolean => Math.abs(flat[other] - flat[at]) > 0.1;
    if (column > 0 && column < neighbours.count - 1 && alone(at - 1) && alone(at + 1)) {
      expect(neighbours.indices[at]).toBe(named[at]);
    }
  }
});

describe('PCA equals scikit-learn', () => {
  test.each([
    { name: 'digits', rows: 0, columns: 0 },
    { name: 'more columns than rows', rows: 40, columns: 200 },
    { name: 'two columns', rows: 300, columns: 2 },
  ])('$name', async ({ name, rows, columns }) => {
    const random = new Random(rows);
    const matrix: Matrix =
      name === 'digits'
        ? digits
        : {
            data: Float32Array.from(
              { length: rows * columns },
              (_, at) => random.normal() * (1 + 3 / (1 + (at % columns))),
            ),
            rows,
            columns,
          };
    subtract(matrix, columnMeans(matrix));
    writeNpy(join(folder, 'x.npy'), matrix.data, [matrix.rows, matrix.columns]);
    const theirs = python<{ components: number[][]; explained: number[]; scores: number[][] }>(
      `
from sklearn.decomposition import PCA
x = np.load(folder + '/x.npy').astype('f8')
p = PCA(2, svd_solver='full').fit(x)
result = {'components': p.components_.tolist(), 'explained': p.explained_variance_ratio_.tolist(), 'scores': p.transform(x).tolist()}
`,
      null,
      folder,
    );
    const ours = await principalComponents(matrix, 2, similarity);
    for (let c = 0; c < 2; c++) {
      expect(Math.abs(ours.explained[c] - theirs.explained[c])).toBeLessThan(1e-6);
      const along = theirs.components[c].reduce(
        (sum, value, j) => sum + value * ours.components[c * matrix.columns + j],
        0,
      );
      expect(Math.abs(along)).toBeGreaterThan(1 - 1e-6);
      const sign = Math.sign(along);
      const scale = Math.sqrt(ours.scores.reduce((sum, value) => sum + value * value, 0) / matrix.rows);
      const worst = theirs.scores.reduce(
        (most, row, i) => Math.max(most, Math.abs(row[c] * sign - ours.scores[2 * i + c])),
        0,
      );
      expect(worst / scale).toBeLessThan(1e-3);
    }
  });

  test('features without variance give a map of one point', async () => {
    const flat: Matrix = { data: new Float32Array(30), rows: 10, columns: 3 };
    const { scores, explained } = await principalComponents(flat, 2, similarity);
    expect(scores.every((value) => value === 0)).toBe(true);
    expect(explained).toEqual([0, 0]);
  });
});

describe('t-SNE', () => {
  test("joint affinities equal scikit-learn's", () => {
    writeNpy(join(folder, 'squared.npy'), Float64Array.from(neighbours.squared), [
      digits.rows,
      neighbours.count,
    ]);
    writeNpy(join(folder, 'indices.npy'), neighbours.indices, [digits.rows, neighbours.count]);
    const theirs = python<{ i: number[]; j: number[]; p: number[] }>(
      `
from sklearn.manifold._t_sne import _joint_probabilities_nn
from scipy.sparse import csr_matrix
s, i = np.load(folder + '/squared.npy'), np.load(folder + '/indices.npy')
n, k = s.shape
m = csr_matrix((s.ravel(), i.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
p = _joint_probabilities_nn(m, 30.0, 0).tocoo()
result = {'i': p.row.tolist(), 'j': p.col.tolist(), 'p': p.data.astype('f8').tolist()}
`,
      null,
      folder,
    );
    const { starts, columns, values } = jointAffinities(neighbours, conditionalAffinities(neighbours, 30));
    const reference = new Map(theirs.p.map((p, at) => [theirs.i[at] * digits.rows + theirs.j[at], p]));
    expect(values.length).toBe(reference.size);
    let worst = 0;
    let sum = 0;
    for (let i = 0; i < digits.rows; i++) {
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        sum += values[at];
        const p = reference.get(i * digits.rows + columns[at]) ?? Number.NaN;
        worst = Math.max(worst, Math.abs(values[at] - p) * digits.rows);
      }
    }
    expect(sum).toBeCloseTo(1, 10);
    // scikit-learn bisects in float32 and stops at a difference of 1e-5 in entropy.
    expect(worst).toBeLessThan(1e-4);
  });

  /** A field over random points: a cluster far away, coincident points, and an outlier beyond the codes' resolution. */
  function fieldOf(points: number, angle: number): Field {
    const random = new Random(3);
    const builder = new QuadtreeBuilder(points);
    const positions = Float64Array.from({ length: 2 * points }, () => random.normal());
    for (let i = 0; i < 200; i++) positions.set([30 + 1e-6 * random.normal(), 1e-6 * random.normal()], 2 * i);
    for (let i = 200; i < 300; i++) positions.set([-5, 5], 2 * i);
    positions.set([1e7, -1e7], 600);
    builder.build(positions);
    return {
      points,
      positions,
      affinities: jointAffinities(neighbours, conditionalAffinities(neighbours, 30)),
      tree: builder.tree,
      attraction: new Float64Array(2 * points),
      repulsion: new Float64Array(2 * points),
      masses: new Float64Array(points + 1),
      angle: angle ** 2,
    };
  }

  test.each([
    [0, 1e-9],
    [0.5, 0.01],
  ])('forces at angle %d are those of all pairs', (angle, tolerance) => {
    const field = fieldOf(1797, angle);
    const { points, positions, affinities, repulsion, attraction, masses, tree } = field;
    new Repeller().repel(field, 0, tree.sizes[1]);
    attract(field, 0, points);
    let mass = 0;
    let error = 0;
    let norm = 0;
    for (let i = 0; i < points; i++) {
      let x = 0;
      let y = 0;
      for (let j = 0; j < points; j++) {
        const dx = positions[2 * i] - positions[2 * j];
        const dy = positions[2 * i + 1] - positions[2 * j + 1];
        const q = 1 / (1 + dx * dx + dy * dy);
        mass += q;
        x += q * q * dx;
        y += q * q * dy;
      }
      error += (repulsion[2 * i] - x) ** 2 + (repulsion[2 * i + 1] - y) ** 2;
      norm += x * x + y * y;
    }
    expect(Math.sqrt(error / norm)).toBeLessThan(tolerance);
    const ours = masses.subarray(0, tree.sizes[1]).reduce((sum, value) => sum + value, 0);
    expect(Math.abs(ours / mass - 1)).toBeLessThan(tolerance);
    const [first] = [affinities.starts[1]];
    let pull = 0;
    for (let at = 0; at < first; at++) {
      const j = affinities.columns[at];
      const dx = positions[0] - positions[2 * j];
      const dy = positions[1] - positions[2 * j + 1];
      pull += (affinities.values[at] * dx) / (1 + dx * dx + dy * dy);
    }
    expect(attraction[0]).toBeCloseTo(pull, 12);
  });

  test('coincident points and outliers leave no leaf of many different points', () => {
    const { tree } = fieldOf(1797, 0.5);
    const sizes = tree.leaves.subarray(0, tree.sizes[1]).map((leaf) => tree.leaf[leaf]);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1797);
    expect([...sizes].filter((size) => size > 12)).toEqual([100]);
  });

  test("is as trustworthy as scikit-learn's, with as low a divergence, whatever the threads", async () => {
    const settings = { ...TSNE_DEFAULTS, threads: 2 };
    const ours = await tsne(neighbours, principal, settings);
    writeNpy(join(folder, 'y.npy'), Float32Array.from(ours.positions), [digits.rows, 2]);
    const theirs = python<{ divergence: number; trust: number; ours: number }>(
      `
from sklearn.manifold import TSNE, trustworthiness
x = np.load(folder + '/digits.npy')
t = TSNE(init='pca', learning_rate='auto', random_state=0)
y = t.fit_transform(x)
result = {'divergence': float(t.kl_divergence_), 'trust': trustworthiness(x, y), 'ours': trustworthiness(x, np.load(folder + '/y.npy'))}
`,
      null,
      folder,
    );
    expect(ours.divergence).toBeLessThan(theirs.divergence + 0.02);
    expect(theirs.ours).toBeGreaterThan(theirs.trust - 0.003);
    const short = { ...settings, iterations: 40, exploration: 20 };
    const alone = await tsne(neighbours, principal, { ...short, threads: 1 });
    const together = await tsne(neighbours, principal, short);
    expect(together.positions).toEqual(alone.positions);
  });

  test('can be cancelled', async () => {
    const cancel = new AbortController();
    const running = tsne(neighbours, principal, TSNE_DEFAULTS, {
      signal: cancel.signal,
      onProgress: ({ done }) => {
        if (done >= 12) cancel.abort();
      },
    });
    await expect(running).rejects.toThrow(Cancelled);
  });
});

describe('UMAP', () => {
  test('curve parameters are those that umap-learn documents', () => {
    // umap-learn 0.5, find_ab_params(spread=1.0, min_dist=0.1)
    const { a, b } = curveParameters(0.1, 1);
    expect(a).toBeCloseTo(1.5769, 3);
    expect(b).toBeCloseTo(0.8951, 3);
  });

  test('keeps neighbours together and digits apart; a seed gives one map', async () => {
    const near: Neighbours = await nearestNeighbours(digits, 14, similarity);
    const first = await umap(near, principal, UMAP_DEFAULTS);
    writeNpy(join(folder, 'u.npy'), Float32Array.from(first), [digits.rows, 2]);
    const found = python<{ trust: number; digits: number }>(
      `
from sklearn.manifold import trustworthiness
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import cross_val_score
x, y = np.load(folder + '/digits.npy'), np.load(folder + '/u.npy')
result = {'trust': trustworthiness(x, y), 'digits': float(cross_val_score(KNeighborsClassifier(10), y, load_digits().target, cv=5).mean())}
`,
      null,
      folder,
    );
    // umap-learn's gallery reports trustworthiness of about 0.98 on these digits.
    expect(found.trust).toBeGreaterThan(0.97);
    expect(found.digits).toBeGreaterThan(0.95);
    const short = { ...UMAP_DEFAULTS, epochs: 20 };
    expect(await umap(near, principal, short)).toEqual(await umap(near, principal, short));
    expect(await umap(near, principal, { ...short, seed: 1 })).not.toEqual(
      await umap(near, principal, short),
    );
  });
});
