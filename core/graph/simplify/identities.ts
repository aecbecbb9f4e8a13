import type { Shape } from '../dimension.ts';
import type { Graph, GraphNode } from '../graph.ts';
import type { Known } from '../infer.ts';
import { topologicalOrder } from '../order.ts';
import { Renaming } from './renaming.ts';

/**
 * Removes nodes that give what they take: Identity, Dropout in inference, sums with 0, products with 1, reshapes to the same
 * shape, casts to the same type; and joins transposes and reshapes that follow on each other, which lets pairs that cancel go.
 * @returns how many values changed
 */
export function dropIdentities(graph: Graph, known: ReadonlyMap<string, Known>): number {
  const renaming = new Renaming(graph);
  const producers = graph.producers();
  let joined = 0;
  for (const node of topologicalOrder(graph)) {
    if (node.domain !== '') continue;
    node.inputs = node.inputs.map((name) => renaming.now(name));
    if (joins(node, graph, producers)) joined++;
    const same = passed(node, graph, known);
    if (same !== undefined && renaming.free(node.outputs[0])) renaming.put(node.outputs[0], same);
  }
  return joined + renaming.apply();
}

const equal = (a: Shape | null | undefined, b: Shape | null | undefined): boolean =>
  Boolean(a && b && a.length === b.length && a.every((dim, i) => dim !== null && dim === b[i]));

/** The input that the node's first output equals, if there is one. */
function passed(node: GraphNode, graph: Graph, known: ReadonlyMap<string, Known>): string | undefined {
  const [x, y] = node.inputs;
  const out = known.get(node.outputs[0]);
  const keeps = (name: string): boolean => equal(known.get(name)?.shape, out?.shape);
  switch (node.opType) {
    case 'Identity':
      return x;
    case 'Dropout':
      return node.outputs.length === 1 && node.inputs.length < 3 ? x : undefined;
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Expand':
    case 'Tile':
      return keeps(x) ? x : undefined;
    case 'Cast':
      return known.get(x)?.type === out?.type && out?.type !== 'undefined' ? x : undefined;
    case 'Transpose': {
      const perm = node.ints('perm');
      return perm?.every((axis, i) => axis === i) ? x : undefined;
    }
    case 'Add':
      if (allAre(graph, y, 0) && keeps(x)) return x;
      return allAre(graph, x, 0) && keeps(y) ? y : undefined;
    case 'Mul':
      if (allAre(graph, y, 1) && keeps(x)) return x;
      return allAre(graph, x, 1) && keeps(y) ? y : undefined;
    case 'Sub':
      return allAre(graph, y, 0) && keeps(x) ? x : undefined;
    case 'Div':
    case 'Pow':
      return allAre(graph, y, 1) && keeps(x) ? x : undefined;
    case 'Concat':
    case 'Sum':
      return node.inputs.length === 1 ? x : undefined;
    default:
      return undefined;
  }
}

/** Constants of one element: larger ones are rarely all alike, and not read for it. */
function allAre(graph: Graph, name: string, value: number): boolean {
  const tensor = graph.initialisers.get(name);
  if (tensor === undefined || tensor.size !== 1 || tensor.external) return false;
  if (!['float32', 'float64', 'int64', 'int32'].includes(tensor.type)) return false;
  return Number(tensor.elements()[0]) === value;
}

/** Lets a transpose or reshape that follows on one of its kind do the work of both. */
function joins(node: GraphNode, graph: Graph, producers: ReadonlyMap<string, GraphNode>): boolean {
  const before = producers.get(node.inputs[0]);
  if (before === undefined || before.domain !== '') return false;
  if (node.opType === 'Transpose' && before.opType === 'Transpose') {
    const [first, second] = [before.ints('perm'), node.ints('perm')];
    if (first === undefined || second === undefined) return false;
    node.set(
      'perm',
      second.map((axis) => first[axis]),
    );
    node.inputs[0] = before.inputs[0];
    return true;
  }
  const reshapes = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);
  // A 0 in the target copies a dimension of the input, which would be another one.
  if (node.opType === 'Reshape' && reshapes.has(before.opType)) {
    const target = graph.initialisers.get(node.inputs[1])?.numbers();
    if (target === undefined || target.includes(0)) return false;
    node.inputs[0] = before.inputs[0];
    return true;
  }
  return false;
}
