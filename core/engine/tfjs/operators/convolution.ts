import { refuse } from '../../../graph/shapes/rule.ts';
import type { Api, TfTensor } from '../api.ts';
import type { Call, Operator } from '../operator.ts';
import type { Value } from '../value.ts';
import { type Pair, type Window, windowOf } from './window.ts';

type Tensor4 = ReturnType<Api['tensor4d']>;

/** Zeros between the entries of a kernel (h×w×i×o): TensorFlow.js does not convolve with a stride and a dilation at once. */
function dilated(tf: Api, kernel: TfTensor, dilations: Pair): TfTensor {
  let made = kernel;
  for (const axis of [0, 1]) {
    const by = dilations[axis];
    if (by === 1) continue;
    const { shape } = made;
    const spread = tf.reshape(made, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
    const pads = spread.shape.map((_, i): [number, number] => [0, i === axis + 1 ? by - 1 : 0]);
    const joined = tf.reshape(
      tf.pad(spread, pads),
      shape.map((side, i) => (i === axis ? side * by : side)),
    );
    const size = shape.map((side, i) => (i === axis ? (side - 1) * by + 1 : side));
    made = tf.slice(
      joined,
      shape.map(() => 0),
      size,
    );
  }
  return made;
}

/** Input as N×H×W×C; a row becomes a picture of height 1. */
function picture(tf: Api, x: Value): TfTensor {
  const [items, channels, length] = x.dims;
  return x.rank === 4 ? x.last() : tf.reshape(x.last(), [items, 1, length, channels]);
}

/** The result in the input's number of dimensions. */
export const flattened = (tf: Api, y: TfTensor, rank: number): TfTensor =>
  rank === 4 ? y : tf.squeeze(y, [1]);

/** A kernel of ONNX (o×i×h×w) in another order of its four dimensions. */
function turned(tf: Api, w: Value, order: readonly number[]): TfTensor {
  const [first, second, ...sides] = w.dims;
  const whole = sides.length === 1 ? [first, second, 1, sides[0]] : [...w.dims];
  return tf.transpose(tf.reshape(w.plain(), whole), [...order]);
}

function checked(call: Call): { x: Value; w: Value; group: number } {
  const x = call.input(0);
  const w = call.input(1);
  if (x.rank !== w.rank || (x.rank !== 3 && x.rank !== 4)) {
    refuse(
      call.node,
      `convolves ${x.rank - 2} dimensions with a kernel of ${w.rank - 2}; allowed here: 1 or 2, and both the same`,
    );
  }
  return { x, w, group: call.node.int('group', 1) };
}

/** Convolution at stride and dilation as TensorFlow.js allows them together. */
function convolved(tf: Api, x: TfTensor, kernel: TfTensor, window: Window): TfTensor {
  const { strides, dilations, pads } = window;
  const both = strides.some((one) => one > 1) && dilations.some((one) => one > 1);
  return tf.conv2d(
    x as Tensor4,
    (both ? dilated(tf, kernel, dilations) : kernel) as Tensor4,
    [...strides],
    paddingOf(pads),
    'NHWC',
    both ? 1 : [...dilations],
  );
}

function paddingOf(pads: Window['pads']) {
  const [top, left, bottom, right] = pads;
  if (pads.every((one) => one === 0)) return 'valid' as const;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as [Pair, Pair, Pair, Pair];
}

/** One kernel per channel; TensorFlow's own kernel takes only equal strides, so that unequal ones leave results out. */
function depthwise(tf: Api, x: TfTensor, kernel: TfTensor, window: Window): TfTensor {
  const { strides, dilations, pads } = window;
  const equal = strides[0] === strides[1];
  const both = dilations.some((one) => one > 1) && strides.some((one) => one > 1);
  const y = tf.depthwiseConv2d(
    x as Tensor4,
    (both ? dilated(tf, kernel, dilations) : kernel) as Tensor4,
    equal ? [...strides] : 1,
    paddingOf(pads),
    'NHWC',
    both ? 1 : [...dilations],
  );
  return equal ? y : tf.stridedSlice(y, [0, 0, 0, 0], [...y.shape], [1, strides[0], strides[1], 1]);
}

const conv: Operator = (call) => {
  const { tf, node } = call;
  const { x, w, group } = checked(call);
  if (x.dims[1] !== w.dims[1] * group) {
    refuse(node, `takes ${w.dims[1] * group} channels, but its input has ${x.dims[1]}`);
  }
  const window = windowOf(node, w.dims.slice(2), x.dims.slice(2));
  const input = picture(tf, x);
  let y: TfTensor;
  if (group > 1 && w.dims[1] === 1) {
    const kernel = call.kept([1], 'depthwise', () => {
      const sides = turned(tf, w, [0, 1, 2, 3]).shape.slice(2);
      return tf.transpose(tf.reshape(w.plain(), [group, w.dims[0] / group, ...sides]), [2, 3, 0, 1]);
    });
    y = depthwise(tf, input, kernel, window);
  } else {
    const kernel = call.kept([1], 'kernel', () => turned(tf, w, [2, 3, 1, 0]));
    if (group === 1) {
      y = convolved(tf, input, kernel, window);
    } else {
      const kernels = tf.split(kernel, group, 3);
      y = tf.concat(
        tf.split(input, group, 3).map((part, i) => convolved(tf, part, kernels[i], window)),
        3,
      );
    }
  }
  const bias = call.given(2);
  if (bias !== undefined) y = tf.add(y, bias.plain());
  return call.result(flattened(tf, y, x.rank), 'float32', 'last');
};

/**
 * The gradient of a convolution by its input: every input spreads its kernel over the output. It is computed whole and
 * then cut, since TensorFlow's kernel knows no explicit padding.
 */
const convTranspose: Operator = (call) => {
  const { tf, node } = call;
  const { x, w, group } = checked(call);
  if (x.dims[1] !== w.dims[0]) {
    refuse(node, `takes ${w.dims[0]} channels, but its input has ${x.dims[1]}`);
  }
  const flat = x.rank === 3;
  const pair = (name: string, otherwise: number): Pair => {
    const given = node.ints(name) ?? [otherwise, otherwise];
    return flat ? [otherwise, given[0]] : (given as Pair);
  };
  const strides = pair('strides', 1);
  const dilations = pair('dilations', 1);
  const extra = pair('output_padding', 0);
  const input = picture(tf, x);
  const [items, height, width] = input.shape;
  const sides = [height, width];
  const kernelSides = flat ? [1, w.dims[2]] : w.dims.slice(2);
  const full = sides.map((side, i) => (side - 1) * strides[i] + (kernelSides[i] - 1) * dilations[i] + 1);

  const auto = node.text('auto_pad', 'NOTSET');
  const wanted = node.ints('output_shape');
  const given = node.ints('pads') ?? new Array<number>(2 * (x.rank - 2)).fill(0);
  const starts: number[] = [];
  const sizes: number[] = [];
  for (const i of [0, 1]) {
    const at = flat ? 0 : i;
    const unused = flat && i === 0;
    const said = wanted?.at(at - (x.rank - 2));
    const same = auto.startsWith('SAME');
    if (unused || (said === undefined && !same)) {
      const [begin, end] = unused || auto === 'VALID' ? [0, 0] : [given[at], given[at + x.rank - 2]];
      starts.push(begin);
      sizes.push(full[i] + extra[i] - begin - end);
      continue;
    }
    // Where the kernel is smaller than the stride nothing is cut, and the output is what the kernels reach.
    const reach = full[i] + extra[i];
    const total = Math.max(0, reach - (said ?? sides[i] * strides[i]));
    starts.push(auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2));
    sizes.push(said ?? reach - total);
  }

  const kernel = call.kept([1], 'kernel', () => dilated(tf, turned(tf, w, [2, 3, 1, 0]), dilations));
  const outputs = w.dims[1];
  const spread = (part: TfTensor, one: TfTensor): TfTensor =>
    tf.conv2dTranspose(
      part as Tensor4,
      one as Tensor4,
      [items, full[0], full[1], outputs],
      [...strides],
      'valid',
    );
  const kernels = group === 1 ? [kernel] : tf.split(kernel, group, 3);
  const parts = group === 1 ? [input] : tf.split(input, group, 3);
  let y = tf.concat(
    parts.map((part, i) => spread(part, kernels[i])),
    3,
  );
  const behind = [0, 1].map((i) => Math.max(0, starts[i] + sizes[i] - full[i]));
  if (behind.some((one) => one > 0)) {
    y = tf.pad(y, [
      [0, 0],
      [0, behind[0]],
      [0, behind[1]],
      [0, 0],
    ]);
  }
  y = tf.slice(y, [0, starts[0], starts[1], 0], [items, sizes[0], sizes[1], y.shape[3] as number]);
  const bias = call.given(2);
  if (bias !== undefined) y = tf.add(y, bias.plain());
  return call.result(flattened(tf, y, x.rank), 'float32', 'last');
};

export const CONVOLUTION: Readonly<Record<string, Operator>> = { Conv: conv, ConvTranspose: convTranspose };
