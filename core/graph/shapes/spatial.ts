import type { Dim, Shape } from '../dimension.ts';
import { type Found, numbersOf, type Rule, type RuleContext, refuse, shapeOf } from './rule.ts';

interface Window {
  kernel: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  pads: readonly number[];
  auto: string;
}

function windowOf({ node }: RuleContext, kernel: readonly number[]): Window {
  const rank = kernel.length;
  return {
    kernel,
    strides: node.ints('strides') ?? new Array(rank).fill(1),
    dilations: node.ints('dilations') ?? new Array(rank).fill(1),
    pads: node.ints('pads') ?? new Array(2 * rank).fill(0),
    auto: node.text('auto_pad', 'NOTSET'),
  };
}

/** Places at which a window stands along each spatial dimension. */
function slid(context: RuleContext, spatial: Shape, window: Window, ceil = false): Dim[] {
  return spatial.map((dim, i) => {
    if (typeof dim !== 'number') return null;
    const stride = window.strides[i];
    if (window.auto.startsWith('SAME')) return Math.ceil(dim / stride);
    const span = (window.kernel[i] - 1) * window.dilations[i] + 1;
    const pads = window.auto === 'VALID' ? 0 : window.pads[i] + window.pads[i + window.kernel.length];
    const free = dim + pads - span;
    if (free < 0) {
      refuse(context.node, `has a window of ${span} on a padded input of ${dim + pads}, which is smaller`);
    }
    if (!ceil) return Math.floor(free / stride) + 1;
    // The last window may hang over the end, but must not start in the padding behind it.
    const places = Math.ceil(free / stride) + 1;
    return (places - 1) * stride >= dim + window.pads[i] ? places - 1 : places;
  });
}

const conv: Rule = (context) => {
  const x = shapeOf(context);
  const w = shapeOf(context, 1);
  if (w === undefined || !w.slice(2).every((dim) => typeof dim === 'number')) return [null];
  if (x === undefined) return [{ shape: [null, w[0], ...w.slice(2).map(() => null)] }];
  if (x.length !== w.length) {
    refuse(context.node, `has an input of ${x.length} and a kernel of ${w.length} dimensions`);
  }
  const group = context.node.int('group', 1);
  if (typeof x[1] === 'number' && typeof w[1] === 'number' && x[1] !== w[1] * group) {
    refuse(
      context.node,
      `takes ${w[1] * group} channels (its kernel's ${w[1]} × ${group} groups), but its input has ${x[1]}`,
    );
  }
  if (typeof w[0] === 'number' && w[0] % group !== 0) {
    refuse(context.node, `gives ${w[0]} channels, which ${group} groups cannot share evenly`);
  }
  const kernel = w.slice(2) as number[];
  return [{ shape: [x[0], w[0], ...slid(context, x.slice(2), windowOf(context, kernel))] }];
};

const convTranspose: Rule = (context) => {
  const x = shapeOf(context);
  const w = shapeOf(context, 1);
  if (x === undefined || w === undefined || !w.slice(2).every((dim) => typeof dim === 'number'))
    return [null];
  const { node } = context;
  if (typeof x[1] === 'number' && typeof w[0] === 'number' && x[1] !== w[0]) {
    refuse(node, `takes ${w[0]} channels, but its input has ${x[1]}`);
  }
  const window = windowOf(context, w.slice(2) as number[]);
  const extra = node.ints('output_padding') ?? [];
  const wanted = node.ints('output_shape');
  const spatial = x.slice(2).map((dim, i): Dim => {
    if (wanted !== undefined) return wanted.at(i - (x.length - 2)) ?? null;
    if (typeof dim !== 'number') return null;
    const stride = window.strides[i];
    if (window.auto.startsWith('SAME')) return dim * stride;
    const pads = window.auto === 'VALID' ? 0 : window.pads[i] + window.pads[i + window.kernel.length];
    return (dim - 1) * stride + (extra[i] ?? 0) + (window.kernel[i] - 1) * window.dilations[i] + 1 - pads;
  });
  const channels = typeof w[1] === 'number' ? w[1] * node.int('group', 1) : null;
  return [{ shape: [x[0], channels, ...spatial] }];
};

const pool: Rule = (context) => {
  const x = shapeOf(context);
  const kernel = context.node.ints('kernel_shape');
  if (kernel === undefined) refuse(context.node, 'says no kernel_shape');
  if (x === undefined) return [null];
  const ceil = context.node.int('ceil_mode', 0) === 1;
  const shape = [...x.slice(0, 2), ...slid(context, x.slice(2), windowOf(context, kernel), ceil)];
  return [{ shape }, { shape, type: 'int64' }];
};

const globalPool: Rule = (context) => {
  const x = shapeOf(context);
  return [x === undefined ? null : { shape: x.map((dim, i) => (i < 2 ? dim : 1)) }];
};

const resize: Rule = (context) => {
  const x = shapeOf(context);
  if (x === undefined) return [null];
  const { opset, node } = context;
  const sizes = opset >= 11 ? context.input(3)?.elements : undefined;
  const axes = node.ints('axes') ?? x.map((_, i) => i);
  if (sizes !== undefined && sizes.length === axes.length) {
    const shape = [...x];
    for (const [i, axis] of axes.entries()) shape[axis] = sizes[i];
    return [{ shape }];
  }
  const scales =
    node.attributes.get('scales')?.kind === 'floats'
      ? (node.attributes.get('scales')?.value as readonly number[])
      : context.constant(opset >= 11 ? 2 : 1)?.numbers();
  if (scales === undefined || scales.length !== axes.length) return [{ shape: x.map(() => null) }];
  const shape = [...x];
  for (const [i, axis] of axes.entries()) {
    const dim = x[axis];
    shape[axis] = scales[i] === 1 ? dim : typeof dim === 'number' ? Math.floor(dim * scales[i]) : null;
  }
  return [{ shape }];
};

const pad: Rule = (context) => {
  const x = shapeOf(context);
  if (x === undefined) return [null];
  const pads = context.node.ints('pads') ?? numbersOf(context, 1);
  const axes =
    numbersOf(context, 3)?.map((axis) => (axis < 0 ? axis + x.length : axis)) ?? x.map((_, i) => i);
  if (pads === undefined) return [{ shape: x.map(() => null) }];
  const shape = [...x];
  for (const [i, axis] of axes.entries()) {
    const added = pads[i] + pads[i + axes.length];
    const dim = x[axis];
    if (added !== 0) shape[axis] = typeof dim === 'number' ? dim + added : null;
  }
  return [{ shape }];
};

const depthToSpace: Rule = (context): Found[] => {
  const x = shapeOf(context);
  const block = context.node.int('blocksize', 1);
  if (x?.length !== 4) return [null];
  const [n, c, h, w] = x;
  const times = (dim: Dim, by: number): Dim => (typeof dim === 'number' ? dim * by : null);
  const up = context.node.opType === 'DepthToSpace';
  const by = up ? block : 1 / block;
  return [{ shape: [n, times(c, 1 / by ** 2), times(h, by), times(w, by)] }];
};

/** Operators over channels and space: convolution, pooling, resizing, padding. */
export const SPATIAL: Readonly<Record<string, Rule>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  Resize: resize,
  Upsample: resize,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: depthToSpace,
};
