import { Fault } from '../foundation/fault.ts';
import { freshNames } from './fresh-names.ts';
import { GraphNode } from './graph.ts';
import { inferShapes } from './infer.ts';
import type { Model } from './model.ts';
import { GraphTensor, integers } from './tensor.ts';

/** From this opset on ReduceMean takes its axes as an input. */
const AXES_AS_INPUT = 18;

/**
 * Writes every BatchNormalization that normalises by its batch as means, products and a root, in place: for runtimes that
 * know it in inference only (ONNX Runtime's WebGPU). Its statistics keep their names.
 * @throws Fault naming a node whose running averages are not the batch's own, or whose input's rank is not known
 */
export function writeOutBatchNormalization(model: Model): void {
  const { graph } = model;
  const known = inferShapes(model);
  const fresh = freshNames(graph, known.keys());
  const constant = (data: BigInt64Array | Float32Array, dims?: readonly number[]): string => {
    const name = fresh('written');
    graph.initialisers.set(name, GraphTensor.of(data, dims, name));
    return name;
  };
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.opType !== 'BatchNormalization' || node.int('training_mode', 0) !== 1) return [node];
    const rank = known.get(node.inputs[0])?.shape?.length;
    if (rank === undefined) throw new Fault(`${node.label} has an input of unknown rank.`);
    if (node.outputs.length > 1 && node.float('momentum', 0.9) !== 0) {
      throw new Fault(
        `${node.label} gives running averages of a momentum other than 0; that is not written out.`,
      );
    }
    return writtenOut(node, rank, model.opset, fresh, constant);
  });
}

function writtenOut(
  node: GraphNode,
  rank: number,
  opset: number,
  fresh: (name: string) => string,
  constant: (data: BigInt64Array | Float32Array, dims?: readonly number[]) => string,
): GraphNode[] {
  const [x, scale, bias] = node.inputs;
  const [output, mean, variance] = node.outputs;
  const nodes: GraphNode[] = [];
  const op = (
    type: string,
    inputs: readonly string[],
    name = fresh(`${output}.${type.toLowerCase()}`),
    attributes = {},
  ): string => {
    nodes.push(GraphNode.of(type, inputs, [name], attributes, name));
    return name;
  };
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  const average = (value: string): string => {
    const name = fresh(`${output}.mean`);
    return opset >= AXES_AS_INPUT
      ? op('ReduceMean', [value, constant(integers(axes))], name, { keepdims: 1 })
      : op('ReduceMean', [value], name, { axes, keepdims: 1 });
  };
  const perChannel = constant(integers(Array.from({ length: rank }, (_, axis) => (axis === 1 ? -1 : 1))));
  const one = constant(integers([-1]));
  const middle = average(x);
  const centred = op('Sub', [x, middle]);
  const spread = average(op('Mul', [centred, centred]));
  const epsilon = constant(Float32Array.of(node.float('epsilon', 1e-5)), []);
  const root = op('Sqrt', [op('Add', [spread, epsilon])]);
  const factor = op('Div', [op('Reshape', [scale, perChannel]), root]);
  op('Add', [op('Mul', [centred, factor]), op('Reshape', [bias, perChannel])], output);
  if (mean) op('Reshape', [middle, one], mean);
  if (variance) op('Reshape', [spread, one], variance);
  return nodes;
}
