import type { GraphBuilder, Handle } from './builder.ts';
import type { GraphNode } from './graph.ts';
import { takenBy, topologicalOrder } from './order.ts';

/** 1 MB of float32. */
const LEAST = 1 << 18;

/**
 * What a BatchNormalization in training mode gives is needed again on the way back, and would be kept all the time between.
 * Its input is kept for its own gradient anyway: the way back normalises that anew, one pass over it, and the memory is free
 * meanwhile (a third of what IR-18 keeps). ONNX Runtime runs the new nodes right before they are needed.
 * @param forward what the way there leads to: the loss and what is reported beside
 * @param least values of fewer elements are kept
 * @returns how many are computed again
 */
export function normaliseAgain(b: GraphBuilder, forward: readonly Handle[], least = LEAST): number {
  const before = ancestors(b, forward);
  const consumers = b.graph.consumers();
  const outputs = new Set(b.graph.outputs.map(({ name }) => name));
  let count = 0;
  for (const node of before) {
    if (node.opType !== 'BatchNormalization' || node.domain !== '') continue;
    if (node.int('training_mode', 0) !== 1 || node.float('momentum', 0.9) !== 0) continue;
    const [normal, mean, variance] = node.outputs;
    if (!mean || !variance || outputs.has(normal)) continue;
    const { shape } = b.value(normal);
    const size = shape?.reduce<number>((all, dim) => all * (typeof dim === 'number' ? dim : 0), 1) ?? 0;
    const later = (consumers.get(normal) ?? []).filter((one) => !before.has(one));
    if (size < least || later.length === 0) continue;
    const [x, scale, shift] = node.inputs;
    const again = b.op(
      'BatchNormalization',
      [x, scale, shift, mean, variance].map((name) => b.value(name)),
      { epsilon: { float: node.float('epsilon', 1e-5) } },
      `${normal}.again`,
    );
    for (const one of later) one.inputs = one.inputs.map((name) => (name === normal ? again.name : name));
    count++;
  }
  // What takes the new values stands before them.
  if (count > 0) b.graph.nodes = topologicalOrder(b.graph);
  return count;
}

/** All nodes that the values depend on. */
function ancestors(b: GraphBuilder, values: readonly Handle[]): Set<GraphNode> {
  const producers = b.graph.producers();
  const found = new Set<GraphNode>();
  const open = values.map(({ name }) => name);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = producers.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    open.push(...takenBy(node));
  }
  return found;
}
