import { existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { notFinite, weightsText } from '../../graph/finite.ts';
import type { Model } from '../../graph/model.ts';
import { isFloating } from '../../graph/shapes/types.ts';
import { readNetwork } from '../../models/network-file.ts';
import { arcfaceName } from '../../models/weights/arcface-names.ts';
import { readCheckpoint } from '../../models/weights/checkpoint.ts';
import { bytesOf } from '../../models/weights/element-types.ts';
import { recogniseNetwork } from '../../models/weights/recognise.ts';
import { type WrittenTensor, writeSafetensors } from '../../models/weights/safetensors.ts';
import { weightsOf } from '../../models/weights/state-dict.ts';

export interface ConvertedWeights {
  kind: 'weights to safetensors';
  from: string;
  to: string;
  /** Tensors that were written, and the numbers in them. */
  tensors: number;
  parameters: number;
  /** Weights that are not the network's, and were left out. */
  ignored: string[];
  /** What to know of them. */
  remarks: string[];
}

/** What a run's folder keeps of its trained network. */
const TRAINED = 'network.onnx';

/**
 * Writes the weights of a network, a trained run or a checkpoint as safetensors, under the names that PyTorch code gives
 * them: those of the public ArcFace code for its residual networks.
 */
export function weightsToSafetensors(
  from: string,
  to: string,
  key: string | undefined,
  options: WorkOptions,
): ConvertedWeights {
  throwIfCancelled(options.signal);
  if (existsSync(to)) throw new Fault(`'${to}' is there already; name another file or remove it.`);
  const file = statSync(from).isDirectory() ? join(from, TRAINED) : from;
  if (!existsSync(file)) {
    throw new Fault(
      `'${from}' holds no '${TRAINED}', so it is no folder of a finished run. Allowed: such a folder, an .onnx file, a checkpoint.`,
    );
  }
  options.onProgress?.({ stage: 'Reading the weights', done: 0, total: 2, unit: 'steps' });
  const found =
    extname(file).toLowerCase() === '.onnx' ? ofNetwork(readNetwork(file)) : ofCheckpoint(file, key);
  options.onProgress?.({ stage: 'Writing the weights', done: 1, total: 2, unit: 'steps' });
  if (found.tensors.length === 0) throw new Fault(`'${file}' holds no weights.`);
  writeSafetensors(to, found.tensors);
  const parameters = found.tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1),
    0,
  );
  const { ignored, remarks } = found;
  return {
    kind: 'weights to safetensors',
    from,
    to,
    tensors: found.tensors.length,
    parameters,
    ignored,
    remarks,
  };
}

interface Found {
  tensors: WrittenTensor[];
  ignored: string[];
  remarks: string[];
}

/** Weights as training changes them; constants of the arithmetic are none. */
const isWeight = (name: string): boolean => /\.(weight|bias|running_mean|running_var)$/.test(name);

function ofNetwork(model: Model): Found {
  const { graph } = model;
  const slopes = new Set(
    graph.nodes.filter(({ opType }) => opType === 'PRelu').map(({ inputs }) => inputs[1]),
  );
  const all = [...graph.initialisers.values()].filter(({ type }) => isFloating(type));
  // Networks that were made here name their weights as PyTorch does; those of others are taken as they are.
  const ours = model.producer === 'visage';
  const tensors = all
    .filter(({ name, dims }) => (ours ? isWeight(name) : dims.length > 0))
    .map((tensor): WrittenTensor => {
      const { buffer, byteOffset, byteLength } = tensor.elements();
      const { dims } = tensor;
      const perChannel = slopes.has(tensor.name) && dims.slice(1).every((side) => side === 1);
      return {
        name: ours ? arcfaceName(tensor.name) : tensor.name,
        type: tensor.type as WrittenTensor['type'],
        // PyTorch keeps one slope per channel.
        shape: perChannel ? dims.slice(0, 1) : dims,
        bytes: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
      };
    });
  const spoilt = notFinite(graph);
  const remarks = spoilt.length === 0 ? [] : [`Not all weights are finite numbers: ${weightsText(spoilt)}.`];
  return { tensors, ignored: [], remarks };
}

function ofCheckpoint(path: string, key: string | undefined): Found {
  const { weights, ignored, remarks, architecture } = recogniseNetwork(
    weightsOf(readCheckpoint(path)),
    path,
    { key },
  );
  const tensors = [...weights].map(
    ([name, tensor]): WrittenTensor => ({
      name,
      type: tensor.type,
      shape: tensor.shape,
      bytes: bytesOf(tensor.elements(), tensor.type),
    }),
  );
  return { tensors, ignored, remarks: [`Recognised as ${architecture}.`, ...remarks] };
}
