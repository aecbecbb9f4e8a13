import type { Dim, Shape } from './dimension.ts';
import type { GraphNode } from './graph.ts';
import type { Model } from './model.ts';
import { topologicalOrder } from './order.ts';
import { ELEMENTS } from './shapes/arithmetic.ts';
import { LAYOUT } from './shapes/layout.ts';
import type { Known, Rule, RuleContext } from './shapes/rule.ts';
import { SPATIAL } from './shapes/spatial.ts';
import type { GraphTensor } from './tensor.ts';

export type { Known } from './shapes/rule.ts';

/** Shape rules of ONNX's own operators. An operator without a rule gives values of unknown shape. */
const RULES: Readonly<Record<string, Rule>> = { ...SPATIAL, ...LAYOUT, ...ELEMENTS };

/** Constants up to this size are followed element by element (shapes, axes, repeats). */
const FOLLOWED = 64;

const isShapeLike = (tensor: GraphTensor): boolean =>
  (tensor.type === 'int64' || tensor.type === 'int32') && tensor.dims.length <= 1 && tensor.size <= FOLLOWED;

function ofTensor(tensor: GraphTensor): Known {
  return {
    type: tensor.type,
    shape: tensor.dims,
    ...(isShapeLike(tensor) ? { elements: tensor.numbers() } : {}),
  };
}

export interface InferOptions {
  /** Shapes of inputs in place of the declared ones, by name. */
  inputs?: Readonly<Record<string, Shape>>;
}

/**
 * What is known of every value of the graph, computed from its inputs and constants; declarations of intermediate values
 * fill in only where no rule can tell (operators of other domains, data-dependent shapes).
 * @throws Fault naming the node where shapes do not fit.
 */
export function inferShapes(model: Model, options: InferOptions = {}): Map<string, Known> {
  const { graph } = model;
  const known = new Map<string, Known>();
  const constants = new Map<string, GraphTensor>(graph.initialisers);
  for (const [name, tensor] of graph.initialisers) known.set(name, ofTensor(tensor));
  for (const value of graph.fedInputs()) {
    const shape = options.inputs?.[value.name] ?? value.shape;
    known.set(value.name, { type: value.elementType ?? 'undefined', shape });
  }
  const declared = new Map(graph.values);
  for (const value of graph.outputs) if (!declared.has(value.name)) declared.set(value.name, value);
  const producers = graph.producers();

  for (const node of topologicalOrder(graph)) {
    if (node.opType === 'Constant' && node.domain === '') {
      const tensor = graph.constant(node.outputs[0], producers);
      if (tensor !== undefined) {
        constants.set(node.outputs[0], tensor);
        known.set(node.outputs[0], ofTensor(tensor));
        continue;
      }
    }
    const found = inferNode(node, model.opset, known, constants);
    for (const [i, name] of node.outputs.entries()) {
      if (name === '') continue;
      const given = found[i];
      const note = declared.get(name);
      const noted: Shape | null = options.inputs === undefined ? (note?.shape ?? null) : null;
      known.set(name, {
        ...given,
        type: given.type === 'undefined' ? (note?.elementType ?? 'undefined') : given.type,
        shape: given.shape === null ? noted : filled(given.shape, noted),
      });
    }
    if (node.opType === 'Identity') {
      const constant = constants.get(node.inputs[0]);
      if (constant !== undefined) constants.set(node.outputs[0], constant);
    }
  }
  return known;
}

/** Unknown dimensions taken from a declaration of the same rank. */
const filled = (shape: Shape, noted: Shape | null): Dim[] =>
  shape.map((dim, i) => (dim === null && noted?.length === shape.length ? noted[i] : dim));

/**
 * What one node gives, from what is known of its inputs.
 * @throws Fault naming the node where they do not fit.
 */
export function inferNode(
  node: GraphNode,
  opset: number,
  known: ReadonlyMap<string, Known>,
  constants: ReadonlyMap<string, GraphTensor>,
): Known[] {
  const rule = node.domain === '' && Object.hasOwn(RULES, node.opType) ? RULES[node.opType] : undefined;
  const context: RuleContext = {
    node,
    opset,
    input: (index) => (node.inputs[index] ? known.get(node.inputs[index]) : undefined),
    constant: (index) => (node.inputs[index] ? constants.get(node.inputs[index]) : undefined),
  };
  const found = rule?.(context);
  const inherited = rule === undefined ? undefined : known.get(node.inputs[0])?.type;
  return node.outputs.map((_, i) => ({
    type: found?.[i]?.type ?? inherited ?? 'undefined',
    shape: found?.[i]?.shape ?? null,
    ...(found?.[i]?.elements ? { elements: found[i].elements } : {}),
  }));
}
