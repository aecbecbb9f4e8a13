import { expect, test } from 'vitest';
import { createEngine } from '../../../../core/engine/engines.ts';
import { createOrtAdapter } from '../../../../core/engine/ort/engine.ts';
import { createTfjsAdapter } from '../../../../core/engine/tfjs/adapter.ts';
import type { Tensor } from '../../../../core/engine/types.ts';
import { sgd } from '../../../../core/training/optimisers/sgd.ts';
import { TrainingRun } from '../../../../core/training/run.ts';
import { relative } from '../../graph/gradient/check.ts';
import { BATCH, classifier, labels, pictures, SIZE } from '../../training/small.ts';

/**
 * A whole step of SGD with momentum: loss, gradients, statistics and parameters. One step only: with four pictures in a
 * batch, rounding grows tenfold and more from step to step in either engine.
 */
test('a training step of AS4 gives the same loss and the same parameters in both engines', async () => {
  const batch: Record<string, Tensor> = {
    input: { type: 'float32', data: pictures(), dims: [BATCH, 3, SIZE, SIZE] },
    labels: { type: 'int64', data: BigInt64Array.from(labels(), BigInt), dims: [BATCH] },
  };
  const runs = [];
  for (const adapter of [createOrtAdapter(), createTfjsAdapter()]) {
    const engine = createEngine([adapter]);
    const run = await TrainingRun.open(engine, classifier('AS4', sgd()), { device: 'cpu' });
    const { loss } = await run.step(batch, 0.02);
    runs.push({ loss, values: (await run.state()).values });
    await run.dispose();
  }
  const [expected, found] = runs;
  expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(1e-5);
  expect(Object.keys(found.values)).toEqual(Object.keys(expected.values));
  for (const [name, values] of Object.entries(expected.values)) {
    // Gradients of biases that a normalisation takes away again are sums that cancel, and keep few digits.
    expect(relative(found.values[name], values), name).toBeLessThan(name.endsWith('.momentum') ? 2e-3 : 1e-4);
  }
});
