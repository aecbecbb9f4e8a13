import { writeAttribute } from '../attribute.ts';
import type { Graph, GraphNode } from '../graph.ts';
import { topologicalOrder } from '../order.ts';
import type { GraphTensor } from '../tensor.ts';
import { Renaming } from './renaming.ts';

/** Operators that give something else each time. */
const RANDOM = /^(Random|Bernoulli$|Multinomial$)/;
/** Constants up to this many bytes are compared. */
const COMPARED = 1 << 16;

/**
 * Computes equal values once: nodes of the same operator, inputs and attributes, and constants of the same elements.
 * @returns how many values went
 */
export function joinDuplicates(graph: Graph): number {
  const renaming = new Renaming(graph);
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const constants = new Map<string, string>();
  for (const [name, tensor] of graph.initialisers) {
    if (!renaming.free(name) || inputs.has(name)) continue;
    const key = constantKey(tensor);
    if (key === undefined) continue;
    const first = constants.get(key);
    if (first === undefined) constants.set(key, name);
    else renaming.put(name, first);
  }
  const nodes = new Map<string, GraphNode>();
  for (const node of topologicalOrder(graph)) {
    if (node.subgraphs().length > 0 || isRandom(node)) continue;
    const key = nodeKey(node, renaming);
    const first = nodes.get(key);
    if (first === undefined) nodes.set(key, node);
    else if (node.outputs.every((name) => name === '' || renaming.free(name))) {
      for (const [i, name] of node.outputs.entries()) if (name !== '') renaming.put(name, first.outputs[i]);
    }
  }
  return renaming.apply();
}

/** A Dropout that trains draws its mask anew. */
const isRandom = (node: GraphNode): boolean =>
  RANDOM.test(node.opType) || (node.opType === 'Dropout' && node.inputs.length > 2);

function constantKey(tensor: GraphTensor): string | undefined {
  if (tensor.external || tensor.type === 'string') return undefined;
  const elements = tensor.elements();
  if (elements.byteLength > COMPARED) return undefined;
  const bytes = Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength);
  return `${tensor.type}|${tensor.dims}|${bytes.toString('base64')}`;
}

function nodeKey(node: GraphNode, renaming: Renaming): string {
  const attributes = [...node.attributes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, attribute]) => JSON.stringify(writeAttribute(name, attribute)));
  const given = node.outputs.map((name) => (name === '' ? 0 : 1)).join('');
  const taken = node.inputs.map((name) => renaming.now(name));
  return JSON.stringify([node.domain, node.opType, given, taken, attributes]);
}
