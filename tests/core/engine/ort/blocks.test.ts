import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { channelBlock, forProcessor } from '../../../../core/engine/ort/blocks.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { BLOCKED_DOMAIN, blockChannels } from '../../../../core/graph/blocked-channels.ts';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import { Model } from '../../../../core/graph/model.ts';
import { relative } from '../../graph/gradient/check.ts';

const open = (bytes: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
const block = await channelBlock(open);
const random = new Random(3);

type Shapes = Readonly<Record<string, readonly number[]>>;

/** A model's only output, from the same numbers at every call. */
async function outputOf(bytes: Uint8Array, shapes: Shapes): Promise<Float32Array> {
  const drawn = new Random(9);
  const session = await open(bytes);
  const feeds = Object.entries(shapes).map(([name, dims]) => {
    const size = dims.reduce((all, side) => all * side, 1);
    const data = Float32Array.from({ length: size }, () => drawn.normal());
    return [name, new Tensor('float32', data, [...dims])];
  });
  const found = await session.run(Object.fromEntries(feeds));
  await session.release();
  return found[session.outputNames[0]].data as Float32Array;
}

function built(shapes: Shapes, build: (b: GraphBuilder, inputs: Record<string, Handle>) => Handle): Model {
  const b = new GraphBuilder('g');
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [name, b.input(name, dims)]),
  );
  return b.model([build(b, inputs)]);
}

const blockedOf = (model: Model): number =>
  model.graph.nodes.filter(({ domain, opType }) => domain === BLOCKED_DOMAIN && opType === 'Conv').length;

const CASES = [
  ['as most layers have it', { x: [3, 32, 9, 10], w: [48, 32, 3, 3] }, { pads: [1, 1, 1, 1] }],
  [
    'with a stride, unevenly padded',
    { x: [3, 16, 19, 32], w: [16, 16, 3, 3] },
    { strides: [2, 2], pads: [0, 1, 1, 0] },
  ],
  ['dilated', { x: [4, 16, 12, 12], w: [32, 16, 3, 3] }, { dilations: [2, 2] }],
  ['pointwise', { x: [9, 32, 9, 9], w: [16, 32, 1, 1] }, { strides: [2, 2] }],
  ['in groups', { x: [3, 48, 9, 9], w: [96, 16, 3, 3] }, { group: 3, pads: [1, 1, 1, 1] }],
  ['of three channels', { x: [3, 3, 12, 12], w: [16, 3, 3, 3] }, { pads: [1, 1, 1, 1] }],
  ['with a bias', { x: [3, 16, 9, 9], w: [16, 16, 3, 3], c: [16] }, { pads: [1, 1, 1, 1] }],
] as const;

test.skipIf(block === undefined)('a processor with vector units has a block of 8 or 16 channels', () => {
  expect([8, 16]).toContain(block);
});

test.skipIf(block === undefined).each(CASES)(
  'convolutions %s give the same numbers in blocks',
  async (_, shapes, attributes) => {
    const given = Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [key, Array.isArray(value) ? [...value] : value]),
    );
    const model = built(shapes, (b, { x, w, c }) => b.op('Conv', c ? [x, w, c] : [x, w], given as never));
    const wanted = await outputOf(model.encode(), shapes);
    const made = await forProcessor(model.encode(), open);
    expect(blockedOf(Model.decode(made))).toBe(1);
    expect(relative(await outputOf(made, shapes), wanted)).toBeLessThan(1e-5);
  },
);

test.skipIf(block === undefined)(
  'kernels mixed sample by sample are put into blocks before they are mixed',
  async () => {
    const shapes = { x: [1, 5 * 2 * 16, 6, 6], shares: [5, 2, 1, 3], pool: [2, 3, 16 * 16 * 9] };
    const model = built(shapes, (b, { x, shares, pool }) => {
      const kernels = b.op('Reshape', [b.op('MatMul', [shares, pool]), b.ints([5 * 2 * 16, 16, 3, 3])]);
      return b.op('Conv', [x, kernels], { group: 5 * 2, pads: [1, 1, 1, 1] });
    });
    const wanted = await outputOf(model.encode(), shapes);
    const made = Model.decode(await forProcessor(model.encode(), open));
    expect(blockedOf(made)).toBe(1);
    const producers = made.graph.producers();
    const mix = made.graph.nodes.find(({ inputs }) => inputs[0] === 'shares' && inputs[1] !== 'pool');
    expect(producers.get(mix?.inputs[1] ?? '')?.opType).toBe('Reshape');
    // Nothing is mixed twice.
    expect(made.graph.nodes.filter(({ opType }) => opType === 'MatMul')).toHaveLength(1);
    expect(relative(await outputOf(made.encode(), shapes), wanted)).toBeLessThan(1e-5);
  },
);

test('constant kernels, few channels, too few uses and kernels as large as pictures stay as they are', () => {
  const constant = built({ x: [3, 16, 9, 9] }, (b, { x }) =>
    b.op('Conv', [
      x,
      b.constant(
        'w',
        Float32Array.from({ length: 16 * 16 }, () => random.normal()),
        [16, 16, 1, 1],
      ),
    ]),
  );
  const conv = (shapes: Shapes): Model => built(shapes, (b, { x, w }) => b.op('Conv', [x, w]));
  const models = [
    constant,
    conv({ x: [3, 16, 20, 20], w: [12, 16, 3, 3] }),
    conv({ x: [3, 20, 20, 20], w: [16, 20, 3, 3] }),
    conv({ x: [2, 16, 5, 5], w: [16, 16, 3, 3] }),
    conv({ x: [1, 16, 40, 40], w: [16, 16, 20, 20] }),
  ];
  for (const model of models) {
    expect(blockChannels(model, 16)).toBe(0);
    expect(model.opsets.has(BLOCKED_DOMAIN)).toBe(false);
  }
});
