import { Fault } from '../../foundation/fault.ts';
import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import type { RoutingLayout, Tap } from '../manifest.ts';
import {
  dynamicConvolution,
  ROUTING_TEMPERATURE,
  type Routing,
  routingWeights,
} from './dynamic-convolution.ts';
import type { GivenWeights } from './given-weights.ts';
import { Layers } from './layers.ts';

/** The networks of thesis §5.4.2: BL (IR-18), DC (dynamic convolution), AS4 (dynamic group convolution). */
export const KINDS = ['BL', 'DC', 'AS4'] as const;
export type Kind = (typeof KINDS)[number];

/** The network of each row of Table 5.1: rows that differ in their loss alone share one. */
export const VARIANTS = {
  BL: 'BL',
  DC: 'DC',
  AS1: 'DC',
  AS2: 'DC',
  AS3: 'DC',
  AS4: 'AS4',
  AS5: 'AS4',
} as const satisfies Record<string, Kind>;
export type Variant = keyof typeof VARIANTS;

/** Blocks per stage by the number of layers, as the public ArcFace code has them. */
export const BLOCKS = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  50: [3, 4, 14, 3],
  100: [3, 13, 30, 3],
} as const;
export type Depth = keyof typeof BLOCKS;

export interface NetworkSettings {
  kind: Kind;
  /** Layers of the residual network: 18 in chapter 5, 34, 50 or 100 in chapter 3. */
  depth?: Depth;
  /** 1 is the thesis's width: 64, 128, 256, 512 channels. Channels are rounded to multiples of 8. */
  width?: number;
  /** Side of the input in pixels, at least 16. */
  size?: number;
  embedding?: number;
  experts?: number;
  /** Groups of AS4. */
  groups?: number;
  temperature?: number;
  /** Keeps the temperature as a named constant (ROUTING_TEMPERATURE), which a training step can be fed instead. */
  annealed?: boolean;
  seed?: number;
  /** Weights to use instead of seeded ones. */
  given?: GivenWeights;
  /** ε of BatchNormalization: 1e-5, as PyTorch and today's public ArcFace code have it (2e-5 in its first version). */
  epsilon?: number;
  /**
   * First block of stages 2 to 4. 'wide', as the public code: its first convolution widens, its second one strides.
   * 'narrow': its first one strides and keeps the width, its second one widens. Table 3.2 of the thesis counts the
   * parameters and operations of the narrow form.
   */
  transition?: 'wide' | 'narrow';
}

export interface FaceNetwork {
  model: Model;
  taps: Tap[];
  layout: RoutingLayout;
}

const CHANNELS = [64, 128, 256, 512];
const LEAST_SIZE = 16;

/**
 * A face network with seeded, untrained weights: 3×3 stem at full resolution, four stages of blocks that halve it (two each
 * at depth 18), block = BN–Conv–BN–PReLU–Conv–BN plus shortcut (Fig 3.7), tail BN–flatten–linear–BN. Input N×3×size×size in −1…1, output
 * 'embedding' N×D. DC and AS4 replace the convolutions of the last three stages' blocks, which share their block's routing
 * weights: 6 × n entries of β for DC (24), 6 × m·n for AS4 (96). AS4's convolutions give twice the channels, and a 1×1
 * convolution squeezes them back.
 */
export function faceNetwork(settings: NetworkSettings): FaceNetwork {
  const { kind, depth = 18, width = 1, size = 112, embedding = 512, seed = 1, temperature = 1 } = settings;
  if (!Number.isInteger(size) || size < LEAST_SIZE) {
    throw new Fault(`A face network takes pictures of at least ${LEAST_SIZE} pixels a side; not ${size}.`);
  }
  if (!(width > 0)) throw new Fault(`The width of a face network is a positive factor; not ${width}.`);
  if (settings.annealed && kind === 'BL') {
    throw new Fault(
      "BL has no routing weights whose temperature could be lowered; 'dc' and 'as4' have them.",
    );
  }
  const groups = kind === 'AS4' ? (settings.groups ?? 4) : 1;
  const channels = CHANNELS.map((count) => Math.max(8, Math.round((count * width) / 8) * 8));
  if (channels.some((count) => count % groups !== 0)) {
    throw new Fault(`${groups} groups do not divide the channels ${channels.join(', ')}.`);
  }
  const b = new GraphBuilder(depth === 18 ? `${kind}-${width}` : `${kind}-${depth}-${width}`);
  const { given, epsilon } = settings;
  const layers = new Layers(b, seed, { given, epsilon });
  const routing: Routing = {
    experts: settings.experts ?? 4,
    groups,
    temperature: settings.annealed ? b.scalar(temperature, ROUTING_TEMPERATURE) : temperature,
  };
  const layout: RoutingLayout = [];
  const vectors: string[] = [];
  const ends: string[] = [];

  let x = b.input('input', ['N', 3, size, size]);
  x = layers.prelu(layers.batchNorm(layers.conv(x, 'stem.conv', channels[0], 3, 1), 'stem.bn'), 'stem.prelu');
  for (const [stage, outputs] of channels.entries()) {
    for (let block = 0; block < BLOCKS[depth][stage]; block++) {
      const name = `stage${stage + 1}.block${block + 1}`;
      const dynamic = kind !== 'BL' && stage > 0;
      const narrow = settings.transition === 'narrow' && stage > 0 && block === 0;
      const plan = { outputs, stride: block === 0 ? 2 : 1, narrow };
      const made = residualBlock(layers, x, name, plan, dynamic ? routing : null);
      x = made.output;
      if (made.vector !== undefined) {
        vectors.push(made.vector.name);
        layout.push({ name, experts: routing.experts, groups: routing.groups });
      }
    }
    ends.push(x.name);
  }
  const flat = b.op('Flatten', [layers.batchNorm(x, 'tail.bn')], { axis: 1 });
  const found = layers.batchNorm(layers.linear(flat, 'tail.fc', embedding), 'embedding');
  const taps: Tap[] = [
    { name: 'embedding', values: [found.name], pool: 'none', normalise: 'none', kind: 'embedding' },
    {
      name: 'pooled',
      values: ends.slice(1),
      pool: 'average',
      normalise: 'none',
      kind: 'pooled',
      note: 'Average-pooled outputs of the last three stages: what the thesis clusters for BL (§5.3).',
    },
  ];
  if (vectors.length > 0) {
    taps.push({ name: 'routing', values: vectors, pool: 'none', normalise: 'none', kind: 'routing', layout });
  }
  return { model: b.model([found]), taps, layout };
}

interface BlockPlan {
  outputs: number;
  stride: number;
  narrow: boolean;
}

function residualBlock(
  layers: Layers,
  x: Handle,
  name: string,
  { outputs, stride, narrow }: BlockPlan,
  routing: Routing | null,
): { output: Handle; vector: Handle | undefined } {
  const { b } = layers;
  const inputs = x.shape?.[1] as number;
  const route = routing === null ? undefined : routingWeights(layers, x, `${name}.routing`, routing);
  const conv = (input: Handle, at: string, channels: number, step: number): Handle => {
    if (routing === null || route === undefined) return layers.conv(input, at, channels, 3, step);
    const twice = routing.groups > 1 ? 2 * channels : channels;
    const wide = dynamicConvolution(layers, input, route.weights, at, twice, step, routing);
    return routing.groups > 1 ? layers.conv(wide, `${at}.squeeze`, channels, 1, 1) : wide;
  };
  let y = layers.batchNorm(x, `${name}.bn1`);
  y = conv(y, `${name}.conv1`, narrow ? inputs : outputs, narrow ? stride : 1);
  y = layers.prelu(layers.batchNorm(y, `${name}.bn2`), `${name}.prelu`);
  y = conv(y, `${name}.conv2`, outputs, narrow ? 1 : stride);
  y = layers.batchNorm(y, `${name}.bn3`);
  const straight = stride === 1 && inputs === outputs;
  const shortcut = straight
    ? x
    : layers.batchNorm(layers.conv(x, `${name}.shortcut.conv`, outputs, 1, stride), `${name}.shortcut.bn`);
  return { output: b.op('Add', [y, shortcut], {}, name), vector: route?.vector };
}
