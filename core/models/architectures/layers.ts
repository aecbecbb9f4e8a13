import { Random } from '../../foundation/random.ts';
import type { GraphBuilder, Handle } from '../../graph/builder.ts';

/** Mean and variance of BatchNormalization inputs by layer, 'NAME.mean' and 'NAME.var'. */
export type Statistics = ReadonlyMap<string, Float32Array>;

/** ε of BatchNormalization, as in PyTorch. */
const EPSILON = 1e-5;

/** FNV-1a of a layer's name: each layer draws its weights from a stream of its own, whatever else the network has. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Layers of the face networks of the thesis, written into a graph with seeded weights. Names of weights are those that
 * PyTorch gives: 'stage2.block1.conv1.weight'. In `measure` mode every BatchNormalization uses the batch's own mean and
 * variance and gives them as outputs, so that one run over pictures yields the statistics of the whole network.
 */
export class Layers {
  readonly b: GraphBuilder;
  readonly measured: Handle[] = [];
  readonly #seed: number;
  readonly #statistics: Statistics;
  readonly #measure: boolean;

  constructor(b: GraphBuilder, seed: number, statistics: Statistics, measure: boolean) {
    this.b = b;
    this.#seed = seed;
    this.#statistics = statistics;
    this.#measure = measure;
  }

  /** He initialisation: normal numbers of variance 2 / fan-in (He et al. 2015). */
  weight(name: string, dims: readonly number[], fanIn: number): Handle {
    const random = new Random(this.#seed, streamOf(name));
    const deviation = Math.sqrt(2 / fanIn);
    const data = new Float32Array(dims.reduce((a, c) => a * c, 1));
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    return this.b.constant(name, data, dims);
  }

  #filled(name: string, size: number, value: number, dims: readonly number[] = [size]): Handle {
    return this.b.constant(name, new Float32Array(size).fill(value), dims);
  }

  /** N×C×… normalised per channel. */
  batchNorm(x: Handle, name: string): Handle {
    const channels = x.shape?.[1] as number;
    if (this.#measure) return this.#batchStatistics(x, name, channels);
    const known = (key: string, otherwise: number): Handle =>
      this.b.constant(
        `${name}.running_${key}`,
        this.#statistics.get(`${name}.${key}`) ?? new Float32Array(channels).fill(otherwise),
      );
    const scale = this.#filled(`${name}.weight`, channels, 1);
    const shift = this.#filled(`${name}.bias`, channels, 0);
    return this.b.op(
      'BatchNormalization',
      [x, scale, shift, known('mean', 0), known('var', 1)],
      { epsilon: EPSILON },
      name,
    );
  }

  #batchStatistics(x: Handle, name: string, channels: number): Handle {
    const { b } = this;
    const axes = [0, ...Array.from({ length: (x.shape?.length ?? 4) - 2 }, (_, i) => i + 2)];
    const mean = b.op('ReduceMean', [x], { axes, keepdims: 1 });
    const centred = b.op('Sub', [x, mean]);
    const variance = b.op('ReduceMean', [b.op('Mul', [centred, centred])], { axes, keepdims: 1 });
    const flat = b.ints([channels]);
    this.measured.push(
      b.op('Reshape', [mean, flat], {}, `${name}.mean`),
      b.op('Reshape', [variance, flat], {}, `${name}.var`),
    );
    const deviation = b.op('Sqrt', [b.op('Add', [variance, b.scalar(EPSILON)])]);
    return b.op('Div', [centred, deviation], {}, name);
  }

  prelu(x: Handle, name: string): Handle {
    const channels = x.shape?.[1] as number;
    const slope = this.#filled(`${name}.weight`, channels, 0.25, [channels, 1, 1]);
    return this.b.op('PRelu', [x, slope], {}, name);
  }

  conv(x: Handle, name: string, outputs: number, kernel: number, stride: number): Handle {
    const inputs = x.shape?.[1] as number;
    const w = this.weight(`${name}.weight`, [outputs, inputs, kernel, kernel], inputs * kernel ** 2);
    const side = (kernel - 1) / 2;
    return this.b.op('Conv', [x, w], { strides: [stride, stride], pads: [side, side, side, side] }, name);
  }

  linear(x: Handle, name: string, outputs: number): Handle {
    const inputs = x.shape?.[1] as number;
    const w = this.weight(`${name}.weight`, [outputs, inputs], inputs);
    return this.b.op('Gemm', [x, w, this.#filled(`${name}.bias`, outputs, 0)], { transB: 1 }, name);
  }
}
