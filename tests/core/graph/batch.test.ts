import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../core/foundation/random.ts';
import { freeBatch, verifyBatch } from '../../../core/graph/batch.ts';
import { GraphBuilder, type Handle } from '../../../core/graph/builder.ts';
import { Model } from '../../../core/graph/model.ts';
import { haveWeights, NETWORKS, runModel, WEIGHTS } from './runtime.ts';

const random = new Random(11);
const sample = (): number => random.normal();

function fixed(build: (b: GraphBuilder, x: Handle) => Handle): Model {
  const b = new GraphBuilder('fixed');
  return b.model([build(b, b.input('x', [1, 4, 6, 6]))]);
}

const FREE: Record<string, (b: GraphBuilder, x: Handle) => Handle> = {
  'Reshape [1, −1]': (b, x) => b.op('Reshape', [x, b.ints([1, -1])]),
  'Reshape in channel shuffles': (b, x) =>
    b.op('Reshape', [
      b.op('Transpose', [b.op('Reshape', [x, b.ints([1, 2, 2, 6, 6])])], { perm: [0, 2, 1, 3, 4] }),
      b.ints([1, 4, 6, 6]),
    ]),
  'Reshape behind a batch that was moved': (b, x) =>
    b.op(
      'Transpose',
      [b.op('Reshape', [b.op('Transpose', [x], { perm: [1, 0, 2, 3] }), b.ints([4, 1, 36])])],
      {
        perm: [1, 0, 2],
      },
    ),
  'Resize by sizes': (b, x) => b.op('Resize', [x, null, null, b.ints([1, 4, 9, 3])], { mode: 'nearest' }),
  'a constant token joined in': (b, x) =>
    b.op('Concat', [b.constant('token', Float32Array.from({ length: 36 }, sample), [1, 1, 6, 6]), x], {
      axis: 1,
    }),
  'Expand to [1, …]': (b, x) => b.op('Expand', [b.op('GlobalAveragePool', [x]), b.ints([1, 4, 2, 2])]),
};

describe('a fixed batch becomes free', () => {
  test.each(Object.entries(FREE))('%s', async (_name, build) => {
    const model = fixed(build);
    const outcome = freeBatch(model);
    expect(outcome.reason).toMatch(/rewritten into a free one/);
    expect(outcome.batch).toBe('free');
    expect(await verifyBatch(model, outcome.model as Model, runModel, sample)).toBeLessThan(1e-5);
    // The original is left as it was.
    expect(model.graph.inputs[0].shape).toEqual([1, 4, 6, 6]);
  });
});

const STUCK: Record<string, [RegExp, (b: GraphBuilder, x: Handle) => Handle]> = {
  'the first item is picked': [
    /stays fixed at 1: Gather 'gather' does not carry the batch on/,
    (b, x) => b.op('Gather', [x, b.constant('i', BigInt64Array.of(0n), [])], { axis: 0 }),
  ],
  'the mean is over the batch': [
    /stays fixed at 1: ReduceMean 'mean'/,
    (b, x) => b.op('ReduceMean', [x], { axes: [0], keepdims: 1 }, 'mean'),
  ],
  'the batch is squeezed away': [/stays fixed at 1: /, (b, x) => b.op('Squeeze', [x, b.ints([0])])],
};

describe('where the batch cannot be freed, the node is named', () => {
  test.each(Object.entries(STUCK))('%s', (_name, [reason, build]) => {
    const outcome = freeBatch(fixed(build));
    expect(outcome.model).toBe(undefined);
    expect(outcome.batch).toBe(1);
    expect(outcome.reason).toMatch(reason);
  });
});

test('running several items finds what shapes cannot: a softmax over the batch', async () => {
  const model = fixed((b, x) => b.op('Softmax', [x], { axis: 0 }));
  const outcome = freeBatch(model);
  expect(await verifyBatch(model, outcome.model as Model, runModel, sample)).toBeGreaterThan(0.1);
});

test.skipIf(!haveWeights).each(NETWORKS)('%s: three items at once equal three single runs', async (name) => {
  const model = Model.read(join(WEIGHTS, name));
  const outcome = freeBatch(model);
  expect(outcome.batch).toBe('free');
  expect(await verifyBatch(model, outcome.model as Model, runModel, sample)).toBeLessThan(1e-5);
});
