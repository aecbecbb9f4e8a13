import { afterAll, describe, expect, test } from 'vitest';
import { createOrtEngine } from '../../../core/engine/ort/engine.ts';
import type { Tensor } from '../../../core/engine/types.ts';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { Model } from '../../../core/graph/model.ts';
import { trainingMode } from '../../../core/graph/training-mode.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { TrainingRun } from '../../../core/training/run.ts';
import { trainingStep } from '../../../core/training/step.ts';
import { trainedNetwork } from '../../../core/training/trained.ts';
import { relative, rounded, run as runModel } from '../graph/gradient/check.ts';
import { dense } from '../graph/reference/array.ts';
import { evaluate } from '../graph/reference/evaluate.ts';
import { BATCH, classifier, labels, network, pictures, SIZE } from './small.ts';

const engine = createOrtEngine();
afterAll(() => engine.release());

const batch = (): Record<string, Tensor> => ({
  input: { type: 'float32', data: pictures(), dims: [BATCH, 3, SIZE, SIZE] },
  labels: { type: 'int64', data: BigInt64Array.from(labels(), BigInt), dims: [BATCH] },
});

describe('a run', () => {
  test('learns one batch, and its network gives what was learnt', async () => {
    const run = await TrainingRun.open(engine, classifier('BL', sgd()), { device: 'cpu' });
    const feeds = batch();
    const losses: number[] = [];
    for (let i = 0; i < 12; i++) losses.push((await run.step(feeds, 0.05)).loss);
    expect(losses[11]).toBeLessThan(losses[0] / 4);
    const state = await run.state();
    await run.dispose();
    const trained = trainedNetwork(network('BL'), state);
    const weight = trained.graph.initialisers.get('stage1.block1.conv1.weight')?.numbers();
    expect(weight).toEqual([...state.values['stage1.block1.conv1.weight']]);
    expect(
      trained.graph.initialisers
        .get('stem.bn.running_mean')
        ?.numbers()
        .some((v) => v !== 0),
    ).toBe(true);
    const input = { input: rounded([BATCH, 3, SIZE, SIZE], feeds.input.data as Float32Array) };
    const found = await runModel(Model.decode(trained.encode()), input);
    expect(found.embedding.data.every(Number.isFinite)).toBe(true);
  });

  test('that is restored goes on with the same losses', async () => {
    const feeds = [batch(), batch(), batch(), batch()];
    const whole = await TrainingRun.open(engine, classifier('BL', sgd()), { device: 'cpu' });
    for (const each of feeds.slice(0, 2)) await whole.step(each, 0.05);
    const kept = await whole.state();
    const wanted = [await whole.step(feeds[2], 0.05), await whole.step(feeds[3], 0.05)];
    const resumed = await TrainingRun.open(engine, classifier('BL', sgd()), { device: 'cpu' });
    await resumed.restore(kept);
    expect(resumed.steps).toBe(2);
    expect([await resumed.step(feeds[2], 0.05), await resumed.step(feeds[3], 0.05)]).toEqual(wanted);
    const { 'head.weight': _gone, ...values } = kept.values;
    await expect(resumed.restore({ steps: 1, values })).rejects.toThrow("The state has no 'head.weight'.");
    await expect(
      resumed.restore({ steps: 1, values: { ...kept.values, 'head.weight': new Float32Array(3) } }),
    ).rejects.toThrow(/'head.weight' has 60 values, not 3/);
    await whole.dispose();
    await resumed.dispose();
  });

  test('that diverges says so', async () => {
    const run = await TrainingRun.open(engine, classifier('BL', sgd()), { device: 'cpu' });
    const diverge = async () => {
      for (let i = 0; i < 20; i++) await run.step(batch(), 1e30);
    };
    await expect(diverge()).rejects.toThrow(/The loss is (NaN|Infinity) at step \d+: training diverged/);
    await run.dispose();
  });
});

test('a step leaves its network as it was, and names what cannot be trained', () => {
  const model = network('DC');
  const before = Buffer.from(model.encode());
  const settings = { network: model, batch: BATCH, optimiser: sgd() };
  const step = trainingStep({
    ...settings,
    loss: ({ a, value }) => ({ loss: a.reduce('ReduceMean', value('embedding'), [0, 1], false) }),
  });
  expect(step.state.filter(({ kind }) => kind === 'statistic').length).toBeGreaterThan(20);
  expect(step.feeds).toEqual(['input']);
  expect(Buffer.from(model.encode()).equals(before)).toBe(true);
  expect(() => trainingStep({ ...settings, loss: ({ value }) => ({ loss: value('embedding') }) })).toThrow(
    /The loss is 4×12 and no single number/,
  );
  expect(() =>
    trainingStep({
      ...settings,
      trains: () => false,
      loss: ({ a, value }) => ({ loss: a.reduce('ReduceMean', value('embedding'), [0, 1], false) }),
    }),
  ).toThrow(/has no parameter that is trained/);
});

test('a frozen network in training mode normalises by its batch, and keeps its running averages', async () => {
  const b = GraphBuilder.onto(network('BL'), { inputs: { input: [BATCH, 3, SIZE, SIZE] } });
  const [first] = trainingMode(b);
  expect(first.count).toBe(BATCH * SIZE * SIZE);
  const kept = b.op('Identity', [b.value(first.running.mean)], {}, 'kept');
  const model = b.model([b.value('embedding'), first.batch.mean, kept]);
  const input = dense([BATCH, 3, SIZE, SIZE], pictures());
  const found = await runModel(model, { input });
  const expected = evaluate(model, { input });
  for (const { name } of model.graph.outputs) {
    expect(relative(found[name].data, expected.get(name)!.data), name).toBeLessThan(1e-4);
  }
});
