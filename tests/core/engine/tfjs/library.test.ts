import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEngine } from '../../../../core/engine/client.ts';
import { nodeBinary } from '../../../../core/engine/location.ts';
import { probeModel } from '../../../../core/engine/ort/probe-model.ts';
import type { ProbeResult } from '../../../../core/engine/probe-child.ts';
import type { Placement, Tensor } from '../../../../core/engine/types.ts';
import type { OpenInput } from '../ort/open.ts';

/**
 * TensorFlow's GPU package cannot be installed where these tests run (its install step downloads, and it wants a card of
 * its time). What stands in for it here has its name, its backend's name, its call of what Node 23 took away, and
 * computes in plain JavaScript: that shows how it is found, loaded, tried and chosen, not that TensorFlow runs.
 */

const folder = mkdtempSync(join(tmpdir(), 'visage-tfjs-'));
const require = createRequire(import.meta.url);
const GPU = '@tensorflow/tfjs-node-gpu';
const PROBE = fileURLToPath(new URL('../../../../core/engine/tfjs/probe.ts', import.meta.url));

const standIn = (gpu: boolean): string => `
const { isNullOrUndefined } = require('util');
if (!isNullOrUndefined(undefined) || !isNullOrUndefined(null) || isNullOrUndefined(0)) throw new Error('wrong');
const tf = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-core'))});
const { MathBackendCPU } = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-backend-cpu'))});
tf.registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), { isUsingGpuDevice: ${gpu} }), 3);
tf.copyRegisteredKernels('cpu', 'tensorflow');
module.exports = tf;
`;

/** A folder of modules that holds the GPU package with this text. */
function modules(name: string, text: string): string {
  const root = join(folder, name);
  const inside = join(root, GPU);
  mkdirSync(inside, { recursive: true });
  writeFileSync(
    join(inside, 'package.json'),
    JSON.stringify({ name: GPU, version: '4.22.0', main: 'index.js' }),
  );
  writeFileSync(join(inside, 'index.js'), text);
  return root;
}

async function probed(root: string): Promise<ProbeResult> {
  const env = { ...process.env, NODE_PATH: root };
  const { stdout } = await promisify(execFile)(nodeBinary(), [PROBE, GPU], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ProbeResult;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the GPU package', () => {
  test('that sees no GPU is not taken for one', async () => {
    expect(await probed(modules('blind', standIn(false)))).toMatchObject({
      usable: false,
      reason:
        "'@tensorflow/tfjs-node-gpu' is loaded but sees no GPU: it needs an NVIDIA card with CUDA 11.2 and cuDNN 8.1.",
    });
  });

  test('without its native part is said to be broken, in one sentence', async () => {
    const said =
      'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x. \\nPlease run';
    expect(await probed(modules('broken', `throw new Error('${said}');`))).toMatchObject({
      usable: false,
      reason:
        "'@tensorflow/tfjs-node-gpu' is installed but cannot be loaded: The Node.js native addon module (tfjs_binding.node) can not be found at path: /x.",
    });
  });

  test('that is not installed is said to be so', async () => {
    expect(await probed(join(folder, 'nowhere'))).toMatchObject({
      usable: false,
      reason: expect.stringMatching(
        /^'@tensorflow\/tfjs-node-gpu' is not installed; it is optional \(npm install/,
      ),
    });
  });
});

describe('engines in the engine process', () => {
  const kept = { NODE_PATH: process.env.NODE_PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
  beforeAll(() => {
    process.env.NODE_PATH = modules('engine', standIn(true));
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
  });
  afterAll(() => {
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  const taskFolders = [fileURLToPath(new URL('../ort', import.meta.url))];
  const OPEN = new URL('../ort/open.ts', import.meta.url);
  const x: Tensor = { type: 'float32', dims: [4, 4], data: Float32Array.from({ length: 16 }, (_, i) => i) };

  test('the GPU package is loaded with what Node took away, tried by its numbers, and taken by its name', async () => {
    expect(process.getBuiltinModule('node:util')).not.toHaveProperty('isNullOrUndefined');
    const engine = startEngine({ taskFolders });
    try {
      const devices = (await engine.devices()).filter(({ engine: by }) => by === 'tfjs');
      expect(devices.map(({ id }) => id)).toEqual(['cuda', 'cpu']);
      expect(devices[0]).toMatchObject({
        usable: true,
        reason: expect.stringMatching(
          /^Its trial run gave the right numbers; it multiplies two 1024×1024 matrices in [\d.,]+ ms, the CPU in/,
        ),
      });
      const { placement, results } = await engine.run<
        OpenInput,
        { placement: Placement; results: Record<string, Tensor> }
      >(OPEN, { model: probeModel(), device: 'cuda', feeds: { x } });
      expect(placement).toMatchObject({ device: 'cuda', engine: 'tfjs', name: 'CUDA by TensorFlow.js' });
      expect(placement.reason).toMatch(/^'cuda' was asked for\. Passed over: ONNX Runtime's: /);
      // The first row of the product by hand: Σ k·(4k + j).
      expect([...results.y.data].slice(0, 4)).toEqual([56, 62, 68, 74]);
    } finally {
      await engine.close();
    }
  });

  test('TensorFlow.js is asked for by its name, and its plain JavaScript runs as the CPU', async () => {
    const engine = startEngine({ taskFolders, engine: 'tfjs' });
    try {
      const { placement, results } = await engine.run<
        OpenInput,
        { placement: Placement; results: Record<string, Tensor> }
      >(OPEN, { model: probeModel(), device: 'cpu', feeds: { x } });
      expect(placement).toEqual({
        device: 'cpu',
        engine: 'tfjs',
        name: 'CPU by TensorFlow.js in JavaScript',
        reason: "TensorFlow.js was asked for. 'cpu' was asked for.",
      });
      expect([...results.y.data].slice(0, 4)).toEqual([56, 62, 68, 74]);
      await expect(
        engine.run<OpenInput, unknown>(OPEN, { model: probeModel(), device: 'webgpu', feeds: { x } }),
      ).rejects.toThrow(/'webgpu' does not exist on .*; usable here: 'auto'/);
      // A process holds one edition of TensorFlow.js.
      await expect(
        engine.run<OpenInput, unknown>(OPEN, { model: probeModel(), device: 'cuda', feeds: { x } }),
      ).rejects.toThrow(/this process runs '@tensorflow\/tfjs-core' already, and it can hold only one\./);
    } finally {
      await engine.close();
    }
  });

  test('a word that is no engine is refused before a process starts', () => {
    process.env.VISAGE_ENGINE = 'torch';
    try {
      expect(() => startEngine()).toThrow(/'torch' is no engine \(VISAGE_ENGINE\); allowed: auto, ort, tfjs/);
    } finally {
      delete process.env.VISAGE_ENGINE;
    }
  });
});
