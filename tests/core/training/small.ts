import { Random } from '../../../core/foundation/random.ts';
import type { Model } from '../../../core/graph/model.ts';
import { faceNetwork, type Kind } from '../../../core/models/architectures/face-network.ts';
import { crossEntropy } from '../../../core/training/losses/cross-entropy.ts';
import type { Optimiser } from '../../../core/training/optimisers/optimiser.ts';
import { type TrainingSettings, type TrainingStep, trainingStep } from '../../../core/training/step.ts';

export const SIZE = 32;
export const BATCH = 4;
export const CLASSES = 5;
export const EMBEDDING = 12;

const random = new Random(33);
export const normals = (count: number, deviation = 1): Float32Array =>
  Float32Array.from({ length: count }, () => deviation * random.normal());

export const network = (kind: Kind): Model =>
  faceNetwork({ kind, width: 0.125, size: SIZE, embedding: EMBEDDING, seed: 4 }).model;

export const head = normals(CLASSES * EMBEDDING, 0.3);

/** A network with a linear classifier on its embedding, and a step that trains it. */
export function classifier(
  kind: Kind,
  optimiser: Optimiser,
  more: Partial<TrainingSettings> = {},
): TrainingStep {
  return trainingStep({
    ...{ network: network(kind), batch: BATCH, optimiser },
    loss: ({ a, b, value }) => {
      const weight = b.constant('head.weight', head.slice(), [CLASSES, EMBEDDING]);
      const logits = b.op('Gemm', [value('embedding'), weight], { transB: 1 });
      return { loss: crossEntropy(a, logits, b.input('labels', [BATCH], 'int64')) };
    },
    ...more,
  });
}

export const pictures = (): Float32Array => normals(BATCH * 3 * SIZE * SIZE);
export const labels = (): number[] =>
  Array.from({ length: BATCH }, () => Math.floor(random.uniform() * CLASSES));
