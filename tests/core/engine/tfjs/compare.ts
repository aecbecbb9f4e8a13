import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { fromOrt, toOrt } from '../../../../core/engine/ort/tensors.ts';
import { TfjsSession } from '../../../../core/engine/tfjs/session.ts';
import type { Placement, Tensor } from '../../../../core/engine/types.ts';
import type { Model } from '../../../../core/graph/model.ts';

tf.enableProdMode();
await tf.setBackend('cpu');

export const PLACEMENT: Placement = {
  device: 'cpu',
  engine: 'tfjs',
  name: 'the test',
  reason: 'It is a test.',
};

export const openTfjs = (model: Model, name = 'test'): TfjsSession =>
  new TfjsSession(tf, model, name, PLACEMENT);

/** Runs a model by TensorFlow.js in plain JavaScript, and checks that nothing of it stays behind. */
export async function runTfjs(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const before = tf.memory().numTensors;
  const session = openTfjs(model);
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
}

/** Runs a model by ONNX Runtime itself, unoptimised, past Visage's engine. */
export async function runOrt(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(model.encode(), {
    logSeverityLevel: 3,
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
  });
  try {
    const given = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor, tensor.type, name)]);
    const results = await session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor as OrtTensor, name)]),
    );
  } finally {
    await session.release();
  }
}

/**
 * The largest difference between two tensors, as a share of the largest number of the first: 0 for whole numbers that
 * agree. Infinities and NaN have to stand at the same places.
 */
export function relativeError(expected: Tensor, found: Tensor): number {
  expect(found.type).toBe(expected.type);
  expect([...found.dims]).toEqual([...expected.dims]);
  let most = 0;
  let worst = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(expected.data[i]), Number(found.data[i])];
    if (!Number.isFinite(a) || !Number.isFinite(b)) {
      if (!Object.is(a, b)) return Number.POSITIVE_INFINITY;
      continue;
    }
    most = Math.max(most, Math.abs(a));
    worst = Math.max(worst, Math.abs(a - b));
  }
  return worst === 0 ? 0 : worst / most;
}

/** Runs a model in both and gives the largest relative error of its outputs. */
export async function compared(model: Model, feeds: Record<string, Tensor>): Promise<number> {
  const expected = await runOrt(model, feeds);
  const found = await runTfjs(model, feeds);
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  return Math.max(...Object.keys(expected).map((name) => relativeError(expected[name], found[name])));
}
