import { afterAll, expect, test } from 'vitest';
import { createOrtEngine } from '../../../core/engine/ort/engine.ts';
import type { Tensor } from '../../../core/engine/types.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import type { Model } from '../../../core/graph/model.ts';
import { recipeOf } from '../../../core/jobs/train/recipe.ts';
import { ROUTING_TEMPERATURE } from '../../../core/models/architectures/dynamic-convolution.ts';
import { faceNetwork, type NetworkSettings } from '../../../core/models/architectures/face-network.ts';
import { identityStep } from '../../../core/training/identity-step.ts';
import { TrainingRun } from '../../../core/training/run.ts';
import { temperatureAt } from '../../../core/training/schedules/annealing.ts';
import type { TrainSettings } from '../../../core/training/settings.ts';
import { trainedNetwork } from '../../../core/training/trained.ts';
import { relative, rounded, run as runModel } from '../graph/gradient/check.ts';
import { BATCH, labels, pictures, SIZE } from './small.ts';

const engine = createOrtEngine();
afterAll(() => engine.release());

const SETTINGS = { kind: 'AS4', width: 0.125, size: SIZE, embedding: 8, seed: 4 } as const;
const network = (more: Partial<NetworkSettings>): Model => faceNetwork({ ...SETTINGS, ...more }).model;

test('the temperature falls linearly over its epochs, and stays', () => {
  const annealing = { from: 30, to: 1, epochs: 10 };
  expect([0, 2.5, 5, 10, 12].map((epoch) => temperatureAt(annealing, epoch))).toEqual([
    30, 22.75, 15.5, 1, 1,
  ]);
});

/** β of the first dynamic block, whose input no routing weight has changed. */
async function firstRouting(model: Model, x: Float32Array): Promise<Float32Array> {
  const { taps } = faceNetwork({ ...SETTINGS, annealed: true });
  const [name] = taps.find((tap) => tap.name === 'routing')?.values ?? [];
  const b = GraphBuilder.onto(model.copy());
  const found = await runModel(b.model([b.value(name)]), { input: rounded([BATCH, 3, SIZE, SIZE], x) });
  return Float32Array.from(found[name].data);
}

test('routing weights at temperature T are those at 1 to the power 1/T, over each group', async () => {
  const x = pictures();
  const model = network({ annealed: true });
  const one = await firstRouting(model, x);
  for (const T of [30, 0.5]) {
    const hot = await firstRouting(trainedNetwork(model, { steps: 0, values: {} }, T), x);
    const expected = Float64Array.from(one, (value, i) => {
      const group = one.subarray(4 * (i >> 2), 4 * (i >> 2) + 4);
      return value ** (1 / T) / group.reduce((sum, each) => sum + each ** (1 / T), 0);
    });
    expect(relative(hot, expected)).toBeLessThan(1e-5);
  }
  // Nothing but the temperature's place distinguishes it from a network that has it from the beginning.
  expect([...(await firstRouting(network({}), x))]).toEqual([...one]);
});

test('a step that is fed a temperature is the step of a network that has it', async () => {
  const recipe = recipeOf({
    network: 'as4',
    size: SIZE,
    width: 0.125,
    embedding: 8,
    batch: BATCH,
    loss: 'softmax',
  });
  const { train } = recipe;
  const annealed: TrainSettings = { ...train, annealing: { from: 30, to: 1, epochs: 2 } };
  const feeds: Record<string, Tensor> = {
    input: { type: 'float32', data: pictures(), dims: [BATCH, 3, SIZE, SIZE] },
    labels: { type: 'int64', data: BigInt64Array.from(labels(), BigInt), dims: [BATCH] },
  };
  const step = identityStep(network({ annealed: true }), 5, annealed);
  expect(step.feeds).toContain(ROUTING_TEMPERATURE);
  const fed = await TrainingRun.open(engine, step, { device: 'cpu' });
  const has = await TrainingRun.open(engine, identityStep(network({ temperature: 7 }), 5, train), {
    device: 'cpu',
  });
  const heat: Tensor = { type: 'float32', data: Float32Array.of(7), dims: [] };
  for (let i = 0; i < 2; i++) {
    const found = await fed.step({ ...feeds, [ROUTING_TEMPERATURE]: heat }, 0.1);
    expect(found.loss).toBeCloseTo((await has.step(feeds, 0.1)).loss, 5);
  }
  const [ours, theirs] = [await fed.state(), await has.state()];
  for (const [name, values] of Object.entries(theirs.values)) {
    expect(relative(ours.values[name], values, 1e-3), name).toBeLessThan(1e-3);
  }
  // What is kept has the temperature that it ends with.
  const kept = trainedNetwork(network({ annealed: true }), ours);
  expect(kept.graph.initialisers.get(ROUTING_TEMPERATURE)?.numbers()).toEqual([1]);
  await fed.dispose();
  await has.dispose();
});

test('what cannot be lowered is refused', () => {
  expect(() => recipeOf({ network: 'dc', annealFrom: 30, epochs: 10 })).toThrow(
    /lowered over 10 epochs and the run has 10: .* Lower it over fewer epochs/,
  );
  expect(() => recipeOf({ network: 'dc', annealEpochs: 3 })).toThrow(
    /Say which routing temperature is lowered/,
  );
  expect(() => faceNetwork({ ...SETTINGS, kind: 'BL', annealed: true })).toThrow(/BL has no routing weights/);
  expect(recipeOf({ network: 'dc' }).train).not.toHaveProperty('annealing');
});
