import { Fault } from '../../foundation/fault.ts';

/** A weight as a checkpoint has it. */
export interface GivenTensor {
  readonly shape: readonly number[];
  floats(): Float32Array;
}

/** Where a network's weights come from, instead of a seed. */
export interface GivenWeights {
  /** @throws Fault when there is none of that name, or it has another shape */
  take(name: string, dims: readonly number[]): Float32Array;
}

const SHOWN = 5;
const list = (names: readonly string[]): string =>
  `${names
    .slice(0, SHOWN)
    .map((name) => `'${name}'`)
    .join(', ')}${names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''}`;

/** Counters of PyTorch that no network computes with. */
const isCounter = (name: string): boolean => name.endsWith('num_batches_tracked');

/** Weights out of a dictionary, each taken once, none left over. */
export class WeightsByName implements GivenWeights {
  readonly #weights: ReadonlyMap<string, GivenTensor>;
  readonly #origin: string;
  readonly #taken = new Set<string>();
  readonly #missing: string[] = [];
  readonly #rename: (name: string) => string;

  /** @param rename from the architecture's names to the dictionary's */
  constructor(
    weights: ReadonlyMap<string, GivenTensor>,
    origin: string,
    rename: (name: string) => string = (name) => name,
  ) {
    this.#weights = weights;
    this.#origin = origin;
    this.#rename = rename;
  }

  take(name: string, dims: readonly number[]): Float32Array {
    const theirs = this.#rename(name);
    const tensor = this.#weights.get(theirs);
    if (tensor === undefined) {
      // Told together by `finish`; the graph needs something of the right size until then.
      this.#missing.push(theirs);
      return new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    }
    if (tensor.shape.join() !== dims.join()) {
      throw new Fault(
        `'${this.#origin}': the weight '${theirs}' has the shape [${tensor.shape.join(', ')}], but the network needs [${dims.join(', ')}].`,
      );
    }
    this.#taken.add(theirs);
    return tensor.floats();
  }

  /** @throws Fault when weights were missing or are left over: the network is another one */
  finish(): void {
    if (this.#missing.length > 0) {
      throw new Fault(
        `'${this.#origin}' lacks ${this.#missing.length} weights of the network: ${list(this.#missing)}.`,
      );
    }
    const left = [...this.#weights.keys()].filter((name) => !this.#taken.has(name) && !isCounter(name));
    if (left.length > 0) {
      throw new Fault(
        `'${this.#origin}' holds ${left.length} weights that the network has no place for: ${list(left)}.`,
      );
    }
  }
}
