import type { Graph, GraphNode } from '../graph.ts';
import type { Known } from '../infer.ts';
import { topologicalOrder } from '../order.ts';
import { GraphTensor } from '../tensor.ts';

/** Constants up to this many elements are computed here; what is larger is not worth its place in the file. */
const MOST = 4096;

/**
 * Replaces nodes that only depend on constants: shapes and axes as far as shape inference follows them, arithmetic and
 * changes of shape on small tensors. float32 arithmetic gives what float32 gives.
 * @returns how many nodes went
 */
export function foldConstants(graph: Graph, known: ReadonlyMap<string, Known>): number {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const producers = graph.producers();
  const folded = new Set<GraphNode>();
  const constant = (name: string): GraphTensor | undefined =>
    inputs.has(name) ? undefined : graph.initialisers.get(name);
  for (const node of topologicalOrder(graph)) {
    const [name] = node.outputs;
    if (node.domain !== '' || node.outputs.length !== 1 || outputs.has(name)) continue;
    const tensor =
      node.opType === 'Constant'
        ? graph.constant(name, producers)
        : (ofShape(known.get(name), name) ?? computed(node, constant, known.get(name)));
    if (tensor === undefined) continue;
    graph.initialisers.set(name, tensor.named(name));
    folded.add(node);
  }
  graph.nodes = graph.nodes.filter((node) => !folded.has(node));
  return folded.size;
}

/** A vector or number of integers whose elements are all known. */
function ofShape(known: Known | undefined, name: string): GraphTensor | undefined {
  if (known?.elements === undefined || known.shape === null) return undefined;
  const { elements, shape, type } = known;
  if (!elements.every((each) => typeof each === 'number') || shape.length > 1) return undefined;
  const dims = shape.length === 0 ? [] : [elements.length];
  if (type === 'int64') return GraphTensor.ints(elements as number[], name, dims);
  if (type === 'int32') return GraphTensor.of(Int32Array.from(elements as number[]), dims, name);
  return undefined;
}

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
};
const UNARY: Readonly<Record<string, (a: number) => number>> = {
  Neg: (a) => -a,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Abs: Math.abs,
  Reciprocal: (a) => 1 / a,
};

function computed(
  node: GraphNode,
  constant: (name: string) => GraphTensor | undefined,
  known: Known | undefined,
): GraphTensor | undefined {
  const tensors = node.inputs.map(constant);
  const [x, y] = tensors;
  if (x === undefined || x.external || tensors.includes(undefined) || x.size > MOST) return undefined;
  const shape = known?.shape;
  if (!shape?.every((dim) => typeof dim === 'number')) return undefined;
  const dims = shape as readonly number[];
  if (['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'].includes(node.opType)) return x.reshaped(dims);
  if (x.type !== 'float32' && x.type !== 'float64') return undefined;
  const made = (values: readonly number[]): GraphTensor =>
    GraphTensor.of(x.type === 'float32' ? Float32Array.from(values) : Float64Array.from(values), dims);
  if (Object.hasOwn(UNARY, node.opType)) return made(x.numbers().map(UNARY[node.opType]));
  if (!Object.hasOwn(BINARY, node.opType) || y === undefined || y.type !== x.type) return undefined;
  const size = dims.reduce((product, dim) => product * dim, 1);
  if ((x.size !== 1 && x.size !== size) || (y.size !== 1 && y.size !== size)) return undefined;
  const [left, right] = [x.numbers(), y.numbers()];
  const f = BINARY[node.opType];
  return made(
    Array.from({ length: size }, (_, i) =>
      f(left[left.length === 1 ? 0 : i], right[right.length === 1 ? 0 : i]),
    ),
  );
}
