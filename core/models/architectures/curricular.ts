import { Fault } from '../../foundation/fault.ts';
import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Tap } from '../manifest.ts';
import type { FaceNetwork } from './face-network.ts';
import type { GivenWeights } from './given-weights.ts';
import { Layers } from './layers.ts';

export interface CurricularSettings {
  /** Blocks per stage: [3, 4, 14, 3] for IR-50, [3, 13, 30, 3] for IR-101. */
  blocks: readonly number[];
  /** Channels of the four stages. */
  channels?: readonly number[];
  /** Squeeze-and-excitation at the end of every block, as in the IR_SE networks. */
  squeeze?: boolean;
  /** False where the last BatchNormalization has no scale and shift, as in CurricularFace's own code. */
  affine?: boolean;
  size?: number;
  embedding?: number;
  seed?: number;
  given?: GivenWeights;
}

const CHANNELS = [64, 128, 256, 512];
/** Channels of a squeeze are this share of the block's. */
const REDUCTION = 16;

/**
 * The residual network of CurricularFace's public code (and of face.evoLVe, from which it comes). It differs from
 * ArcFace's in its block, BN–Conv–PReLU–Conv–BN, and in shortcuts that only pick pixels where the width stays. Weights
 * have the names of that code: 'body.0.res_layer.1.weight'. Input N×3×size×size in −1…1, output 'embedding' N×D.
 */
export function curricularNetwork(settings: CurricularSettings): FaceNetwork {
  const { blocks, channels = CHANNELS, size = 112, embedding = 512, seed = 1, given } = settings;
  if (blocks.length !== channels.length) {
    throw new Fault(
      `A network of ${blocks.length} stages needs the channels of as many, not ${channels.length}.`,
    );
  }
  const b = new GraphBuilder('IR');
  const layers = new Layers(b, seed, { given });
  let x = layers.conv(b.input('input', ['N', 3, size, size]), 'input_layer.0', channels[0], 3, 1);
  x = layers.prelu(layers.batchNorm(x, 'input_layer.1'), 'input_layer.2');
  const ends: string[] = [];
  let at = 0;
  for (const [stage, count] of blocks.entries()) {
    for (let i = 0; i < count; i++) {
      x = block(layers, x, `body.${at++}`, channels[stage], i === 0 ? 2 : 1, settings.squeeze ?? false);
    }
    ends.push(x.name);
  }
  const flat = b.op('Flatten', [layers.batchNorm(x, 'output_layer.0')], { axis: 1 });
  const last = layers.linear(flat, 'output_layer.3', embedding);
  const found = layers.batchNorm(last, 'output_layer.4', settings.affine ?? false);
  const taps: Tap[] = [
    { name: 'embedding', values: [found.name], pool: 'none', normalise: 'none', kind: 'embedding' },
    { name: 'pooled', values: ends.slice(1), pool: 'average', normalise: 'none', kind: 'pooled' },
  ];
  return { model: b.model([b.op('Identity', [found], {}, 'embedding')]), taps, layout: [] };
}

function block(
  layers: Layers,
  x: Handle,
  name: string,
  outputs: number,
  stride: number,
  squeeze: boolean,
): Handle {
  const { b } = layers;
  const part = (i: number): string => `${name}.res_layer.${i}`;
  let y = layers.conv(layers.batchNorm(x, part(0)), part(1), outputs, 3, 1);
  y = layers.conv(layers.prelu(y, part(2)), part(3), outputs, 3, stride);
  y = layers.batchNorm(y, part(4));
  if (squeeze) {
    let s = layers.conv(b.op('GlobalAveragePool', [y]), `${part(5)}.fc1`, outputs / REDUCTION, 1, 1);
    s = layers.conv(b.op('Relu', [s]), `${part(5)}.fc2`, outputs, 1, 1);
    y = b.op('Mul', [y, b.op('Sigmoid', [s])]);
  }
  let shortcut = x;
  if (x.shape?.[1] !== outputs) {
    const narrowed = layers.conv(x, `${name}.shortcut_layer.0`, outputs, 1, stride);
    shortcut = layers.batchNorm(narrowed, `${name}.shortcut_layer.1`);
  } else if (stride > 1) {
    shortcut = b.op('MaxPool', [x], { kernel_shape: [1, 1], strides: [stride, stride] });
  }
  return b.op('Add', [y, shortcut], {}, name);
}
