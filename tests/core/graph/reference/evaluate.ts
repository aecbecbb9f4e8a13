import { elementTypeOf } from '../../../../core/graph/elements.ts';
import type { GraphNode } from '../../../../core/graph/graph.ts';
import type { Model } from '../../../../core/graph/model.ts';
import { topologicalOrder } from '../../../../core/graph/order.ts';
import type { GraphTensor } from '../../../../core/graph/tensor.ts';
import { along, batchNormalization, erf, gemm, matMul, reduce, softmax } from './arithmetic.ts';
import { combined, type Dense, dense, filled, place } from './array.ts';
import * as layout from './layout.ts';
import * as spatial from './spatial.ts';

/** One operator: from its inputs (undefined where left out) to its outputs. */
type Operator = (inputs: (Dense | undefined)[], node: GraphNode) => Dense | Dense[];

const each =
  (f: (v: number) => number): Operator =>
  ([x]) => ({ dims: x!.dims, data: x!.data.map(f) });
const pair =
  (f: (v: number, w: number) => number): Operator =>
  ([x, y]) =>
    combined([x!, y!], f);
const many =
  (f: (...v: number[]) => number): Operator =>
  (inputs) =>
    combined(inputs as Dense[], f);
const ints = (x: Dense | undefined): number[] => (x ? [...x.data] : []);
const reduction: Operator = ([x, axes], node) =>
  reduce(node, x!, node.ints('axes') ?? (axes ? ints(axes) : undefined));

const OPERATORS: Record<string, Operator> = {
  Add: pair((v, w) => v + w),
  Sub: pair((v, w) => v - w),
  Mul: pair((v, w) => v * w),
  Div: pair((v, w) => v / w),
  Pow: pair((v, w) => v ** w),
  Min: many(Math.min),
  Max: many(Math.max),
  Sum: many((...v) => v.reduce((a, b) => a + b, 0)),
  Mean: many((...v) => v.reduce((a, b) => a + b, 0) / v.length),
  Equal: pair((v, w) => Number(v === w)),
  Greater: pair((v, w) => Number(v > w)),
  Less: pair((v, w) => Number(v < w)),
  Or: pair((v, w) => Number(v !== 0 || w !== 0)),
  Neg: each((v) => -v),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Sqrt: each(Math.sqrt),
  Abs: each(Math.abs),
  Sign: each(Math.sign),
  Reciprocal: each((v) => 1 / v),
  Sin: each(Math.sin),
  Cos: each(Math.cos),
  Erf: each(erf),
  Relu: each((v) => Math.max(0, v)),
  LeakyRelu: ([x], node) => each((v) => (v < 0 ? node.float('alpha', 0.01) * v : v))([x], node),
  Elu: ([x], node) => each((v) => (v < 0 ? node.float('alpha', 1) * Math.expm1(v) : v))([x], node),
  PRelu: pair((v, slope) => (v < 0 ? slope * v : v)),
  Sigmoid: each((v) => 1 / (1 + Math.exp(-v))),
  HardSigmoid: ([x], node) => {
    const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)];
    return each((v) => Math.min(1, Math.max(0, alpha * v + beta)))([x], node);
  },
  Tanh: each(Math.tanh),
  Softplus: each((v) => Math.log1p(Math.exp(v))),
  Softmax: ([x], node) => along(x!, node.int('axis', -1), softmax),
  LogSoftmax: ([x], node) => along(x!, node.int('axis', -1), (line) => softmax(line).map(Math.log)),
  LpNormalization: ([x], node) =>
    along(x!, node.int('axis', -1), (line) => {
      const p = node.int('p', 2);
      const length = p === 1 ? line.reduce((s, v) => s + Math.abs(v), 0) : Math.hypot(...line);
      return line.map((v) => (length === 0 ? 0 : v / length));
    }),
  Clip: ([x, low, high]) => {
    const [from, to] = [low?.data[0] ?? -Infinity, high?.data[0] ?? Infinity];
    return { dims: x!.dims, data: x!.data.map((v) => Math.min(to, Math.max(from, v))) };
  },
  Where: many((c, v, w) => (c !== 0 ? v : w)),
  Cast: ([x], node) =>
    ['int64', 'int32'].includes(elementTypeOf(node.int('to', 1))) ? each(Math.trunc)([x], node) : x!,
  Identity: ([x]) => x!,
  Dropout: ([x]) => x!,
  MatMul: ([x, y]) => matMul(x!, y!),
  Gemm: ([x, y, c], node) => gemm(node, x!, y!, c),
  BatchNormalization: (inputs, node) => batchNormalization(node, inputs as Dense[]),
  Conv: ([x, w, b], node) => spatial.conv(node, x!, w!, b),
  ConvTranspose: ([x, w, b], node) => spatial.convTranspose(node, x!, w!, b),
  MaxPool: ([x], node) => spatial.pool(node, x!),
  AveragePool: ([x], node) => spatial.pool(node, x!),
  GlobalAveragePool: ([x], node) => spatial.globalPool(node, x!),
  GlobalMaxPool: ([x], node) => spatial.globalPool(node, x!),
  Resize: ([x, , scales, sizes], node) => spatial.resize(node, x!, ints(scales), ints(sizes)),
  Reshape: ([x, target]) => layout.reshape(x!, ints(target)),
  Flatten: ([x], node) => {
    const axis = place(node.int('axis', 1), x!.dims.length);
    return layout.reshape(x!, [x!.dims.slice(0, axis).reduce((a, b) => a * b, 1), -1]);
  },
  Squeeze: ([x, axes], node) => layout.squeezed(x!, node.ints('axes') ?? (axes ? ints(axes) : undefined)),
  Unsqueeze: ([x, axes], node) => layout.unsqueezed(x!, node.ints('axes') ?? ints(axes)),
  Transpose: ([x], node) => layout.transpose(node, x!),
  Concat: (inputs, node) => layout.concat(node.int('axis', 0), inputs as Dense[]),
  Split: ([x, sizes], node) => {
    const axis = place(node.int('axis', 0), x!.dims.length);
    const parts = node.outputs.length;
    const even = new Array<number>(parts).fill(x!.dims[axis] / parts);
    return layout.split(axis, x!, sizes ? ints(sizes) : (node.ints('split') ?? even));
  },
  Slice: ([x, starts, ends, axes, steps]) => {
    const from = ints(starts);
    const along = axes ? ints(axes) : from.map((_, i) => i);
    return layout.slice(x!, from, ints(ends), along, steps ? ints(steps) : from.map(() => 1));
  },
  Pad: ([x, pads, value], node) => layout.pad(node, x!, ints(pads), value?.data[0] ?? 0),
  Gather: ([x, at], node) => layout.gather(node.int('axis', 0), x!, at!),
  GatherElements: ([x, at], node) => layout.gatherElements(node.int('axis', 0), x!, at!),
  Expand: ([x, dims]) => layout.expand(x!, ints(dims)),
  Tile: ([x, repeats]) => layout.tile(x!, ints(repeats)),
  Shape: ([x]) => dense([x!.dims.length], x!.dims),
  ConstantOfShape: ([dims], node) => filled(ints(dims), () => node.tensor('value')?.numbers()[0] ?? 0),
  ArgMax: ([x], node) => {
    const axis = place(node.int('axis', 0), x!.dims.length);
    const best = along(x!, axis, (line) => line.map(() => line.indexOf(Math.max(...line))));
    const first = layout.slice(best, [0], [1], [axis], [1]);
    return node.int('keepdims', 1) ? first : layout.squeezed(first, [axis]);
  },
  ...Object.fromEntries(
    'Sum Mean Max Min L1 L2 SumSquare LogSum LogSumExp'
      .split(' ')
      .map((kind) => [`Reduce${kind}`, reduction]),
  ),
};

/**
 * Computes a graph in float64, operator by operator in plain loops written from the ONNX text: the oracle that gradients
 * are held against by central differences. It is itself held to ONNX Runtime.
 */
export function evaluate(model: Model, feeds: Readonly<Record<string, Dense>>): Map<string, Dense> {
  const { graph } = model;
  const values = new Map<string, Dense>();
  for (const [name, tensor] of graph.initialisers) values.set(name, constant(tensor));
  for (const [name, value] of Object.entries(feeds)) values.set(name, value);
  const producers = graph.producers();
  for (const node of topologicalOrder(graph)) {
    if (node.opType === 'Constant') {
      values.set(node.outputs[0], constant(graph.constant(node.outputs[0], producers)!));
      continue;
    }
    const operator = OPERATORS[node.opType];
    if (operator === undefined) throw new Error(`The reference does not know ${node.label}.`);
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined;
      const value = values.get(name);
      if (value === undefined) throw new Error(`${node.label} takes '${name}', which was not computed.`);
      return value;
    });
    const made = operator(inputs, node);
    const outputs = Array.isArray(made) ? made : [made];
    node.outputs.forEach((name, i) => {
      if (name !== '') values.set(name, outputs[i]);
    });
  }
  return values;
}

/** Constants are the same in every run: read once. */
const read = new WeakMap<GraphTensor, Dense>();
function constant(tensor: GraphTensor): Dense {
  const known = read.get(tensor) ?? dense(tensor.dims, tensor.numbers());
  read.set(tensor, known);
  return known;
}
