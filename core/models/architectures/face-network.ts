import { Fault } from '../../foundation/fault.ts';
import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Model } from '../../graph/model.ts';
import type { RoutingLayout, Tap } from '../manifest.ts';
import { dynamicConvolution, type Routing, routingWeights } from './dynamic-convolution.ts';
import { Layers, type Statistics } from './layers.ts';

/** The networks of thesis §5.4.2: BL (IR-18), DC (dynamic convolution), AS4 (dynamic group convolution). */
export const KINDS = ['BL', 'DC', 'AS4'] as const;
export type Kind = (typeof KINDS)[number];

export interface NetworkSettings {
  kind: Kind;
  /** 1 is the thesis's width: 64, 128, 256, 512 channels. Channels are rounded to multiples of 8. */
  width?: number;
  /** Side of the input in pixels, a multiple of 16. */
  size?: number;
  embedding?: number;
  experts?: number;
  /** Groups of AS4. */
  groups?: number;
  temperature?: number;
  seed?: number;
  /** Statistics of BatchNormalization layers; mean 0 and variance 1 where they are missing. */
  statistics?: Statistics;
}

export interface FaceNetwork {
  model: Model;
  taps: Tap[];
  layout: RoutingLayout;
}

const CHANNELS = [64, 128, 256, 512];
const BLOCKS = 2;

/**
 * A face network with seeded, untrained weights: 3×3 stem at full resolution, four stages of two blocks that halve it,
 * block = BN–Conv–BN–PReLU–Conv–BN plus shortcut (Fig 3.7), tail BN–flatten–linear–BN. Input N×3×size×size in −1…1, output
 * 'embedding' N×D. DC and AS4 replace the convolutions of the last three stages' blocks, which share their block's routing
 * weights: 6 × n entries of β for DC (24), 6 × m·n for AS4 (96). AS4's convolutions give twice the channels, and a 1×1
 * convolution squeezes them back.
 */
export function faceNetwork(settings: NetworkSettings): FaceNetwork {
  return build(settings, false);
}

/**
 * The same network with every BatchNormalization on the batch's own statistics, which are its outputs ('NAME.mean',
 * 'NAME.var', one number per channel): running it once over a batch of pictures calibrates an untrained network.
 */
export function measuringNetwork(settings: NetworkSettings): Model {
  return build(settings, true).model;
}

function build(settings: NetworkSettings, measure: boolean): FaceNetwork {
  const { kind, width = 1, size = 112, embedding = 512, seed = 1, temperature = 1 } = settings;
  if (size % 16 !== 0 || size < 32)
    throw new Fault(
      `A face network takes pictures whose side is a multiple of 16, at least 32; not ${size}.`,
    );
  const routing: Routing = {
    experts: settings.experts ?? 4,
    groups: kind === 'AS4' ? (settings.groups ?? 4) : 1,
    temperature,
  };
  const channels = CHANNELS.map((count) => Math.max(8, Math.round((count * width) / 8) * 8));
  if (channels.some((count) => count % routing.groups !== 0)) {
    throw new Fault(`${routing.groups} groups do not divide the channels ${channels.join(', ')}.`);
  }
  const b = new GraphBuilder(`${kind}-${width}`);
  const layers = new Layers(b, seed, settings.statistics ?? new Map(), measure);
  const layout: RoutingLayout = [];
  const vectors: string[] = [];
  const ends: string[] = [];

  let x = b.input('input', ['N', 3, size, size]);
  x = layers.prelu(layers.batchNorm(layers.conv(x, 'stem.conv', channels[0], 3, 1), 'stem.bn'), 'stem.prelu');
  for (const [stage, outputs] of channels.entries()) {
    for (let block = 0; block < BLOCKS; block++) {
      const name = `stage${stage + 1}.block${block + 1}`;
      const dynamic = kind !== 'BL' && stage > 0;
      const made = residualBlock(layers, x, name, outputs, block === 0 ? 2 : 1, dynamic ? routing : null);
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
  return { model: b.model(measure ? layers.measured : [found]), taps, layout };
}

function residualBlock(
  layers: Layers,
  x: Handle,
  name: string,
  outputs: number,
  stride: number,
  routing: Routing | null,
): { output: Handle; vector: Handle | undefined } {
  const { b } = layers;
  const route = routing === null ? undefined : routingWeights(layers, x, `${name}.routing`, routing);
  const conv = (input: Handle, at: string, step: number): Handle => {
    if (routing === null || route === undefined) return layers.conv(input, at, outputs, 3, step);
    const twice = routing.groups > 1 ? 2 * outputs : outputs;
    const wide = dynamicConvolution(layers, input, route.weights, at, twice, step, routing);
    return routing.groups > 1 ? layers.conv(wide, `${at}.squeeze`, outputs, 1, 1) : wide;
  };
  let y = layers.batchNorm(x, `${name}.bn1`);
  y = layers.batchNorm(conv(y, `${name}.conv1`, 1), `${name}.bn2`);
  y = conv(layers.prelu(y, `${name}.prelu`), `${name}.conv2`, stride);
  y = layers.batchNorm(y, `${name}.bn3`);
  const straight = stride === 1 && x.shape?.[1] === outputs;
  const shortcut = straight
    ? x
    : layers.batchNorm(layers.conv(x, `${name}.shortcut.conv`, outputs, 1, stride), `${name}.shortcut.bn`);
  return { output: b.op('Add', [y, shortcut], {}, name), vector: route?.vector };
}
