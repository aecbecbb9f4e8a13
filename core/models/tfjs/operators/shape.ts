import { Fault } from '../../../foundation/fault.ts';
import type { Handle } from '../../../graph/builder.ts';
import type { Value } from '../values.ts';
import type { NodeContext, Operator, Operators } from './operator.ts';

/** Far beyond any axis: 'to the end' of ONNX's Slice. */
const END = 2 ** 31 - 1;

/** Axes are an input of ReduceSum and an attribute of the others (opset 13). */
function reduced(node: NodeContext, opType: string, x: Handle, axes: number[], keep: boolean): Handle {
  const keepdims = keep ? 1 : 0;
  return opType === 'ReduceSum'
    ? node.b.op(opType, [x, node.b.ints(axes)], { keepdims })
    : node.b.op(opType, [x], { axes, keepdims });
}

/** A reduction: over the picture's places it needs no turning; elsewhere it works on TensorFlow's layout. */
const reduce =
  (opType: string): Operator =>
  (node) => {
    const value = node.input(0);
    const rank = node.values.rank(value);
    const axes = node.integers(1).map((axis) => (axis < 0 && rank !== undefined ? axis + rank : axis));
    const keep = node.flag('keep_dims');
    const places = value.layout === 'nchw' && axes.length === 2 && axes.includes(1) && axes.includes(2);
    if (value.layout === 'nchw' && (keep || places)) {
      const turned = axes.map((axis) => node.values.axis(value, axis));
      const handle = reduced(node, opType, node.nchw(0), turned, keep);
      return keep ? node.giveTurned(handle) : node.give(handle);
    }
    return node.give(reduced(node, opType, node.plain(0), axes, keep));
  };

/** @param axisAt where the axis stands among the inputs (V2: last, V1: first) */
const concat =
  (axisAt: 'first' | 'last'): Operator =>
  (node) => {
    const count = node.inputs.length - 1;
    const [axis] = node.integers(axisAt === 'last' ? count : 0);
    const from = axisAt === 'last' ? 0 : 1;
    const parts = Array.from({ length: count }, (_, i) => node.input(from + i));
    if (parts.every((part) => part.layout === 'nchw')) {
      const turned = node.values.axis(parts[0], axis);
      return node.giveTurned(
        node.b.op(
          'Concat',
          parts.map((part) => node.values.nchw(part)),
          { axis: turned },
        ),
      );
    }
    return node.give(
      node.b.op(
        'Concat',
        parts.map((part) => node.values.plain(part)),
        { axis },
      ),
    );
  };

function sliced(node: NodeContext, starts: number[], ends: number[], steps?: number[]): Handle {
  const { b } = node;
  const axes = b.ints(starts.map((_, axis) => axis));
  return b.op('Slice', [
    node.plain(0),
    b.ints(starts),
    b.ints(ends),
    axes,
    ...(steps === undefined ? [] : [b.ints(steps)]),
  ]);
}

/** x[begin:end:stride] with TensorFlow's masks: bit i of a mask is about axis i. */
const stridedSlice: Operator = (node) => {
  const [begin, end, strides] = [node.integers(1), node.integers(2), node.integers(3)];
  const [begins, ends, shrinks] = ['begin_mask', 'end_mask', 'shrink_axis_mask'].map((name) =>
    node.whole(name, 0),
  );
  if (node.whole('ellipsis_mask', 0) !== 0 || node.whole('new_axis_mask', 0) !== 0) {
    throw new Fault(`${node.label} has an ellipsis or a new axis, which is not converted.`);
  }
  const bit = (mask: number, axis: number): boolean => ((mask >> axis) & 1) === 1;
  const from = begin.map((value, i) => (bit(begins, i) ? (strides[i] > 0 ? 0 : END) : value));
  const to = end.map((value, i) => {
    if (bit(shrinks, i)) return from[i] === -1 ? END : from[i] + 1;
    return bit(ends, i) ? (strides[i] > 0 ? END : -END) : value;
  });
  const handle = sliced(node, from, to, strides);
  const shrunk = begin.flatMap((_, i) => (bit(shrinks, i) ? [i] : []));
  return node.give(shrunk.length === 0 ? handle : node.b.op('Squeeze', [handle, node.b.ints(shrunk)]));
};

const pad =
  (mode: 'constant' | 'reflect'): Operator =>
  (node) => {
    const margins = node.integers(1);
    const rank = margins.length / 2;
    const value = node.input(0);
    const turned = value.layout === 'nchw';
    const order = turned ? [0, 3, 1, 2] : Array.from({ length: rank }, (_, i) => i);
    const pads = [...order.map((axis) => margins[2 * axis]), ...order.map((axis) => margins[2 * axis + 1])];
    const inputs: Handle[] = [node.asItIs(0), node.b.ints(pads)];
    if (mode === 'constant' && node.inputs.length > 2) inputs.push(node.plain(2));
    return node.giveAs(value, node.b.op('Pad', inputs, { mode }));
  };

const unpack: Operator = (node) => {
  const count = node.whole('num', 0);
  const axis = node.whole('axis', 0);
  const parts = node.b.ops(
    'Split',
    [node.plain(0)],
    { axis },
    Array.from({ length: count }, (_, i) => `unpacked_${i}`),
  );
  return parts.map(
    (part): Value => ({ layout: 'plain', handle: node.b.op('Squeeze', [part, node.b.ints([axis])]) }),
  );
};

const split =
  (axisAt: number, valueAt: number): Operator =>
  (node) => {
    const [axis] = node.integers(axisAt);
    const count = node.whole('num_split', 1);
    const sizes = valueAt === 0 ? node.integers(1) : undefined;
    const parts = node.b.ops(
      'Split',
      [node.plain(valueAt), ...(sizes === undefined ? [] : [node.b.ints(sizes)])],
      { axis },
      Array.from({ length: sizes?.length ?? count }, (_, i) => `split_${i}`),
    );
    return parts.map((handle): Value => ({ layout: 'plain', handle }));
  };

export const SHAPE: Operators = {
  Mean: reduce('ReduceMean'),
  Sum: reduce('ReduceSum'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  Concat: concat('first'),
  ConcatV2: concat('last'),
  Reshape: (node) => {
    const { constant } = node.input(1);
    // ONNX's −1 is TensorFlow's; its 0 means 'as it was', which TensorFlow has not.
    const attributes = constant?.data.includes(0) ? { allowzero: 1 } : {};
    return node.give(node.b.op('Reshape', [node.plain(0), node.plain(1)], attributes));
  },
  Squeeze: (node) => {
    const axes = node.wholes('squeeze_dims').length > 0 ? node.wholes('squeeze_dims') : node.wholes('axis');
    return node.give(node.b.op('Squeeze', [node.plain(0), ...(axes.length > 0 ? [node.b.ints(axes)] : [])]));
  },
  ExpandDims: (node) => node.give(node.b.op('Unsqueeze', [node.plain(0), node.b.ints(node.integers(1))])),
  Transpose: (node) => node.give(node.b.op('Transpose', [node.plain(0)], { perm: node.integers(1) })),
  Fill: (node) => node.give(node.b.op('Expand', [node.plain(1), node.plain(0)])),
  ZerosLike: (node) => node.give(node.b.op('Sub', [node.plain(0), node.plain(0)])),
  Shape: (node) => node.give(node.b.op('Shape', [node.plain(0)])),
  Pack: (node) => {
    const axis = node.whole('axis', 0);
    const parts = node.inputs.map((_, i) => node.b.op('Unsqueeze', [node.plain(i), node.b.ints([axis])]));
    return node.give(node.b.op('Concat', parts, { axis }));
  },
  Unpack: unpack,
  Split: split(0, 1),
  SplitV: split(2, 0),
  Slice: (node) => {
    const [begin, size] = [node.integers(1), node.integers(2)];
    return node.give(
      sliced(
        node,
        begin,
        begin.map((at, i) => (size[i] < 0 ? END : at + size[i])),
      ),
    );
  },
  StridedSlice: stridedSlice,
  Tile: (node) => node.give(node.b.op('Tile', [node.plain(0), node.plain(1)])),
  Pad: pad('constant'),
  PadV2: pad('constant'),
  MirrorPad: (node) => {
    if (node.text('mode') !== 'REFLECT') {
      throw new Fault(
        `${node.label} mirrors with the edge ('${node.text('mode')}'); only REFLECT is converted.`,
      );
    }
    return pad('reflect')(node);
  },
  Gather: (node) => node.give(node.b.op('Gather', [node.plain(0), node.plain(1)], { axis: 0 })),
  GatherV2: (node) =>
    node.give(node.b.op('Gather', [node.plain(0), node.plain(1)], { axis: node.integers(2)[0] })),
  ArgMax: (node) =>
    node.give(node.b.op('ArgMax', [node.plain(0)], { axis: node.integers(1)[0], keepdims: 0 })),
  DepthToSpace: (node) =>
    // TensorFlow cuts a pixel's channels into rows, columns, depth: ONNX's DCR.
    node.giveTurned(
      node.b.op('DepthToSpace', [node.nchw(0)], { blocksize: node.whole('block_size', 1), mode: 'DCR' }),
    ),
  SpaceToDepth: (node) =>
    node.giveTurned(node.b.op('SpaceToDepth', [node.nchw(0)], { blocksize: node.whole('block_size', 1) })),
};
