import { Fault } from '../../foundation/fault.ts';
import type { GraphBuilder, Handle } from '../../graph/builder.ts';
import { depthwiseKernel, SAME, transposedKernel } from '../tfjs/kernels.ts';
import type { Weight } from '../tfjs/weights.ts';

/** One value per output channel: out' = out · scale + offset. */
export interface PerChannel {
  scale: ArrayLike<number>;
  offset: ArrayLike<number>;
}

/**
 * The layers that face-api.js's networks are made of, over NCHW values, by the names of their weights. What multiplies
 * or adds per channel behind a convolution becomes part of its kernel and bias.
 */
export class FaceApiLayers {
  readonly builder: GraphBuilder;
  readonly #weights: ReadonlyMap<string, Weight>;
  readonly #network: string;

  /**
   * @param weights by the names of the network's weights manifest
   * @param network what the weights should be, for messages: "face-api.js's 68 landmarks ('…')"
   */
  constructor(builder: GraphBuilder, weights: ReadonlyMap<string, Weight>, network: string) {
    this.builder = builder;
    this.#weights = weights;
    this.#network = network;
  }

  has(name: string): boolean {
    return this.#weights.has(name);
  }

  /** @throws Fault where the weight is missing or has another number of axes. */
  weight(name: string, rank: number): Weight {
    const found = this.#weights.get(name);
    if (found?.shape.length !== rank) {
      throw new Fault(
        `These are not the weights of ${this.#network}: '${name}' ${found ? `has ${found.shape.length} dimensions, not ${rank}` : 'is missing'}.`,
      );
    }
    return found;
  }

  /**
   * A convolution with bias.
   * @param at name of the kernel (height × width × in × out)
   * @param bias its bias, and what is done per channel afterwards
   */
  conv(
    x: Handle,
    at: string,
    bias: string,
    {
      stride = 1,
      padding = SAME as object,
      after,
    }: { stride?: number; padding?: object; after?: PerChannel } = {},
  ): Handle {
    const { dims, data } = transposedKernel(this.weight(at, 4));
    const offsets = Float32Array.from(this.weight(bias, 1).data);
    return this.#convolve(x, at, dims, data, offsets, { strides: [stride, stride], ...padding }, after);
  }

  /** A depthwise convolution without bias; what is done per channel afterwards gives it one. */
  depthwise(x: Handle, at: string, stride: number, padding: object = SAME, after?: PerChannel): Handle {
    const kernel = this.weight(at, 4);
    const { dims, data } = depthwiseKernel(kernel);
    const attributes = { strides: [stride, stride], group: kernel.shape[2], ...padding };
    const offsets = after === undefined ? undefined : new Float32Array(dims[0]);
    return this.#convolve(x, at, dims, data, offsets, attributes, after);
  }

  /** Depthwise, then pointwise convolution with bias: weights depthwise_filter, pointwise_filter, bias under `at`. */
  separable(x: Handle, at: string, stride = 1, padding: object = SAME): Handle {
    const spread = this.depthwise(x, `${at}/depthwise_filter`, stride, padding);
    return this.conv(spread, `${at}/pointwise_filter`, `${at}/bias`);
  }

  relu(x: Handle): Handle {
    return this.builder.op('Relu', [x]);
  }

  /** ReLU that ends at 6. */
  relu6(x: Handle): Handle {
    const b = this.builder;
    return b.op('Clip', [x, b.scalar(0, 'zero'), b.scalar(6, 'six')]);
  }

  maxPool(x: Handle, size: number, stride: number, padding: object = SAME): Handle {
    return this.builder.op('MaxPool', [x], {
      kernel_shape: [size, size],
      strides: [stride, stride],
      ...padding,
    });
  }

  /** N×C×H×W to N×C: the mean over all places. */
  average(x: Handle, output?: string): Handle {
    return this.builder.op('Flatten', [this.builder.op('GlobalAveragePool', [x])], { axis: 1 }, output);
  }

  /** x·W + b over rows; without `bias` x·W. */
  linear(x: Handle, at: string, bias?: string, output?: string): Handle {
    const { shape, data } = this.weight(at, 2);
    const matrix = this.builder.constant(at, data, shape);
    if (bias === undefined) return this.builder.op('MatMul', [x, matrix], {}, output);
    const offsets = this.builder.constant(bias, this.weight(bias, 1).data);
    return this.builder.op('Gemm', [x, matrix, offsets], {}, output);
  }

  #convolve(
    x: Handle,
    at: string,
    dims: number[],
    kernel: Float32Array,
    offsets: Float32Array | undefined,
    attributes: Record<string, number | number[] | string>,
    after: PerChannel | undefined,
  ): Handle {
    if (after !== undefined && offsets !== undefined) {
      const each = kernel.length / dims[0];
      for (let c = 0; c < dims[0]; c++) {
        for (let i = c * each; i < (c + 1) * each; i++) kernel[i] *= after.scale[c];
        offsets[c] = offsets[c] * after.scale[c] + after.offset[c];
      }
    }
    const b = this.builder;
    return b.op(
      'Conv',
      [x, b.constant(at, kernel, dims), ...(offsets ? [b.constant(`${at}/bias`, offsets)] : [])],
      attributes,
    );
  }
}
