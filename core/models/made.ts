import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Model } from '../graph/model.ts';
import { builtInWeights } from './built-in.ts';
import { FACE_API_NETWORKS, faceApiModel, weightsManifestAt } from './faceapi/networks.ts';
import type { Task } from './manifest.ts';
import { graphModel } from './tfjs/graph-model.ts';
import { layersModel } from './tfjs/layers-model.ts';
import { readTensorflowModel, tensorflowModelAt } from './tfjs/model-file.ts';
import { shardsHash } from './tfjs/weights.ts';

/** A network that was made here from files of TensorFlow.js. */
export interface MadeNetwork {
  /** What its ONNX file is called. */
  name: string;
  model: Model;
  /** SHA-256 over the shards: what ready manifests know it by. */
  shards: string;
  /** Name of the ready manifest that belongs to the network whatever its weights are. */
  ready?: string;
}

/** Names under which networks that come with the program are added. */
export const builtInNames = (): string[] => FACE_API_NETWORKS.map(({ name }) => name);

/** Which of them does a task where nothing else is chosen. */
export const BUILT_IN: Partial<Record<Task, string>> = {
  detector: 'face-api-ssd',
  landmarks: 'face-api-landmarks',
  'age-gender': 'age-gender',
  embedding: 'face-api-recognition',
};

/**
 * The network of a path that is no ONNX file: a name of one that comes with the program, a weights manifest of face-api.js, a
 * model.json of TensorFlow.js (or the folder with either).
 * @returns undefined where it is none of these
 * @throws Fault for files that are damaged, weights without a known network, operators that are not known.
 */
export function madeNetwork(path: string): MadeNetwork | undefined {
  const builtIn = existsSync(path) ? undefined : FACE_API_NETWORKS.find(({ name }) => name === path);
  const tensorflow = tensorflowModelAt(path);
  if (tensorflow !== undefined) {
    const file = readTensorflowModel(tensorflow);
    const model = file.kind === 'graph' ? graphModel(file, tensorflow) : layersModel(file, tensorflow);
    const name = `${basename(tensorflow).replace(/\.json$/, '')}.onnx`;
    return { name, model, shards: shardsHash(tensorflow) };
  }
  const weights = builtIn === undefined ? weightsManifestAt(path) : builtInWeights(builtIn.stem);
  if (weights === undefined) return undefined;
  const { network, model } = faceApiModel(weights);
  return { name: `${network.name}.onnx`, model, shards: shardsHash(weights), ready: network.name };
}
