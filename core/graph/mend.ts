import { Fault } from '../foundation/fault.ts';
import type { Shape } from './dimension.ts';
import { type Graph, GraphNode } from './graph.ts';
import { inferShapes } from './infer.ts';
import type { Model } from './model.ts';
import { fixConstants, takenBy } from './order.ts';
import { GraphTensor } from './tensor.ts';

/** Opsets below this have `spatial` in BatchNormalization. */
const WITHOUT_SPATIAL = 9;

/**
 * Corrects, in place, what well-known exporters wrote against the rules of ONNX, where it is clear what they meant:
 * - constants among the inputs (IR version 3 and older), so that runtimes may fold them, and those that nothing takes;
 * - PRelu with one slope per channel as [C] (MXNet's export), which ONNX would spread over the width;
 * - BatchNormalization with `spatial` 0 (MXNet's export) over one number per channel, which is meant spatially. Where it
 *   has numbers for every place, it is written as a product and a sum, which runtimes have kernels for.
 */
export function mend(model: Model): void {
  const { graph } = model;
  fixConstants(graph);
  if (model.opset < WITHOUT_SPATIAL) for (const node of [...graph.nodes]) mendSpatial(graph, node);
  mendSlopes(model);
  dropUnused(graph);
}

/** Constants that nothing takes: ONNX Runtime knows them in files of IR version 3 as inputs only, and fails. */
function dropUnused(graph: Graph): void {
  const used = new Set([
    ...graph.nodes.flatMap((node) => [...takenBy(node)]),
    ...graph.outputs.map(({ name }) => name),
  ]);
  for (const name of graph.initialisers.keys()) if (!used.has(name)) graph.initialisers.delete(name);
}

/**
 * A slope [C] is right where the channels come last (N×H×W×C), and a network may have as many channels as columns
 * somewhere: slopes are only taken for the channels' where at least one of them cannot be meant otherwise.
 */
function mendSlopes(model: Model): void {
  const { graph } = model;
  const nodes = graph.nodes.filter(
    ({ opType, domain, inputs }) =>
      opType === 'PRelu' && domain === '' && graph.constant(inputs[1])?.dims.length === 1,
  );
  if (nodes.length === 0) return;
  const shapes = shapesWithout(model, new Set(nodes.map(({ outputs }) => outputs[0])));
  const found = nodes.map((node) => ({
    node,
    slopes: graph.constant(node.inputs[1]) as GraphTensor,
    shape: shapes?.get(node.inputs[0]) ?? null,
  }));
  const impossible = found.some(
    ({ slopes, shape }) =>
      slopes.size > 1 && shape !== null && typeof shape.at(-1) === 'number' && shape.at(-1) !== slopes.size,
  );
  if (!impossible) return;
  for (const { node, slopes, shape } of found) {
    // With two dimensions the last one is the channels.
    if (shape === null || shape.length < 3 || shape[1] !== slopes.size) continue;
    const name = graph.freshName(`${node.inputs[1]}.channels`);
    const dims = [slopes.size, ...shape.slice(2).map(() => 1)];
    graph.initialisers.set(name, slopes.named(name).reshaped(dims));
    node.inputs[1] = name;
  }
}

/** Shapes of all values as if the nodes that give `outputs` did nothing; undefined where others do not fit. */
function shapesWithout(model: Model, outputs: ReadonlySet<string>): Map<string, Shape | null> | undefined {
  const passing = model.copy();
  passing.graph.nodes = passing.graph.nodes.map((node) =>
    outputs.has(node.outputs[0]) ? GraphNode.of('Identity', [node.inputs[0]], [node.outputs[0]]) : node,
  );
  try {
    return new Map([...inferShapes(passing)].map(([name, { shape }]) => [name, shape]));
  } catch (thrown) {
    // What does not fit is told by `checkModel`, with the model's name.
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

function mendSpatial(graph: Graph, node: GraphNode): void {
  if (node.opType !== 'BatchNormalization' || node.domain !== '' || node.int('spatial', 1) !== 0) return;
  const constants = node.inputs.slice(1, 5).map((name) => graph.constant(name));
  const dims = constants[0]?.dims ?? [];
  if (dims.length <= 1) {
    node.attributes.delete('spatial');
    return;
  }
  if (constants.some((tensor) => tensor?.type !== 'float32')) return;
  const [scale, bias, mean, variance] = constants.map((tensor) => tensor?.elements() as Float32Array);
  const epsilon = node.float('epsilon', 1e-5);
  const factor = scale.map((value, i) => value / Math.sqrt(variance[i] + epsilon));
  const shift = bias.map((value, i) => value - mean[i] * factor[i]);
  const [output] = node.outputs;
  const constant = (values: Float32Array, what: string): string => {
    const name = graph.freshName(`${output}.${what}`);
    graph.initialisers.set(name, GraphTensor.of(values, dims, name));
    return name;
  };
  const scaled = graph.freshName(`${output}.scaled`);
  graph.nodes.splice(
    graph.nodes.indexOf(node),
    1,
    GraphNode.of('Mul', [node.inputs[0], constant(factor, 'factor')], [scaled], {}, scaled),
    GraphNode.of('Add', [scaled, constant(shift, 'shift')], [output], {}, node.name),
  );
}
