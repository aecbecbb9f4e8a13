import { Fault } from '../foundation/fault.ts';
import type { GraphBuilder, Handle } from './builder.ts';
import type { GraphNode } from './graph.ts';
import { topologicalOrder } from './order.ts';

/** The first opset whose BatchNormalization says by an attribute that it trains. */
const TRAINING_MODE = 14;

/** A BatchNormalization that was set to training. */
export interface BatchStatistics {
  node: GraphNode;
  /** Names of the constants that it normalised by in inference, and that running averages go into. */
  running: { mean: string; variance: string };
  /** The batch's own mean and variance (population variance: divided by the number of elements), one per channel. */
  batch: { mean: Handle; variance: Handle };
  /** Elements per channel that they are taken over; null where the batch is free. */
  count: number | null;
}

/**
 * Sets every BatchNormalization that normalises by constants to the statistics of its batch, and gives these as values
 * of the graph. How they go into the running averages is the training step's business.
 * @throws Fault for a graph of an older opset than 14
 */
export function trainingMode(b: GraphBuilder): BatchStatistics[] {
  const found: BatchStatistics[] = [];
  for (const node of [...b.graph.nodes]) {
    if (node.opType !== 'BatchNormalization' || node.domain !== '') continue;
    if (node.int('training_mode', 0) === 1) continue;
    const [x, , , mean, variance] = node.inputs;
    if (!b.graph.initialisers.has(mean) || !b.graph.initialisers.has(variance)) continue;
    if (b.opset < TRAINING_MODE) {
      throw new Fault(
        `${node.label} cannot be trained in opset ${b.opset}; allowed: ${TRAINING_MODE} and later.`,
      );
    }
    node.set('training_mode', 1);
    // Running averages with a momentum of 0 are the batch's statistics themselves.
    node.attributes.set('momentum', { kind: 'float', value: 0 });
    const batch = {
      mean: b.furtherOutput(node, 1, `${node.outputs[0]}.batch_mean`),
      variance: b.furtherOutput(node, 2, `${node.outputs[0]}.batch_var`),
    };
    // ONNX Runtime folds a BatchNormalization of constants into the convolution before it, trained or not, and writes the
    // batch's statistics over the running ones that it takes: it gets neither constants nor the averages themselves.
    for (const [i, name] of [mean, variance].entries()) {
      b.overridable(name);
      node.inputs[3 + i] = b.op('Neg', [b.value(name)], {}, `${node.outputs[0]}.unused`).name;
    }
    const dims = b.value(x).shape?.filter((_, axis) => axis !== 1) ?? [null];
    const count = dims.every((dim) => typeof dim === 'number') ? dims.reduce((p, dim) => p * dim, 1) : null;
    found.push({ node, running: { mean, variance }, batch, count });
  }
  // What the nodes take now was added behind them.
  b.graph.nodes = topologicalOrder(b.graph);
  return found;
}
