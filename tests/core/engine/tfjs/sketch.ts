import type { Tensor } from '../../../../core/engine/types.ts';
import { Random } from '../../../../core/foundation/random.ts';
import type { AttributeInput } from '../../../../core/graph/attribute.ts';
import { GraphBuilder, type Handle } from '../../../../core/graph/builder.ts';
import type { Model } from '../../../../core/graph/model.ts';

type Attributes = Readonly<Record<string, AttributeInput | undefined>>;

/** A small random graph with its inputs, drawn anew for each seed. */
export class Sketch {
  readonly b: GraphBuilder;
  readonly feeds: Record<string, Tensor> = {};
  /** Inputs that have a gradient. */
  readonly numbers: Handle[] = [];
  readonly random: Random;

  constructor(seed: number, opset = 17) {
    this.random = new Random(seed, 4);
    this.b = new GraphBuilder('sketch', opset);
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + this.random.below(high - low + 1);
  }

  pick<T>(...choices: readonly T[]): T {
    return choices[this.random.below(choices.length)];
  }

  #fed(dims: readonly number[], tensor: Pick<Tensor, 'type' | 'data'>): Handle {
    const name = `x${Object.keys(this.feeds).length}`;
    this.feeds[name] = { ...tensor, dims };
    const input = this.b.input(name, dims, tensor.type);
    if (tensor.type === 'float32') this.numbers.push(input);
    return input;
  }

  /**
   * An input of numbers, standard normal unless said. Half of those with channels and space come out of a convolution that
   * leaves them as they are, so that they reach the operator with channels last.
   */
  x(dims: readonly number[], draw: (random: Random) => number = (random) => random.normal()): Handle {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const data = Float32Array.from({ length: size }, () => draw(this.random));
    const input = this.#fed(dims, { type: 'float32', data });
    if ((dims.length !== 4 && dims.length !== 3) || this.random.uniform() < 0.5) return input;
    const channels = dims[1];
    const kernel = [channels, 1, ...dims.slice(2).map(() => 1)];
    const ones = this.b.constant('ones', new Float32Array(channels).fill(1), kernel);
    return this.b.op('Conv', [input, ones], { group: channels });
  }

  /** Small whole numbers as float32: equal ones occur. */
  small(dims: readonly number[]): Handle {
    return this.x(dims, (random) => random.below(5) - 2);
  }

  ints(dims: readonly number[], low: number, high: number, type: 'int64' | 'int32' = 'int64'): Handle {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const numbers = Array.from({ length: size }, () => this.int(low, high));
    const data = type === 'int64' ? BigInt64Array.from(numbers, BigInt) : Int32Array.from(numbers);
    return this.#fed(dims, { type, data });
  }

  bools(dims: readonly number[]): Handle {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return this.#fed(dims, {
      type: 'bool',
      data: Uint8Array.from({ length: size }, () => this.random.below(2)),
    });
  }

  /** A constant of numbers. */
  w(dims: readonly number[], draw: (random: Random) => number = (random) => random.normal()): Handle {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return this.b.constant(
      'w',
      Float32Array.from({ length: size }, () => draw(this.random)),
      dims,
    );
  }

  shape(low = 1, high = 4, least = 1, most = 6): number[] {
    return Array.from({ length: this.int(low, high) }, () => this.int(least, most));
  }

  /** Some of the axes of a value of `rank` dimensions, counted from the front or from the end. */
  axes(rank: number): number[] {
    const all = Array.from({ length: rank }, (_, i) => i);
    this.random.shuffle(all);
    return all.slice(0, this.int(1, rank)).map((axis) => this.pick(axis, axis - rank));
  }

  op(name: string, inputs: readonly (Handle | null)[], attributes: Attributes = {}): Handle {
    return this.b.op(name, inputs, attributes);
  }

  ops(name: string, inputs: readonly (Handle | null)[], attributes: Attributes, count: number): Handle[] {
    return this.b.ops(
      name,
      inputs,
      attributes,
      Array.from({ length: count }, (_, i) => `y${i}`),
    );
  }

  model(outputs: readonly Handle[]): Model {
    return this.b.model(outputs);
  }
}

/** How one operator is drawn: what it gives is compared. */
export type Draw = (sketch: Sketch) => Handle | Handle[];

/** A drawing, the opset that it needs if it is not the usual one, and the largest error that it may show. */
export type Case = Draw | { opset?: number; error?: number; draw: Draw };
