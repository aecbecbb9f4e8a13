import type { Handle } from '../builder.ts';
import { slidingWindow, span, transposedWindow, type Window } from '../windows.ts';
import { type GradientContext, type GradientRule, incoming, type Writing } from './rule.ts';

/** Input elements, the padding before them included, that the windows of `outputs` places reach over. */
const reach = (window: Window, i: number, outputs: number): number =>
  (outputs - 1) * window.strides[i] + span(window, i);

/** x cut to `sizes` at the end of its dimensions from `from` on. */
function cut({ a }: Writing, x: Handle, from: number, sizes: readonly number[]): Handle {
  return sizes.reduce((y, size, i) => a.slice(y, from + i, 0, size), x);
}

/**
 * The adjoint of a convolution: d (N×K×outputs) spread back over an input of `sizes` by the transposed convolution with
 * the same kernel. What no window reached at the end is zero.
 */
export function spreadBack(
  { a, b }: Writing,
  d: Handle,
  kernel: Handle,
  window: Window,
  sizes: readonly number[],
  group: number,
): Handle {
  const { strides, dilations, begins } = window;
  const outputs = a.sizes(d, 2);
  const missing = sizes.map((size, i) => size + begins[i] - reach(window, i, outputs[i]));
  // As output_padding where that is allowed (less than a stride), as zeros put behind where not.
  const free = missing.map((more, i) => (more > 0 && more < strides[i] ? more : 0));
  const made = b.op('ConvTranspose', [d, kernel], {
    strides: [...strides],
    dilations: [...dilations],
    pads: [...begins, ...missing.map((more) => Math.max(0, -more))],
    ...(free.some((more) => more > 0) ? { output_padding: free } : {}),
    ...(group === 1 ? {} : { group }),
  });
  return missing.reduce((y, more, i) => a.pad(y, 2 + i, 0, Math.max(0, more - free[i])), made);
}

/** Fewer channels than this are not worth an unfolded copy of more. */
const FEW_CHANNELS = 16;

/**
 * Whether the transposed convolution is the faster way back to so few channels: it computes from d as it is and spreads
 * few channels, where the convolution would unfold many of d's (half the time of 16 channels to 4 or 8).
 */
export const spreadsFaster = (outputs: number, inputs: number): boolean =>
  inputs < FEW_CHANNELS && outputs > inputs;

/**
 * The same where the stride is 1: the convolution with the kernel turned round and its channels exchanged, which runs
 * faster than the transposed one. undefined where that would need padding below 0.
 */
function convolvedBack(
  writing: Writing,
  d: Handle,
  kernel: Handle,
  window: Window,
  sizes: readonly number[],
  group: number,
): Handle | undefined {
  const { a, b } = writing;
  const pads = padsBack(writing, d, window, sizes);
  const [outputs, inputs, ...taps] = a.sizes(kernel);
  if (pads === undefined || spreadsFaster(outputs / group, inputs)) return undefined;
  const exchanged = turned(writing, kernel, [group, outputs / group, inputs], taps);
  return b.op('Conv', [d, a.reshape(exchanged, [group * inputs, outputs / group, ...taps])], {
    dilations: [...window.dilations],
    pads,
    ...(group === 1 ? {} : { group }),
  });
}

/** Padding of the convolution that leads back; undefined where the stride is not 1 or it would be below 0. */
export function padsBack(
  { a }: Writing,
  d: Handle,
  window: Window,
  sizes: readonly number[],
): number[] | undefined {
  const begins = window.begins.map((begin, i) => span(window, i) - 1 - begin);
  const ends = a.sizes(d, 2).map((size, i) => sizes[i] - size + window.begins[i]);
  const pads = [...begins, ...ends];
  return window.strides.some((stride) => stride !== 1) || pads.some((pad) => pad < 0) ? undefined : pads;
}

/** Kernels, G×K×C×taps, turned round and with their channels exchanged: G×C×K×taps. */
export function turned(
  { a, b }: Writing,
  kernels: Handle,
  [sets, outputs, inputs]: readonly [number, number, number],
  taps: readonly number[],
): Handle {
  const count = taps.reduce((product, tap) => product * tap, 1);
  const apart = a.reshape(kernels, [sets, outputs, inputs, count]);
  if (count === 1) return a.transpose(apart, [0, 2, 1, 3]);
  const back = Array.from({ length: count }, (_, i) => count - 1 - i);
  // Moving one axis at a time and whole rows of channels is what runtimes do fastest.
  const rows = b.op('Gather', [a.transpose(apart, [0, 1, 3, 2]), b.ints(back, 'backwards')], { axis: 2 });
  return a.transpose(rows, [0, 3, 1, 2]);
}

/** A transposed convolution to at most so many places per picture costs more than the convolution that gives its phases. */
const FEW_PLACES = 256;

/**
 * The same where the stride is above 1: places of the input that lie a stride apart get the same taps of the kernel. One
 * convolution at stride 1 gives all these phases as channels of their own, which are then put between each other. undefined
 * where the pictures are so large that moving them costs more, or the window is dilated.
 */
function phasesBack(
  { a, b }: Writing,
  d: Handle,
  kernel: Handle,
  window: Window,
  sizes: readonly number[],
  group: number,
): Handle | undefined {
  const { strides, dilations, begins } = window;
  const [stride] = strides;
  const fits =
    sizes.length === 2 &&
    stride > 1 &&
    strides.every((one) => one === stride) &&
    dilations.every((one) => one === 1) &&
    sizes.every((size) => size % stride === 0) &&
    sizes[0] * sizes[1] <= FEW_PLACES;
  if (!fits) return undefined;
  const [outputs, inputs, ...taps] = a.sizes(kernel);
  const each = outputs / group;
  const along = taps.map((tap, i) => phasesAlong(tap, stride, begins[i]));
  const zero = taps[0] * taps[1];
  const order = along[0].taps.flatMap((row) =>
    along[1].taps.flatMap((column) =>
      row.flatMap((y) => column.map((x) => (y < 0 || x < 0 ? zero : y * taps[1] + x))),
    ),
  );
  const reach = along.map(({ taps }) => taps[0].length);
  const ends = sizes.map((size, i) => size / stride - a.size(d, 2 + i) + reach[i] - 1 - along[i].before);
  if (ends.some((end) => end < 0)) return undefined;
  const phases = stride ** 2;
  // Taps first, so that whole kernels' worth of numbers is gathered.
  const apart = a.pad(a.transpose(a.reshape(kernel, [group * each * inputs, zero]), [1, 0]), 0, 0, 1);
  const gathered = b.op('Gather', [apart, b.ints(order, 'phases')], { axis: 0 });
  const dims = [phases, reach[0] * reach[1], group, each, inputs];
  const kernels = a.transpose(a.reshape(gathered, dims), [2, 4, 0, 3, 1]);
  const made = b.op('Conv', [d, a.reshape(kernels, [group * inputs * phases, each, ...reach])], {
    pads: [...along.map(({ before }) => before), ...ends],
    ...(group === 1 ? {} : { group }),
  });
  return b.op('DepthToSpace', [made], { blocksize: stride, mode: 'CRD' });
}

/**
 * Along one dimension: which tap leads from an output to place i·stride + phase of the input, per phase, by the output's
 * number counted from i − before; −1: none.
 */
function phasesAlong(size: number, stride: number, begin: number): { taps: number[][]; before: number } {
  const offset = (phase: number, tap: number): number => (phase + begin - tap) / stride;
  const leads = Array.from({ length: stride }, (_, phase) =>
    Array.from({ length: size }, (_, tap) => ({ tap, at: offset(phase, tap) })).filter(({ at }) =>
      Number.isInteger(at),
    ),
  );
  const all = leads.flat().map(({ at }) => at);
  const [first, last] = [Math.min(0, ...all), Math.max(0, ...all)];
  const taps = leads.map((phase) =>
    Array.from({ length: last - first + 1 }, (_, i) => phase.find(({ at }) => at === first + i)?.tap ?? -1),
  );
  return { taps, before: -first };
}

/**
 * The gradient with respect to the kernel (g·K × C × …) of a convolution of x (N × g·C × …) whose outputs get d
 * (N × g·K × …): itself a convolution, in which d is the kernel, the batch is summed over as channels are, and stride and
 * dilation change places.
 *
 * Its few output places (3×3) and deep sums make it the slowest part of a training step when it is written like that.
 * Here the channels of x are laid side by side along the last dimension instead (a column is C numbers wide), so that one
 * convolution gives all places of all channels in runs of C and more: 113 to 200 GFLOP/s on two cores where the plain form
 * reaches 33 to 87, and the forward convolution 64 to 191 (IR-18's layers, batch 8). That needs a forward dilation of 1
 * along the last dimension.
 */
function kernelGradient(writing: Writing, x: Handle, d: Handle, window: Window, group: number): Handle {
  const { a, b } = writing;
  const { kernel, strides, dilations, begins } = window;
  const rank = kernel.length;
  const pointwise = group === 1 ? pointwiseKernelGradient(writing, x, d, window) : undefined;
  if (pointwise !== undefined) return pointwise;
  const folded = foldedKernelGradient(writing, x, d, window, group);
  if (folded !== undefined) return a.transpose(folded, [0, rank + 1, ...kernel.map((_, i) => 1 + i)]);
  const sizes = a.sizes(x, 2);
  const channels = a.size(x, 1) / group;
  const places = sizes.map((_, i) => 2 + i);
  const apart = b.op('Reshape', [x, b.ints([-1, group, channels, ...sizes])]);
  const exchanged = a.transpose(apart, [2, 1, 0, ...places.map((place) => place + 1)]);
  const open = group === 1 ? a.shape(x)[0] : null;
  const made = b.op(
    'Conv',
    [a.reshape(exchanged, [channels, open, ...sizes]), a.transpose(d, [1, 0, ...places])],
    {
      strides: [...dilations],
      dilations: [...strides],
      pads: [...begins, ...endsOf(a.sizes(d, 2), sizes, window)],
      ...(group === 1 ? {} : { group }),
    },
  );
  return a.transpose(cut(writing, made, 2, kernel), [1, 0, ...places]);
}

/**
 * The gradient with respect to a 1×1 kernel: per picture the product of d with the channels of x, summed over the pictures.
 * Nothing is laid out anew for it; undefined where the products of all pictures would be larger than they.
 */
function pointwiseKernelGradient(
  { a, b }: Writing,
  x: Handle,
  d: Handle,
  { kernel, strides, begins, ends }: Window,
): Handle | undefined {
  if (kernel.some((side) => side !== 1) || [...begins, ...ends].some((pad) => pad !== 0)) return undefined;
  const [outputs, channels] = [a.size(d, 1), a.size(x, 1)];
  const places = a.sizes(d, 2).reduce((all, side) => all * side, 1);
  if (outputs * channels > places * (outputs + channels)) return undefined;
  const taken = strides.reduce((kept, stride, i) => a.slice(kept, 2 + i, 0, a.size(x, 2 + i), stride), x);
  const rows = (value: Handle, count: number): Handle =>
    b.op('Reshape', [value, b.ints([-1, count, places])]);
  const products = b.op('MatMul', [rows(d, outputs), a.transpose(rows(taken, channels), [0, 2, 1])]);
  return a.reshape(a.reduce('ReduceSum', products, [0], false), [outputs, channels, ...kernel]);
}

/** Zeros behind each dimension as far as the windows of `outputs` places reach. */
const endsOf = (outputs: readonly number[], sizes: readonly number[], window: Window): number[] =>
  sizes.map((size, i) => Math.max(0, reach(window, i, outputs[i]) - window.begins[i] - size));

/**
 * The gradient with respect to a kernel as the faster form gives it, its channels last (g·K × … × C). undefined where the
 * forward dilation along the last dimension is not 1.
 */
export function foldedKernelGradient(
  writing: Writing,
  x: Handle,
  d: Handle,
  window: Window,
  group: number,
): Handle | undefined {
  const { a, b } = writing;
  const { kernel, strides, dilations, begins } = window;
  const rank = kernel.length;
  if (dilations[rank - 1] !== 1) return undefined;
  const sizes = a.sizes(x, 2);
  const channels = a.size(x, 1) / group;
  const ends = endsOf(a.sizes(d, 2), sizes, window);
  const places = sizes.map((_, i) => 2 + i);
  const side = (values: readonly number[]): number[] =>
    values.map((value, i) => (i === rank - 1 ? value * channels : value));
  // One axis that moves to the end is what runtimes transpose fastest.
  const last =
    group === 1
      ? a.transpose(x, [0, ...places, 1])
      : a.transpose(b.op('Reshape', [x, b.ints([-1, group, channels, ...sizes])]), [
          ...[1, 0],
          ...places.map((place) => place + 1),
          2,
        ]);
  const made = b.op(
    'Conv',
    [
      a.reshape(last, [1, group === 1 ? a.shape(x)[0] : null, ...side(sizes)]),
      a.transpose(d, [1, 0, ...places]),
    ],
    {
      strides: [...dilations],
      dilations: side(strides),
      pads: [...side(begins), ...side(ends)],
      ...(group === 1 ? {} : { group }),
    },
  );
  return a.reshape(cut(writing, made, 2, side(kernel)), [a.size(d, 1), ...kernel, channels]);
}

/** The gradient of a bias per channel: the sum over everything else. */
function biasGradient({ a }: GradientContext, d: Handle): Handle {
  const axes = Array.from({ length: a.rank(d) }, (_, i) => i).filter((axis) => axis !== 1);
  return a.reduce('ReduceSum', d, axes, false);
}

/**
 * A factor per output channel that came with d (BatchNormalization's) goes into the kernel and out of its gradient, which are
 * far smaller than d.
 */
const conv: GradientRule = (context) => {
  const { a, node } = context;
  const [x, w] = [context.input(0), context.input(1)];
  const given = incoming(context);
  const { of: d, by } = context.factored.get(given.name) ?? { of: given, by: undefined };
  const scaledBy = (kernel: Handle): Handle =>
    by === undefined
      ? kernel
      : a.mul(kernel, a.reshape(by, [a.size(w, 0), ...new Array<number>(a.rank(w) - 1).fill(1)]));
  const group = node.int('group', 1);
  const window = slidingWindow(node, a.sizes(w, 2), a.sizes(x, 2));
  const back = (): Handle => {
    const [kernel, sizes] = [scaledBy(w), a.sizes(x, 2)];
    return (
      convolvedBack(context, d, kernel, window, sizes, group) ??
      phasesBack(context, d, kernel, window, sizes, group) ??
      spreadBack(context, d, kernel, window, sizes, group)
    );
  };
  return [
    context.wanted(0) ? back() : undefined,
    context.wanted(1) ? scaledBy(kernelGradient(context, x, d, window, group)) : undefined,
    context.wanted(2) ? biasGradient(context, given) : undefined,
  ];
};

/** The adjoint of a transposed convolution is the convolution, and their kernels' gradients are the same with roles changed. */
const convTranspose: GradientRule = (context) => {
  const { a, b, node } = context;
  const [x, w] = [context.input(0), context.input(1)];
  const d = incoming(context);
  const group = node.int('group', 1);
  const window = transposedWindow(node, a.sizes(w, 2), a.sizes(x, 2), a.sizes(d, 2));
  const back = (): Handle => {
    const made = b.op('Conv', [d, w], {
      strides: [...window.strides],
      dilations: [...window.dilations],
      pads: [...window.begins, ...window.ends.map((end) => Math.max(0, end))],
      ...(group === 1 ? {} : { group }),
    });
    return cut(context, made, 2, a.sizes(x, 2));
  };
  return [
    context.wanted(0) ? back() : undefined,
    context.wanted(1) ? kernelGradient(context, d, x, window, group) : undefined,
    context.wanted(2) ? biasGradient(context, d) : undefined,
  ];
};

export const CONVOLUTION: Readonly<Record<string, GradientRule>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
