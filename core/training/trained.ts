import type { Model } from '../graph/model.ts';
import { GraphTensor } from '../graph/tensor.ts';
import { ROUTING_TEMPERATURE } from '../models/architectures/dynamic-convolution.ts';
import type { TrainingState } from './run.ts';

/**
 * The network with the parameters and running averages of a training state in place of its own, for inference.
 * @param temperature of its routing in place of the one that it ends with, while that is being lowered
 */
export function trainedNetwork(network: Model, { values }: TrainingState, temperature?: number): Model {
  const made = network.copy();
  if (temperature !== undefined) {
    const tensor = GraphTensor.of(Float32Array.of(temperature), [], ROUTING_TEMPERATURE);
    made.graph.initialisers.set(ROUTING_TEMPERATURE, tensor);
  }
  for (const [name, tensor] of made.graph.initialisers) {
    const data = values[name];
    if (data !== undefined) made.graph.initialisers.set(name, GraphTensor.of(data, tensor.dims, name));
  }
  return made;
}
