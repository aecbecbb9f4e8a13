import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GroupedSimilarity } from '../../../core/clusters/kmeans/grouped.ts';
import { kmeans } from '../../../core/clusters/kmeans/kmeans.ts';
import type { Graphs } from '../../../core/clusters/kmeans/lloyd.ts';
import { type KMeansSettings, kmeansSettings } from '../../../core/clusters/kmeans/settings.ts';
import type { KMeansInput, KMeansOutput } from '../../../core/clusters/kmeans-task.ts';
import type { Matrix } from '../../../core/clusters/matrix.ts';
import { agreement } from '../../../core/clusters/metrics/agreement.ts';
import { Similarity } from '../../../core/clusters/similarity.ts';
import { startEngine } from '../../../core/engine/client.ts';
import { createOrtEngine } from '../../../core/engine/ort/engine.ts';
import { Cancelled } from '../../../core/foundation/fault.ts';
import { writeNpy } from '../../../core/foundation/npy.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from './sklearn.ts';

/** `centres` Gaussian blobs of spread 1 whose means have spread `apart`. */
function mixture(rows: number, columns: number, centres: number, apart: number, seed: number): Matrix {
  const random = new Random(seed);
  const means = Float32Array.from({ length: centres * columns }, () => apart * random.normal());
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const centre = random.below(centres) * columns;
    for (let j = 0; j < columns; j++) data[i * columns + j] = means[centre + j] + random.normal();
  }
  return { data, rows, columns };
}

const copy = (matrix: Matrix): Matrix => ({ ...matrix, data: matrix.data.slice() });
const firstRows = (matrix: Matrix, k: number): Matrix => ({
  data: matrix.data.slice(0, k * matrix.columns),
  rows: k,
  columns: matrix.columns,
});
const settings = (given: Partial<KMeansSettings> & { k: number }): KMeansSettings => kmeansSettings(given);

const ort = createOrtEngine();
let graphs: Graphs & { grouped: GroupedSimilarity };
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'visage-kmeans-'));
  graphs = { similarity: await Similarity.open(ort, 'cpu'), grouped: await GroupedSimilarity.open(ort) };
});
afterAll(async () => {
  await ort.release();
  rmSync(folder, { recursive: true, force: true });
});

describe('equals scikit-learn from the same centroids', () => {
  interface Reference {
    inertia: number;
    iterations: number;
    labels: number[];
    centroids: number[][];
  }
  const lloydOf = (matrix: Matrix, k: number, tolerance: number): Reference => {
    writeNpy(join(folder, 'x.npy'), matrix.data, [matrix.rows, matrix.columns]);
    return python<Reference>(
      `
from sklearn.cluster import KMeans
x = np.load(folder + '/x.npy').astype('f8')
km = KMeans(given['k'], init=x[:given['k']], n_init=1, algorithm='lloyd', tol=given['tolerance'], max_iter=300).fit(x)
result = {'inertia': km.inertia_, 'iterations': int(km.n_iter_), 'labels': km.labels_.tolist(), 'centroids': km.cluster_centers_.tolist()}
`,
      { k, tolerance },
      folder,
    );
  };

  test.each([
    { name: 'well separated', matrix: mixture(3000, 16, 12, 3, 1), k: 12, tolerance: 1e-4 },
    { name: 'overlapping, many iterations', matrix: mixture(4000, 24, 40, 0.4, 2), k: 40, tolerance: 0 },
    { name: 'far from the origin', matrix: shifted(mixture(2000, 8, 10, 1, 3), 300), k: 25, tolerance: 1e-4 },
    { name: 'k = 1', matrix: mixture(500, 5, 3, 1, 4), k: 1, tolerance: 1e-4 },
    { name: 'k = n', matrix: mixture(60, 5, 3, 1, 5), k: 60, tolerance: 1e-4 },
    { name: 'k = 2', matrix: mixture(1000, 3, 2, 2, 6), k: 2, tolerance: 1e-4 },
    { name: 'one column', matrix: mixture(1000, 1, 5, 5, 7), k: 5, tolerance: 0 },
  ])('$name', async ({ matrix, k, tolerance }) => {
    const reference = lloydOf(matrix, k, tolerance);
    const ours = await kmeans(copy(matrix), settings({ k, tolerance }), graphs, {
      initial: firstRows(matrix, k),
    });
    expect(ours.inertia / Math.max(reference.inertia, 1e-9)).toBeCloseTo(k === matrix.rows ? 0 : 1, 5);
    expect(ours.iterations).toBe(reference.iterations);
    expect([...ours.labels]).toEqual(reference.labels);
    const worst = Math.max(
      ...reference.centroids.flat().map((value, at) => Math.abs(value - ours.centroids[at])),
    );
    expect(worst).toBeLessThan(1e-3);
  });

  test('bounds change nothing: the same labels without them', async () => {
    const matrix = mixture(6000, 32, 60, 0.5, 8);
    const given = settings({ k: 60, tolerance: 0 });
    const initial = firstRows(matrix, 60);
    const bounded = await kmeans(copy(matrix), given, graphs, { initial });
    const plain = await kmeans(copy(matrix), given, { similarity: graphs.similarity }, { initial });
    expect(bounded.labels).toEqual(plain.labels);
    expect(bounded.iterations).toBe(plain.iterations);
    expect(bounded.iterations).toBeGreaterThan(10);
  });

  test('empty clusters take the rows farthest from their centroids', async () => {
    // Three centroids where no row is: all rows go to the first, and the two others are re-seeded.
    const matrix = mixture(400, 4, 3, 6, 9);
    const initial: Matrix = { data: new Float32Array(12).fill(500), rows: 3, columns: 4 };
    initial.data.fill(0, 0, 4);
    const ours = await kmeans(copy(matrix), settings({ k: 3 }), graphs, { initial });
    expect(new Set(ours.labels).size).toBe(3);
    writeNpy(join(folder, 'x.npy'), matrix.data, [400, 4]);
    writeNpy(join(folder, 'initial.npy'), initial.data, [3, 4]);
    const theirs = python<{ labels: number[]; inertia: number }>(
      `
from sklearn.cluster import KMeans
km = KMeans(3, init=np.load(folder + '/initial.npy'), n_init=1).fit(np.load(folder + '/x.npy'))
result = {'labels': km.labels_.tolist(), 'inertia': float(km.inertia_)}
`,
      null,
      folder,
    );
    expect(agreement(theirs.labels, ours.labels).ari).toBe(1);
    expect(ours.inertia / theirs.inertia).toBeCloseTo(1, 5);
  });
});

function shifted(matrix: Matrix, by: number): Matrix {
  return { ...matrix, data: matrix.data.map((value) => value + by) };
}

describe('seeding', () => {
  const matrix = mixture(8000, 24, 50, 1.5, 10);

  test('k-means++ reaches the inertia that scikit-learn reaches', async () => {
    writeNpy(join(folder, 'x.npy'), matrix.data, [matrix.rows, matrix.columns]);
    const theirs = python<number[]>(
      `
from sklearn.cluster import KMeans
x = np.load(folder + '/x.npy')
result = [float(KMeans(50, n_init=1, random_state=s).fit(x).inertia_) for s in range(5)]
`,
      null,
      folder,
    );
    const ours: number[] = [];
    for (let seed = 0; seed < 5; seed++) {
      ours.push((await kmeans(copy(matrix), settings({ k: 50, seed }), graphs)).inertia);
    }
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    expect(mean(ours) / mean(theirs)).toBeLessThan(1.02);
  });

  test('the same seed gives the same clusters, another seed others; restarts keep the best', async () => {
    const run = (given: Partial<KMeansSettings>) =>
      kmeans(copy(matrix), settings({ k: 40, init: 'random', ...given }), graphs);
    const [a, b, c] = [await run({ seed: 1 }), await run({ seed: 1 }), await run({ seed: 2 })];
    expect(b.labels).toEqual(a.labels);
    expect(c.labels).not.toEqual(a.labels);
    const several = await run({ seed: 1, restarts: 4 });
    expect(several.inertia).toBeLessThanOrEqual(a.inertia);
  });

  test('a sample per centroid fits on fewer rows and assigns all', async () => {
    const sampled = await kmeans(copy(matrix), settings({ k: 50, sample: 32 }), graphs);
    expect(sampled.fitted).toBe(1600);
    expect(sampled.labels.length).toBe(8000);
    const whole = await kmeans(copy(matrix), settings({ k: 50 }), graphs);
    expect(sampled.inertia / whole.inertia).toBeLessThan(1.15);
  });
});

describe('cosine', () => {
  test('length plays no part, and centroids have length 1', async () => {
    const random = new Random(11);
    const matrix = mixture(3000, 12, 8, 2, 11);
    const scaled = copy(matrix);
    for (let i = 0; i < 3000; i++) {
      const scale = 0.1 + 10 * random.uniform();
      for (let j = 0; j < 12; j++) scaled.data[i * 12 + j] *= scale;
    }
    const given = settings({ k: 8, metric: 'cosine' });
    const [a, b] = [await kmeans(copy(matrix), given, graphs), await kmeans(scaled, given, graphs)];
    expect(agreement(a.labels, b.labels).ari).toBeGreaterThan(0.999);
    for (let c = 0; c < 8; c++) {
      expect(Math.hypot(...a.centroids.subarray(c * 12, c * 12 + 12))).toBeCloseTo(1, 5);
    }
    expect(a.inertia).toBeLessThan(2 * 3000);
  });

  test('rows without a direction are refused', async () => {
    const matrix = mixture(50, 4, 2, 1, 12);
    matrix.data.fill(0, 0, 8);
    await expect(kmeans(matrix, settings({ k: 2, metric: 'cosine' }), graphs)).rejects.toThrow(
      '2 of 50 feature rows are all zero',
    );
  });
});

describe('what cannot be clustered', () => {
  test('more clusters than rows, or than different rows', async () => {
    await expect(kmeans(mixture(5, 2, 1, 1, 1), settings({ k: 6 }), graphs)).rejects.toThrow(
      'needs at least 6 faces; these features have 5',
    );
    const repeated: Matrix = {
      data: new Float32Array(200).map((_, i) => (i >> 1) % 7),
      rows: 100,
      columns: 2,
    };
    await expect(kmeans(copy(repeated), settings({ k: 8 }), graphs)).rejects.toThrow('only 7 of them differ');
    const ok = await kmeans(copy(repeated), settings({ k: 7 }), graphs);
    expect(ok.inertia).toBeCloseTo(0, 8);
  });

  test.each([
    [{ k: 0 }, "'0' is no number of clusters"],
    [{ k: 2.5 }, "'2.5' is no number of clusters"],
    [{ k: 2, metric: 'manhattan' as never }, "'manhattan' is no metric"],
    [{ k: 2, init: 'best' as never }, "'best' is no way to start"],
    [{ k: 2, restarts: 0 }, "'0' is no number of restarts"],
    [{ k: 2, tolerance: Number.NaN }, "'NaN' is no tolerance"],
  ])('%o', (given, message) => {
    expect(() => settings(given)).toThrow(message);
  });
});

describe('in the engine process', () => {
  const url = new URL('../../../core/clusters/kmeans-task.ts', import.meta.url);
  const engine = startEngine();
  afterAll(() => engine.close());

  test('reads the features by path, and says what ran where', async () => {
    const matrix = mixture(2000, 8, 5, 4, 13);
    const file = join(folder, 'features.npy');
    writeNpy(file, matrix.data, [2000, 8]);
    const stages = new Set<string>();
    const output = await engine.run<KMeansInput, KMeansOutput>(
      url,
      {
        file,
        name: 'features',
        rows: Int32Array.from({ length: 1500 }, (_, i) => i),
        settings: settings({ k: 5 }),
      },
      { onProgress: ({ stage }) => void stages.add(stage) },
    );
    expect(output.assignment.length).toBe(1500);
    expect(output.centroids.length).toBe(40);
    expect(output.placement.name).not.toBe('');
    expect(stages).toEqual(new Set(['Clustering']));
  });

  test('refuses features that are not finite, with their place', async () => {
    const file = join(folder, 'nan.npy');
    const data = new Float32Array(40);
    data[13] = Number.NaN;
    writeNpy(file, data, [10, 4]);
    const input: KMeansInput = { file, name: 'net:pooled', settings: settings({ k: 2 }) };
    await expect(engine.run(url, input)).rejects.toThrow("'net:pooled' hold NaN in row 3, column 1");
  });

  test('can be cancelled', async () => {
    const matrix = mixture(30_000, 32, 100, 0.3, 14);
    const file = join(folder, 'large.npy');
    writeNpy(file, matrix.data, [30_000, 32]);
    const cancel = new AbortController();
    const input: KMeansInput = {
      file,
      name: 'large',
      settings: settings({ k: 200, tolerance: 0, restarts: 50 }),
    };
    const running = engine.run(url, input, {
      signal: cancel.signal,
      onProgress: ({ done }) => {
        if (done === 3) cancel.abort();
      },
    });
    await expect(running).rejects.toThrow(Cancelled);
  });
});
