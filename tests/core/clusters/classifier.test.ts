import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ClassifierInput, ClassifierOutput } from '../../../core/clusters/classifier-task.ts';
import { startEngine } from '../../../core/engine/client.ts';
import { writeNpy } from '../../../core/foundation/npy.ts';
import { Random } from '../../../core/foundation/random.ts';
import { python } from './sklearn.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-classifier-'));
const engine = startEngine();
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const TASK = new URL('../../../core/clusters/classifier-task.ts', import.meta.url);
const [N, P, D] = [500, 12, 7];

test("faces go to their greatest score, the first of equals; centroids and inertia are NumPy's", async () => {
  const random = new Random(4);
  // Rounded, so that some rows have two greatest scores; the last column never wins.
  const scores = Float32Array.from({ length: N * P }, (_, at) =>
    at % P === P - 1 ? -9 : Math.round(2 * random.normal()) / 2,
  );
  const features = Float32Array.from({ length: N * D }, () => random.normal());
  const files = { scores: join(folder, 'scores.npy'), features: join(folder, 'features.npy') };
  writeNpy(files.scores, scores, [N, P]);
  writeNpy(files.features, features, [N, D]);
  // The same faces stand elsewhere in the two files.
  const rows = {
    scores: Int32Array.from({ length: 300 }, (_, i) => i),
    features: Int32Array.from({ length: 300 }, (_, i) => N - 1 - i),
  };
  const input: ClassifierInput = { ...files, names: { scores: 'scores', features: 'features' }, rows };
  const found = await engine.run<ClassifierInput, ClassifierOutput>(TASK, input);
  const expected = python<{ labels: number[]; centroids: number[][]; inertia: number; empty: number }>(
    `
scores = np.load(given['scores'])[:300]
features = np.load(given['features'])[::-1][:300].astype('float64')
labels = scores.argmax(1)
centroids = np.array([features[labels == c].mean(0) if (labels == c).any() else np.zeros(features.shape[1]) for c in range(scores.shape[1])])
result = {'labels': labels.tolist(), 'centroids': centroids.tolist(), 'inertia': float(((features - centroids[labels]) ** 2).sum()), 'empty': int(sum((labels == c).sum() == 0 for c in range(scores.shape[1])))}
`,
    files,
  );
  expect([...found.assignment]).toEqual(expected.labels);
  const flat = expected.centroids.flat();
  expect(found.centroids.length).toBe(flat.length);
  for (const [i, value] of flat.entries()) expect(found.centroids[i]).toBeCloseTo(value, 5);
  expect(found.inertia / expected.inertia).toBeCloseTo(1, 5);
  expect(found.k).toBe(P);
  expect(found.empty).toBe(expected.empty);
  expect(found.empty).toBeGreaterThan(0);
});
