import type { ModelPlan } from '../add.ts';
import { bytesHash } from '../hash.ts';
import type { Manifest } from '../manifest.ts';
import { type FaceNetwork, faceNetwork, type NetworkSettings } from './face-network.ts';
import type { Statistics } from './layers.ts';

export const DEMO_NAME = 'condface-demo';

/** The demo's network: AS4 at a quarter of the thesis's width, 128 numbers per face, 96 routing weights. */
export const DEMO_SETTINGS = {
  kind: 'AS4',
  width: 0.25,
  size: 112,
  embedding: 128,
  seed: 20,
} as const satisfies NetworkSettings;

/**
 * A network of the thesis with random weights, ready to be stored in a project. It is named as untrained; its features
 * tell faces apart only as random projections do.
 * @param statistics of a run over pictures (`measuringNetwork`), so that no layer is saturated
 */
export function untrainedPlan(
  name: string,
  settings: NetworkSettings,
  statistics: Statistics | undefined,
): ModelPlan {
  const { kind, width = 1, size = 112, embedding = 512, seed = 1 } = settings;
  return untrainedPlanOf(name, faceNetwork({ ...settings, ...(statistics ? { statistics } : {}) }), {
    ...{ size, embedding },
    description: `Untrained ${kind} network of the thesis, width ${width}, seed ${seed}: random weights${statistics ? ', normalisation calibrated on pictures' : ''}`,
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
    files: [{ name: `${name}.onnx`, path: undefined, bytes, hash, model }],
  };
}
