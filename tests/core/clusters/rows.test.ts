import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MeanRowInput } from '../../../core/clusters/mean-row-task.ts';
import type { NearestInput, NearestRows } from '../../../core/clusters/nearest-task.ts';
import { startEngine } from '../../../core/engine/client.ts';
import type { EngineClient } from '../../../core/engine/types.ts';
import { Cancelled } from '../../../core/foundation/fault.ts';
import { python } from './sklearn.ts';

const NEAREST = new URL('../../../core/clusters/nearest-task.ts', import.meta.url);
const MEAN = new URL('../../../core/clusters/mean-row-task.ts', import.meta.url);
/** More than one block of 2²² values, so that rows of the second block are met too. */
const ROWS = 70_000;

let folder: string;
let file: string;
let engine: EngineClient;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-rows-'));
  file = join(folder, 'rows.npy');
  engine = startEngine();
  python(
    `
x = np.random.default_rng(3).normal(size=(${ROWS}, 64)).astype('float32') + np.float32(0.1)
x[5] = 0
x[11] = 2 * x[${ROWS - 1}]
np.save(folder + '/rows.npy', x)
result = 0`,
    null,
    folder,
  );
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const nearest = (row: number, count: number): Promise<NearestRows> =>
  engine.run<NearestInput, NearestRows>(NEAREST, { file, row, count });

test.for([0, 777, 66_000, ROWS - 1])('the rows nearest to row %d are those of scikit-learn', async (row) => {
  const expected = python<{ rows: number[]; similarities: number[] }>(
    `
from sklearn.metrics.pairwise import cosine_similarity
x = np.load(folder + '/rows.npy').astype('float64')
s = cosine_similarity(x[[given]], x)[0]
s[given] = -2
order = np.argsort(-s, kind='stable')[:40]
result = dict(rows=order.tolist(), similarities=s[order].tolist())`,
    row,
    folder,
  );
  const found = await nearest(row, 40);
  expect(Array.from(found.rows)).toEqual(expected.rows);
  found.similarities.forEach((similarity, i) => {
    expect(similarity).toBeCloseTo(expected.similarities[i], 6);
  });
});

test('the same direction is similarity 1 whatever the length, and a row of zeros is similar to nothing', async () => {
  const { rows, similarities } = await nearest(ROWS - 1, 1);
  expect(rows[0]).toBe(11);
  expect(similarities[0]).toBeCloseTo(1, 6);
  const none = await nearest(5, 3);
  expect(Array.from(none.similarities)).toEqual([0, 0, 0]);
  expect(Array.from(none.rows)).not.toContain(5);
});

test('asking for more than there are gives all others', async () => {
  const small = join(folder, 'small.npy');
  python("np.save(folder + '/small.npy', np.eye(4, dtype='float32')); result = 0", null, folder);
  const found = await engine.run<NearestInput, NearestRows>(NEAREST, { file: small, row: 2, count: 50 });
  expect(Array.from(found.rows)).toEqual([0, 1, 3]);
});

test('means over all rows and over some are those of numpy', async () => {
  const chosen = Int32Array.of(69_999, 3, 12, 40_000, 65_999);
  const expected = python<number[][]>(
    "x = np.load(folder + '/rows.npy').astype('float64'); result = [x.mean(0).tolist(), x[given].mean(0).tolist()]",
    Array.from(chosen),
    folder,
  );
  const whole = await engine.run<MeanRowInput, Float32Array>(MEAN, { file });
  const some = await engine.run<MeanRowInput, Float32Array>(MEAN, { file, rows: chosen });
  whole.forEach((value, j) => {
    expect(value).toBeCloseTo(expected[0][j], 6);
  });
  some.forEach((value, j) => {
    expect(value).toBeCloseTo(expected[1][j], 6);
  });
});

test('both end when they are cancelled', async () => {
  const cancelled = { signal: AbortSignal.abort(new Cancelled()) };
  await expect(engine.run(NEAREST, { file, row: 0, count: 3 }, cancelled)).rejects.toThrow(Cancelled);
  await expect(engine.run(MEAN, { file }, cancelled)).rejects.toThrow(Cancelled);
});
