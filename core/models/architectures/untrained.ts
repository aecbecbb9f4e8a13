import type { ModelPlan } from '../add.ts';
import { bytesHash } from '../hash.ts';
import type { Manifest } from '../manifest.ts';
import { type FaceNetwork, faceNetwork, type NetworkSettings } from './face-network.ts';

/** A network of the thesis with random weights, ready to be trained. */
export function untrainedPlan(name: string, settings: NetworkSettings): ModelPlan {
  const { kind, width = 1, size = 112, embedding = 512, seed = 1 } = settings;
  return untrainedPlanOf(name, faceNetwork(settings), {
    ...{ size, embedding },
    description: `Untrained ${kind} network of the thesis, width ${width}, seed ${seed}: random weights`,
  });
}

/** Any network with random weights, ready to be stored. */
export function untrainedPlanOf(
  name: string,
  { model, taps }: Pick<FaceNetwork, 'model' | 'taps'>,
  { size, embedding, description }: { size: number; embedding: number; description: string },
): ModelPlan {
  const bytes = model.encode();
  const hash = bytesHash(bytes);
  const manifest: Manifest = {
    format: 'visage-model-1',
    name,
    task: 'embedding',
    description,
    files: [{ path: `${name}.onnx`, sha256: hash, bytes: bytes.byteLength }],
    combine: 'single',
    source: 'built by Visage',
    licence: 'Apache-2.0',
    input: 'input',
    preparation: {
      size: [size, size],
      crop: { kind: 'aligned', template: 'arcface' },
      channels: 'rgb',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      layout: 'nchw',
    },
    outputs: [
      {
        name: 'embedding',
        meaning: 'embedding of an untrained network',
        shape: ['N', embedding],
      },
    ],
    taps,
    batch: 'free',
    readings: [],
    trained: false,
    guesses: [],
    notes: ['This network is not trained.'],
    hash,
  };
  return {
    manifest,
    hash,
    verified: true,
    recognised: true,
    remarks: ['This network is not trained: its weights are random.'],
    batch: { value: 'free', reason: 'The graph was built with a free batch.', rewritten: false },
    choices: [],
    files: [{ name: `${name}.onnx`, path: undefined, bytes, hash, model }],
  };
}
