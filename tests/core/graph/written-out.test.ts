import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../core/graph/builder.ts';
import { Model } from '../../../core/graph/model.ts';
import { writeOutBatchNormalization } from '../../../core/graph/written-out.ts';
import { sgd } from '../../../core/training/optimisers/sgd.ts';
import { trainingStep } from '../../../core/training/step.ts';
import { BATCH, EMBEDDING, network, normals, pictures, SIZE } from '../training/small.ts';
import { relative, rounded, run } from './gradient/check.ts';
import { python } from './python.ts';
import { dense } from './reference/array.ts';

const count = ({ graph }: Model): number =>
  graph.nodes.filter((node) => node.opType === 'BatchNormalization' && node.int('training_mode', 0) === 1)
    .length;

test('a BatchNormalization over its batch, written out, is PyTorch’s', async () => {
  const dims = [5, 3, 4, 2];
  const [x, scale, bias] = [normals(120, 2), normals(3), normals(3)];
  const b = new GraphBuilder('norm');
  const input = b.input('x', dims);
  const [s, c] = [b.constant('s', scale), b.constant('c', bias)];
  const [m, v] = [b.input('m', [3]), b.input('v', [3])];
  const outputs = b.ops('BatchNormalization', [input, s, c, m, v], { epsilon: 0.1, training_mode: 1 }, [
    'y',
    'mean',
    'variance',
  ]);
  const model = b.model(outputs);
  // A whole number would be taken for an int.
  model.graph.nodes[0].attributes.set('momentum', { kind: 'float', value: 0 });
  writeOutBatchNormalization(model);
  expect(count(model)).toBe(0);
  const none = rounded([3], [0, 0, 0]);
  const found = await run(Model.decode(model.encode()), { x: rounded(dims, x), m: none, v: none });
  const expected = python<{ y: number[]; mean: number[]; variance: number[] }>(
    `
import torch
v = torch.tensor(x['x'], dtype=torch.float64).view(5, 3, 4, 2)
y = torch.nn.functional.batch_norm(v, None, None, torch.tensor(x['s'], dtype=torch.float64), torch.tensor(x['c'], dtype=torch.float64), True, 0, 0.1)
print(json.dumps({'y': y.flatten().tolist(), 'mean': v.mean((0, 2, 3)).tolist(), 'variance': v.var((0, 2, 3), unbiased=False).tolist()}))`,
    { x: [...x], s: [...scale], c: [...bias] },
  );
  for (const name of ['y', 'mean', 'variance'] as const) {
    expect(relative(found[name].data, Float64Array.from(expected[name])), name).toBeLessThan(1e-5);
  }
});

test('a training step written out is the same step', async () => {
  const step = trainingStep({
    ...{ network: network('BL'), batch: BATCH, optimiser: sgd() },
    loss: ({ a, b, value }) => {
      const towards = b.constant('towards', normals(BATCH * EMBEDDING), [BATCH, EMBEDDING]);
      return { loss: a.reduce('ReduceMean', a.mul(value('embedding'), towards), [0, 1], false) };
    },
  });
  const feeds = {
    ...Object.fromEntries(
      step.state.map(({ name, initial }) => [
        name,
        rounded(initial.dims, Float32Array.from(initial.numbers())),
      ]),
    ),
    input: dense([BATCH, 3, SIZE, SIZE], pictures()),
    rate: rounded([], [0.05]),
  };
  const written = step.model.copy();
  writeOutBatchNormalization(written);
  expect(count(step.model)).toBeGreaterThan(10);
  expect(count(written)).toBe(0);
  const [found, expected] = [await run(written, feeds), await run(step.model, feeds)];
  for (const { next } of step.state) {
    expect(relative(found[next].data, expected[next].data, 0.01), next).toBeLessThan(1e-4);
  }
});

test('averages that are mixed in the node are not written out', () => {
  const b = new GraphBuilder('norm');
  const vector = (name: string) => b.input(name, [3]);
  const inputs = [b.input('x', [2, 3]), vector('s'), vector('c'), vector('m'), vector('v')];
  const attributes = { momentum: 0.9, training_mode: 1 };
  const model = b.model(b.ops('BatchNormalization', inputs, attributes, ['y', 'mean', 'variance']));
  expect(() => writeOutBatchNormalization(model)).toThrow(/momentum other than 0/);
});
