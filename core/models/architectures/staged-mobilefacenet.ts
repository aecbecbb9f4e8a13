import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Tap } from '../manifest.ts';
import type { FaceNetwork } from './face-network.ts';
import type { GivenWeights } from './given-weights.ts';
import { Layers } from './layers.ts';

/** How a code names the layers of this network. */
interface Naming {
  /** Convolution, BatchNormalization and PReLU of a block. */
  block(name: string): readonly [conv: string, bn: string, prelu: string];
  /** The three blocks of a bottleneck: expanding, depthwise, projecting (without PReLU). */
  bottleneck(name: string): readonly [expand: string, depthwise: string, project: string];
  repeat(name: string, at: number): string;
  /** Stem, first layer at half size, then a halving bottleneck and its repeats, three times. */
  stages: readonly [string, string, string, string, string, string, string, string];
  separable: string;
  global: string;
  linear: string;
  norm: string;
}

export const NAMINGS = {
  insightface: {
    block: (name) => [`${name}.layers.0`, `${name}.layers.1`, `${name}.layers.2`],
    bottleneck: (name) => [`${name}.layers.0`, `${name}.layers.1`, `${name}.layers.2`],
    repeat: (name, at) => `${name}.layers.${at}`,
    stages: [
      ...['layers.0', 'layers.1', 'layers.2', 'layers.3'],
      ...['layers.4', 'layers.5', 'layers.6', 'layers.7'],
    ] as unknown as Naming['stages'],
    ...{ separable: 'conv_sep', global: 'features.layers.0' },
    ...{ linear: 'features.layers.2', norm: 'features.layers.3' },
  },
  treb1en: {
    block: (name) => [`${name}.conv`, `${name}.bn`, `${name}.prelu`],
    bottleneck: (name) => [`${name}.conv`, `${name}.conv_dw`, `${name}.project`],
    repeat: (name, at) => `${name}.model.${at}`,
    stages: ['conv1', 'conv2_dw', 'conv_23', 'conv_3', 'conv_34', 'conv_4', 'conv_45', 'conv_5'],
    ...{ separable: 'conv_6_sep', global: 'conv_6_dw', linear: 'linear', norm: 'bn' },
  },
} as const satisfies Record<string, Naming>;

export interface StagedSettings {
  naming: keyof typeof NAMINGS;
  /** Repeats: at half size (1 is a plain depthwise layer), then after each halving; [1, 4, 6, 2] as published. */
  blocks?: readonly [number, number, number, number];
  /** Factor on the channels 64, 64, 128, 128; the published `mbf` has 2. */
  scale?: number;
  /** Side of the input in pixels, a multiple of 16. */
  size?: number;
  embedding?: number;
  seed?: number;
  given?: GivenWeights;
}

const HALF = 64;
/** Channels after each halving before `scale`, inner channels of its bottleneck, inner channels of the repeats. */
const STAGES = [
  [64, 128, 128],
  [128, 256, 256],
  [128, 512, 256],
] as const;
/** Inner channels of the repeats at half size. */
const HALF_INNER = 128;
const LAST = 512;

/**
 * MobileFaceNet as the ArcFace code (`mobilefacenet.py`, `get_mbf`) and InsightFace_Pytorch (TreB1eN) lay it out: halving
 * bottlenecks apart from the repeated ones, a linear layer without bias and BatchNormalization at the end. Weights have
 * the names of the chosen code. Input N×3×size×size in −1…1, output 'embedding' N×D.
 */
export function stagedMobileFaceNet(settings: StagedSettings): FaceNetwork {
  const { blocks = [1, 4, 6, 2], scale = 1, size = 112, embedding = 512, seed = 1, given } = settings;
  const naming: Naming = NAMINGS[settings.naming];
  const b = new GraphBuilder('MobileFaceNet');
  const layers = new Layers(b, seed, { given });

  const linearBlock = (x: Handle, name: string, outputs: number, side: number, groups = 1): Handle => {
    const [conv, bn] = naming.block(name);
    const padding = side === 3 ? 1 : 0;
    return layers.batchNorm(layers.conv(x, conv, outputs, side, 1, { groups, padding }), bn);
  };
  const block = (x: Handle, name: string, outputs: number, side: number, stride = 1, groups = 1): Handle => {
    const [conv, bn, prelu] = naming.block(name);
    const y = layers.conv(x, conv, outputs, side, stride, { groups });
    return layers.prelu(layers.batchNorm(y, bn), prelu);
  };
  const bottleneck = (x: Handle, name: string, outputs: number, inner: number, stride: number): Handle => {
    const [expand, depthwise, project] = naming.bottleneck(name);
    const y = block(block(x, expand, inner, 1), depthwise, inner, 3, stride, inner);
    return linearBlock(y, project, outputs, 1);
  };
  const repeated = (x: Handle, name: string, count: number, inner: number): Handle => {
    let y = x;
    const channels = x.shape?.[1] as number;
    for (let i = 0; i < count; i++) {
      const at = naming.repeat(name, i);
      y = b.op('Add', [y, bottleneck(y, at, channels, inner, 1)], {}, at);
    }
    return y;
  };

  const [stem, half, ...rest] = naming.stages;
  let x = block(b.input('input', ['N', 3, size, size]), stem, HALF * scale, 3, 2);
  x = blocks[0] === 1 ? block(x, half, HALF * scale, 3, 1, HALF) : repeated(x, half, blocks[0], HALF_INNER);
  const ends: string[] = [];
  for (const [i, [channels, inner, repeatedInner]] of STAGES.entries()) {
    x = bottleneck(x, rest[2 * i], channels * scale, inner, 2);
    x = repeated(x, rest[2 * i + 1], blocks[i + 1], repeatedInner);
    ends.push(x.name);
  }
  x = block(x, naming.separable, LAST, 1);
  x = linearBlock(x, naming.global, LAST, x.shape?.[2] as number, LAST);
  const flat = b.op('Flatten', [x], { axis: 1 });
  const last = layers.batchNorm(layers.linear(flat, naming.linear, embedding, false), naming.norm);
  const found = b.op('Identity', [last], {}, 'embedding');
  const taps: Tap[] = [
    { name: 'embedding', values: [found.name], pool: 'none', normalise: 'none', kind: 'embedding' },
    { name: 'pooled', values: ends, pool: 'average', normalise: 'none', kind: 'pooled' },
  ];
  return { model: b.model([found]), taps, layout: [] };
}
