import { expect, test } from 'vitest';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import { groupSamples, withSampleGroups } from '../../../../core/graph/sample-groups.ts';
import { faceNetwork } from '../../../../core/models/architectures/face-network.ts';
import { checkGradient, whole } from './check.ts';

interface Layer {
  samples: number;
  groups: number;
  experts: number;
  channels: number;
  outputs: number;
  taps: readonly [number, number];
  stride: number;
  pad: number;
}

/** A convolution with a kernel of its own for every sample, the input unfolded as a free batch needs it. */
function unfolded(b: GraphBuilder, { x, shares, pool }: Record<string, Handle>, layer: Layer): Handle {
  const { samples, groups, channels, outputs, taps, stride, pad } = layer;
  const count = taps[0] * taps[1];
  const wide = groups * channels;
  const oneHot = new Float32Array(wide * count * count);
  for (let at = 0; at < wide * count; at++) oneHot[at * count + (at % count)] = 1;
  const copies = b.op('Conv', [x, b.constant('unfold', oneHot, [wide * count, 1, ...taps])], {
    ...{ group: wide, strides: [stride, stride], pads: [pad, pad, pad, pad] },
  });
  const [rows, columns] = (copies.shape as number[]).slice(2);
  const patches = b.op('Reshape', [copies, b.ints([-1, groups, channels * count, rows * columns])]);
  const mixed = b.op('MatMul', [shares, pool]);
  const kernels = b.op('Reshape', [mixed, b.ints([-1, groups, outputs, channels * count])]);
  const product = b.op('MatMul', [kernels, patches]);
  return b.op('Reshape', [product, b.ints([samples, groups * outputs, rows, columns])]);
}

const drawn = (): Layer => ({
  ...{ samples: whole(1, 3), groups: whole(1, 3), experts: whole(1, 3), channels: whole(1, 3) },
  ...{ outputs: whole(1, 4), taps: [whole(1, 3), whole(1, 3)], stride: whole(1, 2), pad: whole(0, 1) },
});

const shapesOf = ({ samples, groups, experts, channels, outputs, taps }: Layer) => ({
  x: [samples, groups * channels, whole(4, 7), whole(4, 7)],
  shares: [samples, groups, 1, experts],
  pool: [groups, experts, outputs * channels * taps[0] * taps[1]],
});

test.each(Array.from({ length: 12 }, () => [drawn()] as const))(
  'samples as groups give the values and the slopes of the unfolded form: %j',
  async (layer) => {
    let parts = 0;
    await checkGradient(shapesOf(layer), (b, inputs) => unfolded(b, inputs, layer), {
      prepare: (b) => {
        const found = groupSamples(b, 0);
        parts = found.length;
        expect(b.graph.nodes.filter(({ opType }) => opType === 'Conv')).toHaveLength(1);
        return found;
      },
    });
    expect(parts).toBe(1);
  },
);

test.each(Array.from({ length: 12 }, () => [drawn()] as const))(
  'experts whose outputs are mixed give the values and the slopes of the unfolded form: %j',
  async (layer) => {
    await checkGradient(shapesOf(layer), (b, inputs) => unfolded(b, inputs, layer), {
      prepare: (b) => {
        expect(groupSamples(b, Number.POSITIVE_INFINITY)).toEqual([]);
        const convs = b.graph.nodes.filter(({ opType }) => opType === 'Conv');
        expect(convs.map((conv) => conv.int('group', 1))).toEqual([layer.groups]);
        return [];
      },
    });
  },
);

const REASONS = [
  'the batch is free',
  'the kernels are used elsewhere too',
  'an input is scaled as well',
] as const;

test.each(REASONS)('a product stays as it is where %s', (reason) => {
  const layer: Layer = {
    ...{ samples: 2, groups: 2, experts: 2, channels: 2, outputs: 3, taps: [3, 3], stride: 1, pad: 1 },
  };
  const b = new GraphBuilder('g');
  const shapes = shapesOf(layer);
  const first = reason === REASONS[0] ? 'N' : 2;
  const inputs = {
    x: b.input('x', [first, ...shapes.x.slice(1)]),
    shares: b.input('shares', [first, ...shapes.shares.slice(1)]),
    pool: b.input('pool', shapes.pool),
  };
  const y = unfolded(b, inputs, layer);
  const mixed = b.graph.nodes.find(({ opType }) => opType === 'MatMul')?.outputs[0] as string;
  b.model(reason === REASONS[1] ? [y, b.value(mixed)] : [y]);
  if (reason === REASONS[2]) (b.graph.initialisers.get('unfold')?.elements() as Float32Array)[0] = 2;
  const before = b.graph.nodes.map(({ opType }) => opType);
  expect(groupSamples(b)).toEqual([]);
  expect(b.graph.nodes.map(({ opType }) => opType)).toEqual(before);
});

test('a whole network for a known batch has no unfolded input left, and one that gains nothing is not rewritten', () => {
  const { model } = faceNetwork({ kind: 'AS4', width: 0.125, size: 16, embedding: 8 });
  const made = withSampleGroups(model, 5);
  expect(made?.graph.outputs[0].shape).toEqual([5, 8]);
  const groups = made?.graph.nodes.flatMap((node) => (node.opType === 'Conv' ? [node.int('group', 1)] : []));
  // Stage 2 has 8×8 and 4×4 places, stage 3 begins with 4×4; then there are so few that experts' outputs are mixed.
  expect(groups?.filter((group) => group === 5 * 4)).toHaveLength(5);
  expect(groups?.filter((group) => group === 4)).toHaveLength(7);
  expect(groups?.every((group) => [1, 4, 5 * 4].includes(group))).toBe(true);
  expect(model.graph.outputs[0].shape?.[0]).not.toBe(5);
  expect(withSampleGroups(faceNetwork({ kind: 'BL', width: 0.125, size: 16 }).model, 5)).toBeUndefined();
});
