import { Fault } from '../../foundation/fault.ts';
import { countNotFinite, type NotFinite, weightsText } from '../../graph/finite.ts';

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
  readonly #spoilt: NotFinite[] = [];
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
    const values = tensor.floats();
    const spoilt = countNotFinite(theirs, values);
    if (spoilt !== undefined) this.#spoilt.push(spoilt);
    return values;
  }

  /**
   * @param embedding numbers per face: what a classifier on top takes
   * @returns names of weights that belong to classifiers on top of the network, and are not used
   * @throws Fault when weights were missing, are left over (the network is another one), or are no numbers
   */
  finish(embedding: number): string[] {
    if (this.#missing.length > 0) {
      throw new Fault(
        `'${this.#origin}' lacks ${this.#missing.length} weights of the network: ${list(this.#missing)}.`,
      );
    }
    const left = [...this.#weights.keys()].filter((name) => !this.#taken.has(name) && !isCounter(name));
    const heads = this.#heads(left, embedding);
    const strange = left.filter((name) => !heads.has(name));
    if (strange.length > 0) {
      throw new Fault(
        `'${this.#origin}' holds ${strange.length} weights that the network has no place for: ${list(strange)}.`,
      );
    }
    if (this.#spoilt.length > 0) {
      throw new Fault(
        `'${this.#origin}' holds weights that are no finite numbers: ${weightsText(this.#spoilt)}. Its network would give none either; take an earlier checkpoint of the training.`,
      );
    }
    return [...heads];
  }

  /**
   * Of the weights that are left: those of modules of which the network took nothing, and that hold a matrix from the
   * embedding to classes (or its transpose); and single numbers, such as margins and counters, of modules of their own.
   */
  #heads(left: readonly string[], embedding: number): Set<string> {
    const moduleOf = (name: string): string => (name.includes('.') ? name.slice(0, name.indexOf('.')) : name);
    const used = new Set([...this.#taken].map(moduleOf));
    const shapeOf = (name: string): readonly number[] => this.#weights.get(name)?.shape ?? [];
    const classifiers = left.filter((name) => {
      const shape = shapeOf(name);
      return shape.length === 2 && shape.includes(embedding);
    });
    const modules = new Set(classifiers.map(moduleOf));
    return new Set(
      left.filter((name) => {
        const single = shapeOf(name).every((side) => side === 1);
        return !used.has(moduleOf(name)) && (modules.has(moduleOf(name)) || single);
      }),
    );
  }
}
