import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GraphBuilder, type Handle } from '../../../core/graph/builder.ts';
import { product, quotient } from '../../../core/graph/dimension.ts';
import { Graph, GraphNode, ValueInfo } from '../../../core/graph/graph.ts';
import { inferShapes } from '../../../core/graph/infer.ts';
import { Model } from '../../../core/graph/model.ts';
import { topologicalOrder } from '../../../core/graph/order.ts';
import { haveWeights, NETWORKS, runModel, WEIGHTS } from './runtime.ts';

test('dimensions multiply and divide with symbols', () => {
  expect(product(['N', 3, 4])).toBe('12*N');
  expect(product(['N', null])).toBe(null);
  expect(quotient('12*N', 4)).toBe('3*N');
  expect(quotient('12*N', 'N')).toBe(12);
  expect(quotient(10, 4)).toBe(undefined);
});

type Build = (b: GraphBuilder, x: Handle) => Handle;
const axes = (b: GraphBuilder, ...values: number[]): Handle => b.ints(values);
const ones = (b: GraphBuilder, ...dims: number[]): Handle =>
  b.constant('w', new Float32Array(dims.reduce((p, d) => p * d, 1)).fill(0.1), dims);

/** Every operator against the shape that ONNX Runtime really gives, with a batch of 3 for N. */
const CASES: Record<string, Build> = {
  'Conv with stride, dilation, group': (b, x) =>
    b.op('Conv', [x, ones(b, 8, 2, 3, 3)], {
      strides: [2, 2],
      dilations: [2, 1],
      group: 2,
      pads: [1, 0, 2, 1],
    }),
  'Conv SAME_UPPER': (b, x) =>
    b.op('Conv', [x, ones(b, 8, 4, 3, 3)], { strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  'Conv VALID': (b, x) => b.op('Conv', [x, ones(b, 8, 4, 3, 3)], { auto_pad: 'VALID' }),
  ConvTranspose: (b, x) =>
    b.op('ConvTranspose', [x, ones(b, 4, 6, 3, 3)], {
      strides: [2, 2],
      pads: [1, 1, 0, 1],
      output_padding: [1, 0],
    }),
  'MaxPool ceil': (b, x) => b.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  'MaxPool ceil padded': (b, x) =>
    b.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  AveragePool: (b, x) =>
    b.op('AveragePool', [x], { kernel_shape: [3, 2], strides: [1, 2], pads: [1, 0, 1, 0] }),
  GlobalMaxPool: (b, x) => b.op('GlobalMaxPool', [x]),
  Flatten: (b, x) => b.op('Flatten', [x], { axis: 2 }),
  'Reshape 0 and −1': (b, x) => b.op('Reshape', [x, axes(b, 0, -1, 9)]),
  'Reshape by Shape': (b, x) => {
    const first = b.op('Gather', [b.op('Shape', [x]), b.constant('i', BigInt64Array.of(0n), [])], {
      axis: 0,
    });
    const target = b.op('Concat', [b.op('Unsqueeze', [first, axes(b, 0)]), axes(b, -1)], { axis: 0 });
    return b.op('Reshape', [x, target]);
  },
  'Reshape folds the batch': (b, x) => b.op('Reshape', [x, axes(b, -1, 2, 10, 9)]),
  Transpose: (b, x) => b.op('Transpose', [x], { perm: [2, 0, 3, 1] }),
  'Slice backwards': (b, x) =>
    b.op('Slice', [x, axes(b, -1, 1), axes(b, -100, 7), axes(b, 2, 3), axes(b, -2, 3)]),
  Split: (b, x) => b.ops('Split', [x, axes(b, 1, 3)], { axis: 1 }, ['a', 'c'])[1],
  Gather: (b, x) =>
    b.op('Gather', [x, b.constant('i', BigInt64Array.of(0n, 2n, 1n, 0n), [2, 2])], { axis: 1 }),
  Concat: (b, x) => b.op('Concat', [x, x], { axis: -1 }),
  Squeeze: (b, x) => b.op('Squeeze', [b.op('ReduceMax', [x], { axes: [1], keepdims: 1 }), axes(b, 1)]),
  'ReduceMean keeps': (b, x) => b.op('ReduceMean', [x], { axes: [-1, 2], keepdims: 1 }),
  'ReduceSum all': (b, x) => b.op('ReduceSum', [x], { keepdims: 0 }),
  'Add spreads': (b, x) => b.op('Add', [x, ones(b, 5, 1, 4, 1, 1)]),
  MatMul: (b, x) => b.op('MatMul', [x, ones(b, 9, 5)]),
  Gemm: (b, x) => b.op('Gemm', [b.op('Flatten', [x]), ones(b, 7, 360)], { transB: 1 }),
  Pad: (b, x) => b.op('Pad', [x, axes(b, 0, 1, 2, 0, 0, 0, -1, 3)]),
  'Resize by scales': (b, x) =>
    b.op('Resize', [x, null, b.constant('s', Float32Array.of(1, 1, 1.5, 0.5))], { mode: 'nearest' }),
  Expand: (b, x) => b.op('Expand', [b.op('GlobalAveragePool', [x]), axes(b, 1, 4, 3, 2)]),
  Tile: (b, x) => b.op('Tile', [x, axes(b, 1, 2, 1, 3)]),
  Where: (b, x) => b.op('Where', [b.op('Greater', [x, b.scalar(0)]), x, b.scalar(1)]),
  TopK: (b, x) => b.ops('TopK', [x, axes(b, 2)], { axis: 1 }, ['v', 'i'])[0],
  ArgMax: (b, x) => b.op('Cast', [b.op('ArgMax', [x], { axis: 1, keepdims: 0 })], { to: 1 }),
  Einsum: (b, x) => b.op('Einsum', [x, x], { equation: 'nchw,ndhw->ncd' }),
  DepthToSpace: (b, x) => b.op('DepthToSpace', [x], { blocksize: 2 }),
};

describe('shapes equal what ONNX Runtime gives', () => {
  test.each(Object.entries(CASES))('%s', async (_name, build) => {
    const b = new GraphBuilder('case');
    const y = build(b, b.input('x', ['N', 4, 10, 9]));
    const model = b.model([y]);
    const found = await runModel(model.encode(), {
      x: { data: new Float32Array(3 * 4 * 10 * 9), dims: [3, 4, 10, 9] },
    });
    const at3 = inferShapes(model, { inputs: { x: [3, 4, 10, 9] } }).get(y.name)?.shape;
    expect(at3).toEqual([...found[y.name].dims]);
    const symbolic = (y.shape ?? []).map((dim) =>
      typeof dim === 'string'
        ? product(dim.split('*').map((part) => (part === 'N' ? 3 : Number(part))))
        : dim,
    );
    expect(symbolic).toEqual([...found[y.name].dims]);
  });
});

test('an operator without a rule gives an unknown shape, and later nodes go on', () => {
  const b = new GraphBuilder('g');
  const y = b.op('Hardmax', [b.op('LSTM', [b.input('x', ['N', 2, 3])])]);
  expect(y.shape).toBe(null);
});

test('the builder names the node that does not fit', () => {
  const b = new GraphBuilder('net');
  const x = b.input('x', ['N', 3, 8, 8]);
  expect(() =>
    b.scope('stage1', () =>
      b.op('Conv', [x, b.constant('w', new Float32Array(36), [1, 4, 3, 3])], {}, 'conv'),
    ),
  ).toThrow(/Conv 'stage1\.conv' takes 4 channels .* but its input has 3/);
  expect(() => b.op('Add', [x, b.constant('v', new Float32Array(5))])).toThrow(
    /Add 'add' cannot join the shapes/,
  );
});

test('nodes are ordered by need; a circle is found', () => {
  const graph = new Graph('g');
  const last = GraphNode.of('Relu', ['b'], ['c'], {}, 'last');
  const first = GraphNode.of('Relu', ['a'], ['b'], {}, 'first');
  graph.inputs = [ValueInfo.tensor('a', 'float32', [1])];
  graph.nodes = [last, first];
  expect(topologicalOrder(graph)).toEqual([first, last]);
  first.inputs = ['c'];
  expect(() => topologicalOrder(graph)).toThrow(/circle at Relu/);
});

test.skipIf(!haveWeights).each(NETWORKS)('%s: every shape is known, outputs as declared', (name) => {
  const model = Model.read(join(WEIGHTS, name));
  const known = inferShapes(model);
  for (const [value, { shape }] of known) expect(shape?.includes(null) ?? true, value).toBe(false);
  for (const output of model.graph.outputs) expect(known.get(output.name)?.shape).toEqual(output.shape);
});
