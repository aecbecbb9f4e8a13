import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../../core/engine/types.ts';
import { Fault } from '../../../../core/foundation/fault.ts';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import { Graph, GraphNode, ValueInfo } from '../../../../core/graph/graph.ts';
import { Model } from '../../../../core/graph/model.ts';
import { openTfjs, relativeError } from './compare.ts';
import { trainingNormalization } from './operators/sums.ts';
import { Sketch } from './sketch.ts';

const floats = (dims: number[], ...data: number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
});

/** x → the outputs of a graph that is built of it. */
function built(dims: (number | string)[], build: (b: GraphBuilder, x: Handle) => Handle | Handle[]): Model {
  const b = new GraphBuilder('graph');
  return b.model([build(b, b.input('x', dims))].flat());
}

const messageOf = async (work: () => Promise<unknown>): Promise<string> => {
  const thrown = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Fault);
  return (thrown as Fault).message;
};
const opened = async (model: Model): Promise<void> => void openTfjs(model);

describe('memory', () => {
  const model = (): Model =>
    built(['N', 3, 8, 8], (b, x) => {
      const w = b.constant('w', new Float32Array(4 * 3 * 9).fill(0.1), [4, 3, 3, 3]);
      let y = b.op('Conv', [x, w], { pads: [1, 1, 1, 1] });
      for (let i = 0; i < 5; i++) y = b.op('Relu', [b.op('Add', [y, b.scalar(0.1)])]);
      return [b.op('GlobalAveragePool', [y]), b.op('Flatten', [y], { axis: 1 })];
    });

  test('stays as it is from run to run, and is given back with the session', async () => {
    const before = tf.memory();
    const session = openTfjs(model());
    const x: Tensor = { type: 'float32', dims: [2, 3, 8, 8], data: new Float32Array(2 * 3 * 64).fill(1) };
    await session.run({ x });
    const after = tf.memory();
    for (let i = 0; i < 3; i++) await session.run({ x }, [session.outputs[i % 2]]);
    expect(tf.memory().numTensors).toBe(after.numTensors);
    expect(tf.memory().numBytes).toBe(after.numBytes);
    await session.dispose();
    await session.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    await expect(session.run({ x })).rejects.toThrow(/was disposed/);
  });

  test('a value is freed after the last node that takes it', async () => {
    const size = 1 << 16;
    const chain = built([size], (b, x) => {
      let y = x;
      for (let i = 0; i < 20; i++) y = b.op('Add', [y, b.scalar(1)]);
      return y;
    });
    const session = openTfjs(chain);
    let most = 0;
    const run = tf.engine().runKernel.bind(tf.engine());
    tf.engine().runKernel = ((...args: Parameters<typeof run>) => {
      most = Math.max(most, tf.memory().numBytes);
      return run(...args);
    }) as never;
    const before = tf.memory().numBytes;
    try {
      await session.run({ x: { type: 'float32', dims: [size], data: new Float32Array(size) } });
    } finally {
      tf.engine().runKernel = run as never;
    }
    // Two values of the chain and the one being made; twenty if nothing were freed.
    expect(most - before).toBeLessThan(4 * 4 * size);
    await session.dispose();
  });

  test('an operator that fails leaves nothing behind', async () => {
    const session = openTfjs(
      built(['N', 'M'], (b, x) => b.op('MatMul', [b.op('Relu', [x]), b.op('Neg', [x])])),
    );
    const before = tf.memory().numTensors;
    expect(await messageOf(() => session.run({ x: floats([2, 3], 1, 2, 3, 4, 5, 6) }))).toMatch(
      /^MatMul 'matmul' multiplies matrices of 3 columns by matrices of 2 rows\.$/,
    );
    expect(tf.memory().numTensors).toBe(before);
    await session.dispose();
  });
});

describe('what cannot be run is said in words', () => {
  test('operators that the adapter does not know, all of them, when the network is opened', async () => {
    const graph = new Graph('strange');
    graph.inputs = [ValueInfo.tensor('x', 'float32', [1, 4])];
    graph.outputs = [ValueInfo.tensor('z', 'float32', null)];
    graph.nodes = [
      GraphNode.of('Hardmax', ['x'], ['y'], {}, 'first'),
      GraphNode.of('Det', ['y'], ['z'], {}, 'second'),
    ];
    expect(await messageOf(() => opened(new Model(graph)))).toMatch(
      /^The network 'test' cannot be run by TensorFlow\.js: the operators 'Hardmax', 'Det' \(first at Hardmax 'first'\) are not among the \d+ that the adapter knows\.$/,
    );
  });

  test('doubles', async () => {
    const b = new GraphBuilder('double');
    const x = b.input('x', [2], 'float64');
    expect(await messageOf(() => opened(b.model([b.op('Relu', [x])])))).toMatch(
      /^The input 'x' is float64; TensorFlow\.js has only float32, int32, int64, uint8, int8, bool\.$/,
    );
    const cast = openTfjs(built([2], (g, y) => g.op('Cast', [y], { to: 11 })));
    expect(await messageOf(() => cast.run({ x: floats([2], 1, 2) }))).toMatch(
      /Cast 'cast' computes in float64/,
    );
    await cast.dispose();
  });

  test('whole numbers beyond 32 bits, fed, constant or computed', async () => {
    const b = new GraphBuilder('large');
    const x = b.input('x', [2], 'int64');
    const session = openTfjs(b.model([b.op('Mul', [x, x], {}, 'square')]));
    const fed = (...all: bigint[]): Tensor => ({ type: 'int64', dims: [2], data: BigInt64Array.from(all) });
    expect(await messageOf(() => session.run({ x: fed(1n, 2n ** 31n) }))).toMatch(
      /'x' holds 2147483648; TensorFlow\.js has whole numbers of 32 bits only/,
    );
    expect(await messageOf(() => session.run({ x: fed(1n, -70_000n) }))).toMatch(
      /Mul 'square' computes 4\.90e\+9 in 64-bit integers/,
    );
    const { square } = await session.run({ x: fed(-3n, 40_000n) });
    expect(square).toEqual(fed(9n, 1_600_000_000n));
    await session.dispose();
    const far = openTfjs(built([1], (g, y) => g.op('Cast', [y], { to: 7 })));
    expect(await messageOf(() => far.run({ x: floats([1], 3e9) }))).toMatch(/Cast 'cast' computes 3\.00e\+9/);
    await far.dispose();
  });

  test('feeds that do not fit', async () => {
    const session = openTfjs(built(['N', 4], (b, x) => b.op('Relu', [x])));
    const relu = session.outputs[0];
    const of = (feeds: Record<string, Tensor>, wanted?: string[]) =>
      messageOf(() => session.run(feeds, wanted));
    expect(await of({})).toMatch(/'test' cannot be run on the test: the input 'x' is missing\./);
    expect(await of({ z: floats([1, 4], 1, 2, 3, 4) })).toMatch(/has no input 'z'; it has: x\./);
    expect(await of({ x: floats([4], 1, 2, 3, 4) })).toMatch(/'x' has 1 dimensions and must have 2/);
    expect(await of({ x: floats([2, 2], 1, 2, 3, 4) })).toMatch(/dimension 1 is 2 and must be 4/);
    expect(await of({ x: floats([1, 4], 1, 2, 3) })).toMatch(
      /has 3 values, but its shape \[1, 4\] has room for 4/,
    );
    expect(await of({ x: { type: 'int32', dims: [1, 4], data: new Int32Array(4) } })).toMatch(
      /is 'int32', but the network takes 'float32'/,
    );
    expect(await of({ x: floats([1, 4], 1, 2, 3, 4) }, ['q'])).toMatch(
      new RegExp(`no output 'q'; it has: ${relu}`),
    );
    await session.dispose();
  });
});

test('only the nodes that the wanted outputs need are run', async () => {
  const session = openTfjs(
    built(['N'], (b, x) => [
      b.op('Relu', [x], {}, 'wanted'),
      b.op('Reshape', [x, b.ints([7])], {}, 'impossible'),
    ]),
  );
  const x = floats([2], -1, 2);
  expect(await session.run({ x }, ['wanted'])).toEqual({ wanted: floats([2], 0, 2) });
  await expect(session.run({ x })).rejects.toThrow(/Reshape 'impossible' cannot reshape \[2\] to \[7\]/);
  await session.dispose();
});

test('BatchNormalization in training mode: its own statistics, and running ones that move towards them', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const sketch = new Sketch(seed);
    const model = sketch.model([trainingNormalization(sketch)].flat());
    const session = openTfjs(model);
    const found = Object.values(await session.run(sketch.feeds));
    await session.dispose();
    const { data, dims } = sketch.feeds.x0;
    const parameter = (place: number): number[] => {
      const name = model.graph.nodes.at(-1)?.inputs[place] ?? '';
      return model.graph.constant(name)?.numbers() ?? [];
    };
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map(parameter);
    const [items, channels, ...sides] = dims;
    const places = sides.reduce((product, side) => product * side, 1);
    const expected = [new Float32Array(data.length), new Float32Array(channels), new Float32Array(channels)];
    for (let c = 0; c < channels; c++) {
      const at = Array.from(
        { length: items * places },
        (_, i) => (Math.floor(i / places) * channels + c) * places + (i % places),
      );
      const numbers = at.map((place) => Number(data[place]));
      const m = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
      const v = numbers.reduce((sum, one) => sum + (one - m) ** 2, 0) / numbers.length;
      for (const place of at) {
        expected[0][place] = ((Number(data[place]) - m) / Math.sqrt(v + 1e-3)) * scale[c] + shift[c];
      }
      expected[1][c] = 0.75 * mean[c] + 0.25 * m;
      expected[2][c] = 0.75 * variance[c] + 0.25 * v;
    }
    for (const [i, numbers] of expected.entries()) {
      const tensor: Tensor = { type: 'float32', dims: i === 0 ? dims : [channels], data: numbers };
      expect(relativeError(tensor, found[i])).toBeLessThan(1e-5);
    }
  }
});
