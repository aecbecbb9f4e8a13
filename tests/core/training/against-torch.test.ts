import { afterAll, describe, expect, test } from 'vitest';
import { createOrtEngine } from '../../../core/engine/ort/engine.ts';
import type { Tensor } from '../../../core/engine/types.ts';
import type { Optimiser } from '../../../core/training/optimisers/optimiser.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { TrainingRun } from '../../../core/training/run.ts';
import { relative } from '../graph/gradient/check.ts';
import { python } from '../graph/python.ts';
import { BATCH, classifier, labels, pictures, SIZE } from './small.ts';
import { TRAINING } from './torch.ts';

interface Reference {
  losses: number[];
  gradients: Record<string, number[]>;
  end: Record<string, number[]>;
}

const engine = createOrtEngine();
afterAll(() => engine.release());

const STEPS = 3;
const CASES: [string, Optimiser, number, Record<string, unknown>][] = [
  ['SGD', sgd({ momentum: 0.9, weightDecay: 5e-4 }), 0.05, { momentum: 0.9, weight_decay: 5e-4 }],
];

/** Adam is compared parameter by parameter (optimisers.test.ts): it makes whole steps out of slopes that are only rounding. */
describe('three steps of a small IR network are those of PyTorch', () => {
  test.each(CASES)('%s', async (name, optimiser, rate, settings) => {
    const step = classifier('BL', optimiser, { gradients: true });
    const batches = Array.from({ length: STEPS }, () => ({ x: pictures(), y: labels() }));
    const reference = python<Reference>(TRAINING, {
      ...{ optimiser: name, rate, settings, size: SIZE },
      parameters: Object.fromEntries(
        step.state
          .filter(({ kind }) => kind !== 'slot')
          .map(({ name, initial }) => [name, [initial.dims, initial.numbers()]]),
      ),
      steps: batches.map(({ x, y }) => [[...x], y]),
    });

    const feeds = batches.map(
      ({ x, y }): Record<string, Tensor> => ({
        input: { type: 'float32', data: x, dims: [BATCH, 3, SIZE, SIZE] },
        labels: { type: 'int64', data: BigInt64Array.from(y, BigInt), dims: [BATCH] },
      }),
    );
    const run = await TrainingRun.open(engine, step, { device: 'cpu' });
    const gradients = await engine.open(step.model.encode(), { device: 'cpu' });
    const first = await gradients.run({
      ...feeds[0],
      ...Object.fromEntries(
        step.state.map(({ name, initial }) => [
          name,
          { type: 'float32', data: initial.elements() as Float32Array, dims: initial.dims },
        ]),
      ),
      rate: { type: 'float32', data: Float32Array.of(rate), dims: [] },
      ...(step.counts ? { step: { type: 'float32', data: Float32Array.of(1), dims: [] } } : {}),
    });
    const scale = Object.values(reference.gradients)
      .flat()
      .reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    for (const [parameter, expected] of Object.entries(reference.gradients)) {
      const found = Array.from(first[`gradient.${parameter}`].data, Number);
      // Biases before a BatchNormalization have no slope at all: they are judged by the network's largest.
      expect(relative(found, expected, scale / 100), `gradient of ${parameter}`).toBeLessThan(1e-4);
    }
    for (const [i, each] of feeds.entries()) {
      const { loss } = await run.step(each, rate);
      expect(Math.abs(loss - reference.losses[i]) / reference.losses[i], `loss ${i}`).toBeLessThan(1e-4);
    }
    const { steps, values } = await run.state();
    expect(steps).toBe(STEPS);
    for (const [parameter, expected] of Object.entries(reference.end)) {
      expect(relative(values[parameter], expected, 0.01), parameter).toBeLessThan(1e-4);
    }
    await gradients.dispose();
    await run.dispose();
  });
});
