import type { Model } from '../graph/model.ts';
import { GraphTensor } from '../graph/tensor.ts';
import type { TrainingState } from './run.ts';

/** The network with the parameters and running averages of a training state in place of its own, for inference. */
export function trainedNetwork(network: Model, { values }: TrainingState): Model {
  const made = network.copy();
  for (const [name, tensor] of made.graph.initialisers) {
    const data = values[name];
    if (data !== undefined) made.graph.initialisers.set(name, GraphTensor.of(data, tensor.dims, name));
  }
  return made;
}
