import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphModel } from '../../../../core/models/tfjs/graph-model.ts';
import { type GraphModelFile, readTensorflowModel } from '../../../../core/models/tfjs/model-file.ts';
import { ASSETS } from '../../../acceptance/assets.ts';
import { runModel } from '../../graph/runtime.ts';
import { furthest, type PeerTensor, peer } from './peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'visage-tfjs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const whole = (value: number) => ({ i: String(value) });
const wholes = (...values: number[]) => ({ list: { i: values.map(String) } });
const flag = (b: boolean) => ({ b });
const type = (value: string) => ({ type: value });

interface Constant {
  shape: number[];
  data: number[];
  dtype?: 'float32' | 'int32';
}
interface Case {
  op: string;
  /** Inputs in order; 'x' is the network's. */
  inputs?: ('x' | Constant)[];
  attr?: Record<string, object>;
  shape?: number[];
  /** A further node behind, so that layouts meet. */
  behind?: { op: string; attr?: Record<string, object>; inputs: ('y' | 'x' | Constant)[] };
}

const wave = (...shape: number[]): Constant => ({
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + 1)),
});
const positive = (n: number): Constant => ({ shape: [n], data: wave(n).data.map((v) => v * v + 0.5) });
const ints = (...data: number[]): Constant => ({ shape: [data.length], data, dtype: 'int32' });
const scalar = (value: number, dtype?: 'int32'): Constant => ({ shape: [], data: [value], dtype });
const planes = { strides: wholes(1, 2, 2, 1), dilations: wholes(1, 1, 1, 1), data_format: text('NHWC') };
const same = { ...planes, padding: text('SAME') };
const valid = { ...planes, strides: wholes(1, 1, 1, 1), padding: text('VALID') };
const pooling = { ...same, ksize: wholes(1, 3, 3, 1) };
const float = { T: type('DT_FLOAT') };

const CASES: Record<string, Case> = {
  'convolution, same, stride 2': { op: 'Conv2D', inputs: ['x', wave(3, 3, 4, 5)], attr: same },
  'convolution, valid, dilated': {
    op: 'Conv2D',
    inputs: ['x', wave(2, 2, 4, 3)],
    attr: { ...valid, dilations: wholes(1, 2, 2, 1) },
  },
  'convolution with margins': {
    op: 'Conv2D',
    inputs: ['x', wave(3, 3, 4, 2)],
    attr: { ...valid, padding: text('EXPLICIT'), explicit_paddings: wholes(0, 0, 1, 0, 2, 1, 0, 0) },
  },
  'fused convolution': {
    op: '_FusedConv2D',
    inputs: ['x', wave(3, 3, 4, 5), wave(5)],
    attr: {
      ...same,
      num_args: whole(1),
      fused_ops: { list: { s: ['BiasAdd', 'Relu6'].map((v) => text(v).s) } },
    },
  },
  'fused convolution with slopes': {
    op: '_FusedConv2D',
    inputs: ['x', wave(3, 3, 4, 5), wave(5), wave(5)],
    attr: {
      ...same,
      num_args: whole(2),
      fused_ops: { list: { s: ['BiasAdd', 'Prelu'].map((v) => text(v).s) } },
    },
  },
  'depthwise with a multiplier': { op: 'DepthwiseConv2dNative', inputs: ['x', wave(3, 3, 4, 2)], attr: same },
  'fused depthwise': {
    op: 'FusedDepthwiseConv2dNative',
    inputs: ['x', wave(3, 3, 4, 1), wave(4)],
    attr: {
      ...valid,
      num_args: whole(1),
      fused_ops: { list: { s: ['BiasAdd', 'Elu'].map((v) => text(v).s) } },
    },
  },
  'transposed convolution': {
    op: 'Conv2DBackpropInput',
    inputs: [ints(1, 12, 14, 3), wave(3, 3, 3, 4), 'x'],
    attr: same,
  },
  'max pool': { op: 'MaxPool', inputs: ['x'], attr: pooling },
  'average pool': { op: 'AvgPool', inputs: ['x'], attr: pooling },
  'batch normalisation': {
    op: 'FusedBatchNormV3',
    inputs: ['x', wave(4), wave(4), wave(4), positive(4)],
    attr: { epsilon: { f: 0.01 }, is_training: flag(false), data_format: text('NHWC') },
  },
  'mean over places': { op: 'Mean', inputs: ['x', ints(1, 2)], attr: { keep_dims: flag(false) } },
  'mean over channels, kept': { op: 'Mean', inputs: ['x', ints(3)], attr: { keep_dims: flag(true) } },
  'sum over the last axis': { op: 'Sum', inputs: ['x', ints(-1)], attr: { keep_dims: flag(false) } },
  'greatest of all': { op: 'Max', inputs: ['x', ints(1, 2, 3)], attr: { keep_dims: flag(false) } },
  'resized, corners aligned': {
    op: 'ResizeBilinear',
    inputs: ['x', ints(9, 11)],
    attr: { align_corners: flag(true), half_pixel_centers: flag(false) },
  },
  'resized, half pixels': {
    op: 'ResizeBilinear',
    inputs: ['x', ints(9, 11)],
    attr: { align_corners: flag(false), half_pixel_centers: flag(true) },
  },
  'resized, neither': {
    op: 'ResizeBilinear',
    inputs: ['x', ints(9, 11)],
    attr: { align_corners: flag(false), half_pixel_centers: flag(false) },
  },
  'nearest neighbour': {
    op: 'ResizeNearestNeighbor',
    inputs: ['x', ints(12, 14)],
    attr: { align_corners: flag(false), half_pixel_centers: flag(false) },
  },
  padded: { op: 'Pad', inputs: ['x', { shape: [4, 2], data: [0, 0, 1, 2, 0, 3, 1, 0], dtype: 'int32' }] },
  mirrored: {
    op: 'MirrorPad',
    inputs: ['x', { shape: [4, 2], data: [0, 0, 1, 2, 0, 3, 0, 0], dtype: 'int32' }],
    attr: { mode: text('REFLECT') },
  },
  reshaped: { op: 'Reshape', inputs: ['x', ints(1, -1, 4)] },
  transposed: { op: 'Transpose', inputs: ['x', ints(0, 3, 1, 2)] },
  'strided slice with masks': {
    op: 'StridedSlice',
    inputs: ['x', ints(0, 1, 0, -1), ints(0, 5, 0, -4), ints(1, 2, 1, -2)],
    attr: { begin_mask: whole(1), end_mask: whole(5) },
  },
  // Its own kernel for the processor takes wrong elements where an axis goes and another has a stride: strides of 1 here.
  'strided slice that takes axes away': {
    op: 'StridedSlice',
    inputs: ['x', ints(0, -2, 0, 2), ints(0, 0, 0, 3), ints(1, 1, 1, 1)],
    attr: { end_mask: whole(4), shrink_axis_mask: whole(11) },
  },
  slice: { op: 'Slice', inputs: ['x', ints(0, 1, 2, 0), ints(1, 3, -1, 2)] },
  'matrix product, turned': {
    op: 'MatMul',
    shape: [3, 4],
    inputs: ['x', wave(5, 4)],
    attr: { transpose_a: flag(false), transpose_b: flag(true) },
  },
  'fused matrix product': {
    op: '_FusedMatMul',
    shape: [3, 4],
    inputs: ['x', wave(4, 5), wave(5)],
    attr: {
      transpose_a: flag(false),
      transpose_b: flag(false),
      num_args: whole(1),
      fused_ops: { list: { s: ['BiasAdd', 'Relu'].map((v) => text(v).s) } },
    },
  },
  softmax: { op: 'Softmax', shape: [3, 4], inputs: ['x'] },
  'depth to space': {
    op: 'DepthToSpace',
    inputs: ['x'],
    attr: { block_size: whole(2), data_format: text('NHWC') },
  },
  gathered: { op: 'GatherV2', inputs: ['x', ints(3, 0), scalar(3, 'int32')] },
  clipped: { op: 'ClipByValue', inputs: ['x', scalar(-0.5), scalar(0.25)] },
  leaky: { op: 'LeakyRelu', inputs: ['x'], attr: { alpha: { f: 0.1 } } },
  selu: { op: 'Selu', inputs: ['x'] },
  'reciprocal root': {
    op: 'Square',
    inputs: ['x'],
    behind: { op: 'AddV2', attr: float, inputs: ['y', scalar(0.5)] },
  },
  'squared difference': { op: 'SquaredDifference', inputs: ['x', wave(4)] },
  'a turned picture meets a row per channel': {
    op: 'Conv2D',
    inputs: ['x', wave(3, 3, 4, 4)],
    attr: { ...same, strides: wholes(1, 1, 1, 1) },
    behind: { op: 'Mul', attr: float, inputs: ['y', wave(4)] },
  },
  'a turned picture meets a plain one': {
    op: 'Conv2D',
    inputs: ['x', wave(3, 3, 4, 4)],
    attr: { ...same, strides: wholes(1, 1, 1, 1) },
    behind: { op: 'Sub', attr: float, inputs: ['x', 'y'] },
  },
  'turned pictures side by side': {
    op: 'MaxPool',
    inputs: ['x'],
    attr: { ...pooling, strides: wholes(1, 1, 1, 1) },
    behind: { op: 'ConcatV2', attr: { N: whole(2) }, inputs: ['y', 'y', scalar(3, 'int32')] },
  },
  'a turned picture and a plain one side by side': {
    op: 'AvgPool',
    inputs: ['x'],
    attr: { ...pooling, strides: wholes(1, 1, 1, 1) },
    behind: { op: 'ConcatV2', attr: { N: whole(2) }, inputs: ['x', 'y', scalar(-1, 'int32')] },
  },
  'a turned picture, flattened': {
    op: 'MaxPool',
    inputs: ['x'],
    attr: pooling,
    behind: { op: 'Reshape', inputs: ['y', ints(1, -1)] },
  },
  'a turned picture, padded': {
    op: 'MaxPool',
    inputs: ['x'],
    attr: pooling,
    behind: { op: 'Pad', inputs: ['y', { shape: [4, 2], data: [0, 0, 1, 2, 0, 3, 0, 1], dtype: 'int32' }] },
  },
  'a turned picture, reduced over channels': {
    op: 'MaxPool',
    inputs: ['x'],
    attr: pooling,
    behind: { op: 'Mean', attr: { keep_dims: flag(true) }, inputs: ['y', ints(3)] },
  },
};

/** Writes a graph model of one case; its output is 'out'. */
function write(name: string, { op, inputs = [], attr = {}, shape = [1, 6, 7, 4], behind }: Case): string {
  const nodes: object[] = [
    {
      name: 'x',
      op: 'Placeholder',
      attr: {
        dtype: type('DT_FLOAT'),
        shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } },
      },
    },
  ];
  const weights: object[] = [];
  const bytes: Buffer[] = [];
  const reference = (at: string, input: 'x' | 'y' | Constant, i: number): string => {
    if (typeof input === 'string') return input;
    const constant = `${at}/constant${i}`;
    const dtype = input.dtype ?? 'float32';
    nodes.push({
      name: constant,
      op: 'Const',
      attr: { dtype: type(dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32') },
    });
    weights.push({ name: constant, shape: input.shape, dtype });
    bytes.push(Buffer.from((dtype === 'float32' ? Float32Array : Int32Array).from(input.data).buffer));
    return constant;
  };
  const add = (
    at: string,
    kind: string,
    from: readonly ('x' | 'y' | Constant)[],
    attributes: object,
  ): void => {
    const input = from.map((each, i) => reference(at, each, i));
    nodes.push({ name: at, op: kind, input, attr: { ...float, ...attributes } });
  };
  add('y', op, inputs, attr);
  if (behind) add('z', behind.op, behind.inputs, behind.attr ?? {});
  nodes.push({ name: 'out', op: 'Identity', input: [behind ? 'z' : 'y'], attr: float });
  const stem = name.replaceAll(/\W+/g, '-');
  writeFileSync(join(folder, `${stem}.bin`), Buffer.concat(bytes));
  const path = join(folder, `${stem}.json`);
  const signature = { outputs: { answer: { name: 'out:0' } } };
  writeFileSync(
    path,
    JSON.stringify({
      format: 'graph-model',
      signature,
      modelTopology: { node: nodes, versions: { producer: 27 } },
      weightsManifest: [{ paths: [`${stem}.bin`], weights }],
    }),
  );
  return path;
}

const inputOf = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(0.37 * i));

/** The ONNX graph of a model over one input. */
async function own(path: string, shape: readonly number[]) {
  const model = graphModel(readTensorflowModel(path) as GraphModelFile, path);
  const feeds = { [model.graph.inputs[0].name]: { data: inputOf(shape), dims: [...shape] } };
  return { model, outputs: Object.values(await runModel(model.encode(), feeds)) };
}

interface Run {
  path: string;
  shape: readonly number[];
  outputs: readonly string[];
}

/** What TensorFlow.js makes of models over the same inputs. */
const theirs = (runs: readonly Run[]): (PeerTensor[] | string)[] =>
  peer({ kind: 'graphs', runs: runs.map((run) => ({ ...run, input: [...inputOf(run.shape)] })) });

describe('graph models: each operator equals TensorFlow.js’s', () => {
  const shapeOf = ({ shape }: Case): readonly number[] => shape ?? [1, 6, 7, 4];
  const paths = new Map(Object.entries(CASES).map(([name, each]) => [name, write(name, each)]));
  const wanted = new Map<string, PeerTensor[] | string>();
  beforeAll(() => {
    const names = Object.keys(CASES);
    const runs = names.map((name) => ({
      ...{ path: paths.get(name) ?? '', shape: shapeOf(CASES[name]), outputs: ['out'] },
    }));
    for (const [i, result] of theirs(runs).entries()) wanted.set(names[i], result);
  });

  test.each(Object.keys(CASES))('%s', async (name) => {
    const { model, outputs } = await own(paths.get(name) ?? '', shapeOf(CASES[name]));
    const expected = wanted.get(name);
    if (typeof expected === 'string' || expected === undefined) throw new Error(`TensorFlow.js: ${expected}`);
    expect(model.graph.outputs.map((output) => output.name)).toEqual(['answer']);
    expect(outputs[0].dims.map(Number)).toEqual(expected[0].shape);
    expect(furthest(outputs[0].data as Float32Array, expected[0].data)).toBeLessThan(1e-4);
  });
});

test('operators that are not known are named, all of them, before anything is built', () => {
  const path = write('unknown', { op: 'FFT', inputs: ['x'], behind: { op: 'Atan2', inputs: ['y', 'x'] } });
  expect(() => graphModel(readTensorflowModel(path) as GraphModelFile, path)).toThrow(
    /uses operators that are not known: 'Atan2' \(first at 'z'\), 'FFT' \(first at 'y'\)\. Known: Abs,/,
  );
});

test('a file that is no model says what is wrong with it', () => {
  const path = join(folder, 'no-model.json');
  writeFileSync(path, '{"modelTopology": {"node": 3}}');
  expect(() => readTensorflowModel(path)).toThrow(/is not a model\.json of TensorFlow\.js:/);
  writeFileSync(path, '{');
  expect(() => readTensorflowModel(path)).toThrow(/is not a model\.json of TensorFlow\.js:/);
});

const GEAR = join(ASSETS, 'age_gender_nets/gear.json');
test.skipIf(!existsSync(GEAR))(
  'GEAR, in half precision and with fused operators (../shared/assets)',
  async () => {
    const shape = [1, 198, 198, 3];
    const names = Object.values((readTensorflowModel(GEAR) as GraphModelFile).outputs);
    const [expected] = theirs([{ path: GEAR, shape, outputs: names }]);
    if (typeof expected === 'string') throw new Error(expected);
    expect(expected.map((tensor) => tensor.shape[1])).toEqual([5, 2, 7]);
    const { outputs } = await own(GEAR, shape);
    for (const [i, tensor] of expected.entries()) {
      expect(furthest(outputs[i].data as Float32Array, tensor.data)).toBeLessThan(1e-4);
    }
  },
);
