import { describe, expect, test } from 'vitest';
import type { AttributeInput } from '../../../../core/graph/attribute.ts';
import { checkGradient, whole } from './check.ts';

interface Settings {
  n: number;
  inputs: number;
  outputs: number;
  sizes: number[];
  kernel: number[];
  attributes: Record<string, AttributeInput>;
  group: number;
}

/** Random shapes and attributes; a kernel always fits into its padded input. */
function drawn(rank: number): Settings {
  const group = whole(1, 3);
  const kernel = Array.from({ length: rank }, () => whole(1, 3));
  const strides = kernel.map(() => whole(1, 3));
  const dilations = kernel.map(() => whole(1, 2));
  const pads = Array.from({ length: 2 * rank }, () => whole(0, 2));
  const sizes = kernel.map((size, i) => (size - 1) * dilations[i] + whole(1, 5));
  return {
    n: whole(1, 3),
    inputs: group * whole(1, 2),
    outputs: group * whole(1, 3),
    ...{ sizes, kernel, group },
    attributes: { strides, dilations, pads, group },
  };
}

const text = (settings: Settings): string =>
  `${settings.n}×${settings.inputs}×${settings.sizes.join('×')} to ${settings.outputs}, kernel ${settings.kernel.join('×')}, ${JSON.stringify(settings.attributes)}`;

describe('Conv', () => {
  const cases = [...Array.from({ length: 20 }, () => drawn(2)), drawn(1), drawn(1), drawn(3)];
  test.each(cases.map((settings) => [text(settings), settings] as const))('%s', async (_, settings) => {
    const { n, inputs, outputs, sizes, kernel, group, attributes } = settings;
    await checkGradient(
      { x: [n, inputs, ...sizes], w: [outputs, inputs / group, ...kernel], c: [outputs] },
      (b, { x, w, c }) => b.op('Conv', [x, w, c], attributes),
      { most: 25 },
    );
  });

  test.each([
    ['as most layers have it', { pads: [1, 1, 1, 1] }, 1],
    ['in groups, dilated, unevenly padded', { pads: [0, 2, 1, 3], dilations: [1, 2], group: 2 }, 2],
    ['padded by more than the kernel reaches', { pads: [3, 0, 4, 2] }, 1],
    ['pointwise', { kernel_shape: [1, 1] }, 1],
  ] as const)('stride 1, %s', async (name, attributes, group) => {
    const kernel = name === 'pointwise' ? 1 : 3;
    const plain = Object.fromEntries(
      Object.entries({ ...attributes }).map(([key, v]) => [key, Array.isArray(v) ? [...v] : v]),
    );
    await checkGradient({ x: [2, 4, 6, 7], w: [6, 4 / group, kernel, kernel] }, (b, { x, w }) =>
      b.op('Conv', [x, w], plain as Record<string, AttributeInput>),
    );
  });

  test.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'])('auto_pad %s', async (auto_pad) => {
    await checkGradient({ x: [2, 3, 7, 8], w: [4, 3, 3, 4] }, (b, { x, w }) =>
      b.op('Conv', [x, w], { auto_pad, strides: [2, 3] }),
    );
  });

  test('depthwise, and with a free batch', async () => {
    await checkGradient(
      { x: [3, 4, 6, 6], w: [4, 1, 3, 3] },
      (b, { x, w }) => b.op('Conv', [x, w], { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] }),
      { declared: { x: ['N', 4, 6, 6] } },
    );
  });
});

describe('ConvTranspose', () => {
  const cases = Array.from({ length: 14 }, (_, i) => {
    const settings = drawn(i < 12 ? 2 : 1);
    const { strides, dilations } = settings.attributes as { strides: number[]; dilations: number[] };
    const rank = strides.length;
    // The output must not vanish behind its padding; output_padding stays under the stride.
    const pads = Array.from({ length: 2 * rank }, (_, at) =>
      Math.min(whole(0, 1), Math.floor(((settings.kernel[at % rank] - 1) * dilations[at % rank]) / 2)),
    );
    return {
      ...settings,
      attributes: { ...settings.attributes, pads, output_padding: strides.map((s) => whole(0, s - 1)) },
    };
  });
  test.each(cases.map((settings) => [text(settings), settings] as const))('%s', async (_, settings) => {
    const { n, inputs, outputs, sizes, kernel, group, attributes } = settings;
    await checkGradient(
      { x: [n, inputs, ...sizes], w: [inputs, outputs / group, ...kernel], c: [outputs] },
      (b, { x, w, c }) => b.op('ConvTranspose', [x, w, c], attributes),
      { most: 25 },
    );
  });

  test.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'])('auto_pad %s', async (auto_pad) => {
    await checkGradient({ x: [2, 3, 4, 5], w: [3, 2, 3, 4] }, (b, { x, w }) =>
      b.op('ConvTranspose', [x, w], { auto_pad, strides: [2, 3] }),
    );
  });

  test('output_shape', async () => {
    await checkGradient({ x: [1, 2, 4, 5], w: [2, 2, 3, 3] }, (b, { x, w }) =>
      b.op('ConvTranspose', [x, w], { strides: [2, 2], output_shape: [8, 10] }),
    );
  });
});

test('sizes that are open are asked for', async () => {
  await expect(
    checkGradient({ x: [1, 1, 4, 4], w: [1, 1, 3, 3] }, (b, { x, w }) => b.op('Conv', [x, w], {}, 'stem'), {
      declared: { x: [1, 1, 'H', 4] },
    }),
  ).rejects.toThrow(/'x' \(1×1×H×4\) must be known/);
});

/** Gradients that are written in a faster form of their own where shapes allow it. */
describe('Conv in faster forms', () => {
  const window = (kernel: number, stride: number, pad: number): Record<string, AttributeInput> => ({
    ...{ kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] },
  });

  test.each([
    [3, 2, 1, 1, 6],
    [3, 2, 1, 2, 8],
    [3, 2, 0, 1, 8],
    [2, 2, 0, 1, 6],
    [1, 2, 0, 1, 6],
    [4, 2, 1, 1, 8],
    [5, 3, 2, 2, 9],
    [2, 3, 0, 1, 6],
    [3, 4, 1, 1, 8],
  ])('kernel %i, stride %i, padding %i, %i groups: places a stride apart as channels', async (...drawn) => {
    const [kernel, stride, pad, group, size] = drawn;
    const shapes = { x: [2, 2 * group, size, size], w: [3 * group, 2, kernel, kernel] };
    await checkGradient(shapes, (b, { x, w }) => {
      const y = b.op('Conv', [x, w], { ...window(kernel, stride, pad), group });
      return y;
    });
  });

  test.each([1, 2, 3])('pointwise with stride %i: products summed over pictures', async (stride) => {
    await checkGradient({ x: [3, 2, 6, 7], w: [3, 2, 1, 1] }, (b, { x, w }) =>
      b.op('Conv', [x, w], window(1, stride, 0)),
    );
  });

  test('way back to more channels than are worth spreading', async () => {
    await checkGradient(
      { x: [2, 17, 4, 4], w: [18, 17, 3, 3] },
      (b, { x, w }) => b.op('Conv', [x, w], window(3, 1, 1)),
      { most: 25 },
    );
  });
});
