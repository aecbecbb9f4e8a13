import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeatureNetwork, type NetworkPlan } from '../../../../core/engine/embedding/network.ts';
import { createOrtEngine } from '../../../../core/engine/ort/engine.ts';
import type { Tensor } from '../../../../core/engine/types.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { faceNetwork, KINDS } from '../../../../core/models/architectures/face-network.ts';

const SIZE = 16;
const EACH = 3 * SIZE * SIZE;
const COUNT = 6;
const engine = createOrtEngine();
const random = new Random(8);
const faces = Float32Array.from({ length: COUNT * EACH }, () => random.normal());
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-network-'));
});
afterAll(async () => {
  await engine.release();
  rmSync(folder, { recursive: true });
});

const planOf = (path: string, outputs: readonly string[]): NetworkPlan => ({
  ...{ paths: [path], inputName: 'input', outputs, graphBatch: 'free', flip: false },
  preparation: {
    ...{ size: [SIZE, SIZE], crop: { kind: 'whole', fit: 'stretch' }, channels: 'rgb', layout: 'nchw' },
    ...{ mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  },
});

test.each(KINDS)('%s gives every face the same row whatever batch it is opened for', async (kind) => {
  const path = join(folder, `${kind}.onnx`);
  const made = faceNetwork({ kind, width: 0.125, size: SIZE, embedding: 10, seed: 2 });
  made.model.write(path);
  const [output] = made.model.graph.outputs.map(({ name }) => name);
  const plan = planOf(path, [output]);
  const each = async (options: { batch?: number }, count: number): Promise<number[]> => {
    const network = await FeatureNetwork.open(engine, plan, { device: 'cpu', threads: 1, ...options });
    try {
      const [rows] = await network.rows(faces.subarray(0, count * EACH), count);
      expect(rows.length).toBe(count * 10);
      return [...rows];
    } finally {
      await network.dispose();
    }
  };
  // One face at a time through ONNX Runtime over the file: no batch at all.
  const session = await engine.open(path, { device: 'cpu', threads: 1 });
  const alone: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    const input: Tensor = {
      ...{ type: 'float32', dims: [1, 3, SIZE, SIZE], data: faces.slice(i * EACH, (i + 1) * EACH) },
    };
    alone.push(...((await session.run({ input }))[output].data as Float32Array));
  }
  const scale = Math.max(...alone.map(Math.abs));
  // Full runs, a last run that is padded, and fewer faces than a run takes.
  for (const [batch, count] of [
    [3, 6],
    [4, 6],
    [8, 5],
    [1, 2],
  ]) {
    const found = await each({ batch }, count);
    const apart = found.map((value, i) => Math.abs(value - alone[i]));
    expect(Math.max(...apart) / scale, `batch ${batch}`).toBeLessThan(1e-5);
  }
});
