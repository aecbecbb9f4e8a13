import { Random } from '../../foundation/random.ts';
import type { GraphBuilder, Handle } from '../../graph/builder.ts';
import type { GivenWeights } from './given-weights.ts';

/** ε of BatchNormalization, as in PyTorch. */
const EPSILON = 1e-5;

/** End of the names of constants that are no parameters: training leaves them as they are. */
export const FIXED = '.fixed';
export const isFixed = (name: string): boolean => name.endsWith(FIXED);

/** FNV-1a of a layer's name: each layer draws its weights from a stream of its own, whatever else the network has. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export interface ConvOptions {
  /** Channels fall into this many groups; as many as there are: a depthwise convolution. */
  groups?: number;
  bias?: boolean;
  /** Zeros around the input; half the kernel if left out, so that stride 1 keeps the size. */
  padding?: number;
}

export interface LayersOptions {
  given?: GivenWeights;
  epsilon?: number;
}

/**
 * Layers of face networks, written into a graph with seeded or given weights. Names of weights are those that PyTorch
 * gives: 'stage2.block1.conv1.weight'.
 */
export class Layers {
  readonly b: GraphBuilder;
  readonly #seed: number;
  readonly #given: GivenWeights | undefined;
  readonly #epsilon: number;

  constructor(b: GraphBuilder, seed: number, options: LayersOptions = {}) {
    this.b = b;
    this.#seed = seed;
    this.#given = options.given;
    this.#epsilon = options.epsilon ?? EPSILON;
  }

  /** He initialisation: normal numbers of variance 2 / fan-in (He et al. 2015). */
  weight(name: string, dims: readonly number[], fanIn: number): Handle {
    if (this.#given !== undefined) return this.b.constant(name, this.#given.take(name, dims), dims);
    const random = new Random(this.#seed, streamOf(name));
    const deviation = Math.sqrt(2 / fanIn);
    const data = new Float32Array(dims.reduce((a, c) => a * c, 1));
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    return this.b.constant(name, data, dims);
  }

  /** One number per channel: given, or the same for all. @param dims as the graph needs it */
  #perChannel(name: string, size: number, value: number, dims: readonly number[] = [size]): Handle {
    const data = this.#given?.take(name, [size]) ?? new Float32Array(size).fill(value);
    return this.b.constant(name, data, dims);
  }

  /** N×C×… normalised per channel. @param affine false for layers without a scale and shift of their own */
  batchNorm(x: Handle, name: string, affine = true): Handle {
    const channels = x.shape?.[1] as number;
    const filled = (key: string, value: number): Handle =>
      affine
        ? this.#perChannel(`${name}.${key}`, channels, value)
        : this.b.constant(`${name}.${key}${FIXED}`, new Float32Array(channels).fill(value));
    const running = (key: string, value: number): Handle =>
      this.#perChannel(`${name}.running_${key}`, channels, value);
    return this.b.op(
      'BatchNormalization',
      [x, filled('weight', 1), filled('bias', 0), running('mean', 0), running('var', 1)],
      { epsilon: this.#epsilon },
      name,
    );
  }

  prelu(x: Handle, name: string): Handle {
    const channels = x.shape?.[1] as number;
    return this.b.op(
      'PRelu',
      [x, this.#perChannel(`${name}.weight`, channels, 0.25, [channels, 1, 1])],
      {},
      name,
    );
  }

  /** @param kernel side, or height and width */
  conv(
    x: Handle,
    name: string,
    outputs: number,
    kernel: number | readonly [height: number, width: number],
    stride: number,
    options: ConvOptions = {},
  ): Handle {
    const inputs = x.shape?.[1] as number;
    const { groups = 1, bias = false } = options;
    const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    const [top, left] = [height, width].map((side) => options.padding ?? (side - 1) / 2);
    const fanIn = (inputs / groups) * height * width;
    const w = this.weight(`${name}.weight`, [outputs, inputs / groups, height, width], fanIn);
    const shift = bias ? [this.#perChannel(`${name}.bias`, outputs, 0)] : [];
    const attributes = { strides: [stride, stride], pads: [top, left, top, left] };
    return this.b.op(
      'Conv',
      [x, w, ...shift],
      groups === 1 ? attributes : { ...attributes, group: groups },
      name,
    );
  }

  linear(x: Handle, name: string, outputs: number, bias = true): Handle {
    const inputs = x.shape?.[1] as number;
    const w = this.weight(`${name}.weight`, [outputs, inputs], inputs);
    const shift = bias ? [this.#perChannel(`${name}.bias`, outputs, 0)] : [];
    return this.b.op('Gemm', [x, w, ...shift], { transB: 1 }, name);
  }
}
