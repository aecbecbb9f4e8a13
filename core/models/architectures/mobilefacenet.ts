import { Fault } from '../../foundation/fault.ts';
import { GraphBuilder, type Handle } from '../../graph/builder.ts';
import type { Tap } from '../manifest.ts';
import type { FaceNetwork } from './face-network.ts';
import type { GivenWeights } from './given-weights.ts';
import { Layers } from './layers.ts';

/**
 * The two published forms in PyTorch. 'prelu' (Xiaoccer's, after the paper): PReLU everywhere, a depthwise stem layer, two
 * linear layers at the end. 'relu6' (foamliu's): ReLU6, a depthwise-separable stem layer, a convolution with bias and
 * BatchNormalization at the end.
 */
export type MobileFaceNetForm = 'prelu' | 'relu6';

export interface MobileFaceNetSettings {
  form: MobileFaceNetForm;
  /** Width and height of the input in pixels, at least 16: 96×112 for the published 'prelu', 112×112 for 'relu6'. */
  size?: readonly [width: number, height: number];
  /** Factor on the channels 64, 64, 128, 128, 128 and 512, rounded to multiples of 8. */
  width?: number;
  embedding?: number;
  seed?: number;
  given?: GivenWeights;
}

/** Bottlenecks (Chen et al. 2018, Table 1): expansion, channels, repeats, stride of the first. */
const BOTTLENECKS = [
  [2, 64, 5, 2],
  [4, 128, 1, 2],
  [2, 128, 6, 1],
  [4, 128, 1, 2],
  [2, 128, 2, 1],
] as const;
const LEAST_SIZE = 16;

/** MobileFaceNet of 1 M parameters: input N×3×height×width, output 'embedding' N×D. */
export function mobileFaceNet(settings: MobileFaceNetSettings): FaceNetwork {
  const { form, width = 1, embedding = 128, seed = 1, given } = settings;
  const [wide, high] = settings.size ?? (form === 'prelu' ? [96, 112] : [112, 112]);
  if (![wide, high].every((side) => Number.isInteger(side) && side >= LEAST_SIZE)) {
    throw new Fault(
      `MobileFaceNet takes pictures of at least ${LEAST_SIZE} pixels a side; not ${wide}×${high}.`,
    );
  }
  const channels = (count: number): number => Math.max(8, Math.round((count * width) / 8) * 8);
  const b = new GraphBuilder('MobileFaceNet');
  const layers = new Layers(b, seed, { given });
  const input = b.input('input', ['N', 3, high, wide]);
  const made = form === 'prelu' ? new PreluForm(layers) : new Relu6Form(layers);

  let x = made.stem(input, channels(64));
  const ends: string[] = [];
  let at = 0;
  for (const [expansion, count, repeats, stride] of BOTTLENECKS) {
    for (let i = 0; i < repeats; i++, at++) {
      const inputs = x.shape?.[1] as number;
      const outputs = channels(count);
      const step = i === 0 ? stride : 1;
      const y = made.bottleneck(x, at, inputs * expansion, outputs, step);
      x = step === 1 && inputs === outputs ? b.op('Add', [x, y], {}, `bottleneck${at + 1}`) : y;
    }
    // The stages of the same size end together: 64, 128 and 128 channels.
    if (repeats > 1) ends.push(x.name);
  }
  const found = made.tail(x, channels(512), embedding);
  const taps: Tap[] = [
    { name: 'embedding', values: [found.name], pool: 'none', normalise: 'none', kind: 'embedding' },
    {
      name: 'pooled',
      values: ends,
      pool: 'average',
      normalise: 'none',
      kind: 'pooled',
      note: 'Average-pooled ends of the three resolutions: the feature of BL in the thesis, §5.3, for this network.',
    },
  ];
  return { model: b.model([found]), taps, layout: [] };
}

/** What the forms do differently; their weights have the names that their authors' code gives. */
interface Form {
  stem(x: Handle, channels: number): Handle;
  bottleneck(x: Handle, at: number, hidden: number, outputs: number, stride: number): Handle;
  tail(x: Handle, channels: number, embedding: number): Handle;
}

/** Height and width of a feature map: the kernel of the global depthwise convolution. */
const mapSize = (x: Handle): [number, number] => [x.shape?.[2] as number, x.shape?.[3] as number];

class PreluForm implements Form {
  readonly #layers: Layers;

  constructor(layers: Layers) {
    this.#layers = layers;
  }

  #block(x: Handle, name: string, channels: number, kernel: number, stride: number, groups = 1): Handle {
    const layers = this.#layers;
    const y = layers.conv(x, `${name}.conv`, channels, kernel, stride, { groups });
    return layers.prelu(layers.batchNorm(y, `${name}.bn`), `${name}.prelu`);
  }

  stem(x: Handle, channels: number): Handle {
    return this.#block(this.#block(x, 'conv1', channels, 3, 2), 'dw_conv1', channels, 3, 1, channels);
  }

  bottleneck(x: Handle, at: number, hidden: number, outputs: number, stride: number): Handle {
    const layers = this.#layers;
    const name = (part: number): string => `blocks.${at}.conv.${part}`;
    let y = layers.batchNorm(layers.conv(x, name(0), hidden, 1, 1), name(1));
    y = layers.conv(layers.prelu(y, name(2)), name(3), hidden, 3, stride, { groups: hidden });
    y = layers.prelu(layers.batchNorm(y, name(4)), name(5));
    return layers.batchNorm(layers.conv(y, name(6), outputs, 1, 1), name(7));
  }

  tail(x: Handle, channels: number, embedding: number): Handle {
    const layers = this.#layers;
    const y = this.#block(x, 'conv2', channels, 1, 1);
    const global = { groups: channels, padding: 0 };
    const pooled = layers.batchNorm(
      layers.conv(y, 'linear7.conv', channels, mapSize(y), 1, global),
      'linear7.bn',
    );
    const last = layers.batchNorm(layers.conv(pooled, 'linear1.conv', embedding, 1, 1), 'linear1.bn');
    return layers.b.op('Flatten', [last], { axis: 1 }, 'embedding');
  }
}

class Relu6Form implements Form {
  readonly #layers: Layers;

  constructor(layers: Layers) {
    this.#layers = layers;
  }

  #relu6(x: Handle): Handle {
    const { b } = this.#layers;
    return b.op('Clip', [x, b.scalar(0), b.scalar(6)]);
  }

  #block(x: Handle, name: string, channels: number, kernel: number, stride: number, groups = 1): Handle {
    const layers = this.#layers;
    const y = layers.conv(x, `${name}.0`, channels, kernel, stride, { groups });
    return this.#relu6(layers.batchNorm(y, `${name}.1`));
  }

  stem(x: Handle, channels: number): Handle {
    const layers = this.#layers;
    const { b } = layers;
    let y = this.#block(x, 'conv1', channels, 3, 2);
    y = layers.conv(y, 'dw_conv.depthwise', channels, 3, 1, { groups: channels });
    y = layers.conv(b.op('Relu', [layers.batchNorm(y, 'dw_conv.bn1')]), 'dw_conv.pointwise', channels, 1, 1);
    return b.op('Relu', [layers.batchNorm(y, 'dw_conv.bn2')]);
  }

  bottleneck(x: Handle, at: number, hidden: number, outputs: number, stride: number): Handle {
    const layers = this.#layers;
    const name = `features.${at}.conv`;
    const y = this.#block(this.#block(x, `${name}.0`, hidden, 1, 1), `${name}.1`, hidden, 3, stride, hidden);
    return layers.batchNorm(layers.conv(y, `${name}.2`, outputs, 1, 1), `${name}.3`);
  }

  tail(x: Handle, channels: number, embedding: number): Handle {
    const layers = this.#layers;
    const y = this.#block(x, 'conv2', channels, 1, 1);
    const global = { groups: channels, padding: 0 };
    const pooled = layers.batchNorm(
      layers.conv(y, 'gdconv.depthwise', channels, mapSize(y), 1, global),
      'gdconv.bn',
    );
    const last = layers.batchNorm(layers.conv(pooled, 'conv3', embedding, 1, 1, { bias: true }), 'bn');
    return layers.b.op('Flatten', [last], { axis: 1 }, 'embedding');
  }
}
