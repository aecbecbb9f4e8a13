import type { GraphNode } from '../graph/graph.ts';
import { inferShapes } from '../graph/infer.ts';
import type { Model } from '../graph/model.ts';
import type { GraphTensor } from '../graph/tensor.ts';
import { isFixed } from './architectures/layers.ts';

/** What a network costs per input. */
export interface Cost {
  /** Numbers that training changes; running means and variances are none. */
  parameters: number;
  /** Multiply-adds of convolutions and matrix products; the literature's 'FLOPs' of face networks are these. */
  multiplyAdds: number;
  /** Values that pass a BatchNormalization, and a PReLU: small next to the above; some counters add a few for each. */
  normalised: number;
  activated: number;
}

/** Inputs of an operator that hold parameters where they are constants. */
const PARAMETER_SLOTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  PRelu: [1],
};

const product = (dims: readonly unknown[]): number =>
  dims.reduce<number>((all, dim) => all * (typeof dim === 'number' ? dim : 1), 1);

function parametersOf(model: Model): Map<string, GraphTensor> {
  const producers = model.graph.producers();
  const found = new Map<string, GraphTensor>();
  for (const node of model.graph.nodes) {
    for (const slot of PARAMETER_SLOTS[node.opType] ?? []) {
      const name = node.inputs[slot];
      if (!name || isFixed(name)) continue;
      const tensor = model.graph.constant(name, producers);
      if (tensor !== undefined) found.set(name, tensor);
    }
  }
  return found;
}

/** Names of the constants that training changes. */
export const parameterNames = (model: Model): string[] => [...parametersOf(model).keys()];

/**
 * Parameters and operations of a network, for one input (a free batch counts as 1). The kernels with which dynamic
 * convolution unfolds its input are no parameters and multiply nothing.
 */
export function costOf(model: Model): Cost {
  const known = inferShapes(model);
  const dims = (name: string | undefined): readonly unknown[] =>
    known.get(name ?? '')?.shape ?? model.graph.initialisers.get(name ?? '')?.dims ?? [];
  const cost: Cost = { parameters: 0, multiplyAdds: 0, normalised: 0, activated: 0 };
  for (const { size } of parametersOf(model).values()) cost.parameters += size;
  for (const node of model.graph.nodes) {
    const output = product(dims(node.outputs[0]));
    if (node.opType === 'BatchNormalization') cost.normalised += output;
    else if (node.opType === 'PRelu') cost.activated += output;
    else cost.multiplyAdds += multiplyAddsOf(node, dims, output);
  }
  return cost;
}

function multiplyAddsOf(
  node: GraphNode,
  dims: (name: string | undefined) => readonly unknown[],
  output: number,
): number {
  const [first, second] = node.inputs;
  switch (node.opType) {
    case 'Conv':
      // Every output value is a sum over its group's channels and the kernel: all of the weight but its first dimension.
      return isFixed(second) ? 0 : output * product(dims(second).slice(1));
    case 'ConvTranspose':
      return product(dims(first)) * product(dims(second).slice(1));
    case 'Gemm':
      return output * product([dims(first)[node.int('transA', 0) === 1 ? 0 : 1]]);
    case 'MatMul':
      return output * product(dims(first).slice(-1));
    default:
      return 0;
  }
}
