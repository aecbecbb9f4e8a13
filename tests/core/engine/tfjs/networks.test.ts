import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../../core/engine/types.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { ValueInfo } from '../../../../core/graph/graph.ts';
import { Model } from '../../../../core/graph/model.ts';
import { faceNetwork, type Kind } from '../../../../core/models/architectures/face-network.ts';
import { haveWeights, NETWORKS, WEIGHTS } from '../../graph/runtime.ts';
import { compared } from './compare.ts';

/** Errors of single operators add up over 20 to 60 layers. */
const ERROR = 5e-5;

const noise = (seed: number, dims: readonly number[]): Tensor => {
  const random = new Random(seed);
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  return { type: 'float32', dims, data: data.map(() => random.between(-1, 1)) };
};

describe('whole networks give what they give in ONNX Runtime', () => {
  test.each<Kind>(['BL', 'DC', 'AS4'])('%s of the thesis', async (kind) => {
    const { model, taps } = faceNetwork({ kind, width: 0.125, size: 32, embedding: 16, seed: 3 });
    // Routing vectors and pooled layers beside the embedding: what clusters are made of.
    const outputs = new Set([model.graph.outputs[0].name, ...taps.flatMap((tap) => tap.values)]);
    model.graph.outputs = [...outputs].map((name) => ValueInfo.tensor(name, 'float32', null));
    expect(outputs.size).toBe(kind === 'BL' ? 4 : 10);
    expect(await compared(model, { input: noise(1, [3, 3, 32, 32]) })).toBeLessThanOrEqual(ERROR);
  });

  test.skipIf(!haveWeights).each(NETWORKS)('%s', async (file) => {
    const model = Model.read(join(WEIGHTS, file));
    const [input] = model.graph.fedInputs();
    const dims = (input.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
    expect(await compared(model, { [input.name]: noise(2, dims) })).toBeLessThanOrEqual(ERROR);
  });
});
