import { refuse } from '../../../graph/shapes/rule.ts';
import type { TfTensor } from '../api.ts';
import { type Call, type Operator, type Result, taken } from '../operator.ts';
import { axisIn, type Value } from '../value.ts';

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

/** The same elements in the same order under other dimensions. */
function reshaped(call: Call, x: Value, dims: readonly number[]): Result {
  return call.result(call.tf.reshape(x.plain(), [...dims]), x.type);
}

const reshape: Operator = (call) => {
  const { node } = call;
  const x = call.input(0);
  const target = call.numbers('shape', 1) ?? refuse(node, 'says no shape');
  const keepsZero = node.int('allowzero', 0) === 1;
  const dims = target.map((dim, i) => (dim === 0 && !keepsZero ? x.dims[i] : dim));
  const open = dims.indexOf(-1);
  if (open >= 0) dims[open] = x.size / product(dims.filter((_, i) => i !== open));
  if (product(dims) !== x.size || !dims.every(Number.isInteger)) {
    refuse(node, `cannot reshape [${x.dims.join(', ')}] to [${target.join(', ')}]`);
  }
  return reshaped(call, x, dims);
};

const flatten: Operator = (call) => {
  const x = call.input(0);
  const given = call.node.int('axis', 1);
  const axis = given === x.rank ? given : call.axis(given, x.rank);
  return reshaped(call, x, [product(x.dims.slice(0, axis)), product(x.dims.slice(axis))]);
};

const unsqueeze: Operator = (call) => {
  const x = call.input(0);
  const axes = call.numbers('axes', 1) ?? refuse(call.node, 'says no axes');
  const rank = x.rank + axes.length;
  const places = new Set(axes.map((axis) => call.axis(axis, rank)));
  const rest = [...x.dims];
  return reshaped(
    call,
    x,
    Array.from({ length: rank }, (_, i) => (places.has(i) ? 1 : (rest.shift() as number))),
  );
};

const squeeze: Operator = (call) => {
  const x = call.input(0);
  const axes = call.numbers('axes', 1);
  const places = axes && new Set(axes.map((axis) => call.axis(axis, x.rank)));
  for (const place of places ?? []) {
    if (x.dims[place] !== 1)
      refuse(call.node, `squeezes dimension ${place}, which is ${x.dims[place]} and not 1`);
  }
  return reshaped(
    call,
    x,
    x.dims.filter((dim, i) => (places ? !places.has(i) : dim !== 1)),
  );
};

const transpose: Operator = (call) => {
  const x = call.input(0);
  const order = call.node.ints('perm') ?? x.dims.map((_, i) => x.rank - 1 - i);
  return call.result(call.tf.transpose(x.plain(), order));
};

/** Spread over each other as in NumPy: the target may be the smaller one too. */
const expand: Operator = (call) => {
  const x = call.input(0);
  const target = call.input(1).numbers();
  const rank = Math.max(x.rank, target.length);
  const padded = (dims: readonly number[]): number[] => [
    ...new Array<number>(rank - dims.length).fill(1),
    ...dims,
  ];
  const own = padded(x.dims);
  const wanted = padded(target);
  const dims = own.map((dim, i) => (dim === 1 ? wanted[i] : dim));
  if (own.some((dim, i) => dim !== 1 && wanted[i] !== 1 && wanted[i] !== dim)) {
    refuse(call.node, `cannot spread [${x.dims.join(', ')}] to [${target.join(', ')}]`);
  }
  return call.result(call.tf.broadcastTo(call.tf.reshape(x.plain(), own), dims));
};

const tile: Operator = (call) =>
  call.result(call.tf.tile(call.input(0).plain(), [...call.input(1).numbers()]));

/** Joins along an axis; channels that lie last are joined there. */
const concat: Operator = (call) => {
  const { tf, node } = call;
  const values = call.all();
  const [first] = values;
  const axis = call.axis(node.int('axis', 1), first.rank);
  const layout = values.every((value) => value.layout === 'last') ? 'last' : 'plain';
  const tensors = values.map((value) => value.in(layout));
  const y =
    tensors.length === 1 ? tf.clone(tensors[0]) : tf.concat(tensors, axisIn(layout, axis, first.rank));
  return call.result(y, first.type, layout);
};

const split: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const axis = call.axis(node.int('axis', 0), x.rank);
  const parts = node.outputs.length;
  const whole = Math.ceil(x.dims[axis] / parts);
  const sizes =
    call.numbers('split', 1) ?? node.outputs.map((_, i) => Math.min(whole, x.dims[axis] - whole * i));
  if (sizes.reduce((sum, size) => sum + size, 0) !== x.dims[axis]) {
    refuse(node, `splits ${x.dims[axis]} into ${sizes.join(' + ')}`);
  }
  return tf
    .split(x.in(x.layout), [...sizes], axisIn(x.layout, axis, x.rank))
    .map((part) => call.result(part, x.type, x.layout));
};

/** The greatest whole number as an end means 'as far as it goes': backwards, to the start. */
const toStart = (end: number): boolean => end === 2 ** 31 - 1 || end >= 2 ** 63 - 1;

/** Cuts along axes, forwards or backwards; ends beyond the sides are cut to them, as in NumPy. */
const slice: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  const starts = call.numbers('starts', 1) ?? refuse(node, 'says no starts');
  const ends = call.numbers('ends', 2) ?? refuse(node, 'says no ends');
  const axes = call.numbers('axes', 3) ?? starts.map((_, i) => i);
  const steps = call.given(4)?.numbers() ?? axes.map(() => 1);
  let y: TfTensor = x.plain();
  const begin = x.dims.map(() => 0);
  const size = [...x.dims];
  for (const [i, given] of axes.entries()) {
    const axis = call.axis(given, x.rank);
    const dim = x.dims[axis];
    const step = steps[i];
    if (step === 0) refuse(node, 'cuts in steps of 0');
    const clamp = (at: number, low: number, high: number): number =>
      Math.min(high, Math.max(low, at < 0 ? at + dim : at));
    const from = step > 0 ? clamp(starts[i], 0, dim) : clamp(starts[i], 0, dim - 1);
    const to = step > 0 ? clamp(ends[i], 0, dim) : toStart(ends[i]) ? -1 : clamp(ends[i], -1, dim - 1);
    const count = Math.max(0, Math.ceil((to - from) / step));
    if (step === 1) {
      begin[axis] = from;
      size[axis] = count;
    } else {
      y = taken(
        tf,
        y,
        Array.from({ length: count }, (_, place) => from + place * step),
        axis,
      );
      size[axis] = count;
    }
  }
  return call.result(tf.slice(y, begin, size));
};

/** Channels to places (DCR: blocks outermost; CRD: channels outermost), and back. */
const depthToSpace: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  if (x.rank !== 4) refuse(node, `rearranges ${x.rank} dimensions; it needs 4`);
  const [n, c, h, w] = x.dims;
  const b = node.int('blocksize', 1);
  const deep = c / (b * b);
  const crd = node.text('mode', 'DCR') === 'CRD';
  const parts = tf.reshape(x.plain(), crd ? [n, deep, b, b, h, w] : [n, b, b, deep, h, w]);
  const turned = tf.transpose(parts, crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
  return call.result(tf.reshape(turned, [n, deep, h * b, w * b]));
};

const spaceToDepth: Operator = (call) => {
  const { tf, node } = call;
  const x = call.input(0);
  if (x.rank !== 4) refuse(node, `rearranges ${x.rank} dimensions; it needs 4`);
  const [n, c, h, w] = x.dims;
  const b = node.int('blocksize', 1);
  const parts = tf.reshape(x.plain(), [n, c, h / b, b, w / b, b]);
  return call.result(tf.reshape(tf.transpose(parts, [0, 3, 5, 1, 2, 4]), [n, c * b * b, h / b, w / b]));
};

export const ARRANGEMENT: Readonly<Record<string, Operator>> = {
  Reshape: reshape,
  Flatten: flatten,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  Concat: concat,
  Split: split,
  Slice: slice,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
