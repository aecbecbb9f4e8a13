import type * as Ort from 'onnxruntime-node';
import { Fault } from '../../foundation/fault.ts';
import type { Placement, ResidentSession, ResidentValue, Tensor } from '../types.ts';
import { modelFault } from './faults.ts';
import type { ResidentBuffers } from './resident-buffers.ts';
import { fromOrt, toOrt } from './tensors.ts';

/**
 * @throws Fault where a value's first numbers do not fill its shape, or the graph does not take or give it
 */
export function checkResident(
  { inputNames, outputNames }: Pick<Ort.InferenceSession, 'inputNames' | 'outputNames'>,
  model: string,
  values: readonly ResidentValue[],
): void {
  for (const { input, output, dims, initial } of values) {
    const size = dims.reduce((product, side) => product * side, 1);
    if (initial.length !== size) {
      throw new Fault(
        `'${input}' has ${initial.length} values, but its shape [${dims.join(', ')}] has room for ${size}.`,
      );
    }
    if (!inputNames.includes(input)) throw new Fault(`The graph '${model}' does not take '${input}'.`);
    if (!outputNames.includes(output)) throw new Fault(`The graph '${model}' does not give '${output}'.`);
  }
}

/** A graph that changes its own values, which lie where its buffers say. */
export class OrtResidentSession implements ResidentSession {
  readonly placement: Placement;
  readonly #session: Ort.InferenceSession;
  readonly #model: string;
  readonly #buffers: ResidentBuffers;
  /** Numbers of each resident value, by the name of its input. */
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #types: ReadonlyMap<string, string>;
  readonly #others: readonly string[];
  readonly #onDispose: (session: OrtResidentSession) => void;
  #disposed = false;

  constructor(
    session: Ort.InferenceSession,
    model: string,
    placement: Placement,
    values: readonly ResidentValue[],
    buffers: ResidentBuffers,
    onDispose: (session: OrtResidentSession) => void,
  ) {
    this.#session = session;
    this.#model = model;
    this.placement = placement;
    this.#buffers = buffers;
    this.#onDispose = onDispose;
    this.#sizes = new Map(values.map(({ input, initial }) => [input, initial.length]));
    this.#types = new Map(
      session.inputMetadata.flatMap((each) => (each.isTensor ? [[each.name, each.type] as const] : [])),
    );
    const given = new Set(values.map(({ output }) => output));
    this.#others = session.outputNames.filter((name) => !given.has(name));
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.#check();
    const given: Record<string, Ort.Tensor> = this.#buffers.feeds();
    for (const [name, tensor] of Object.entries(feeds)) {
      const type = this.#types.get(name);
      if (type === undefined || this.#sizes.has(name)) {
        throw new Fault(
          `The graph '${this.#model}' is not fed '${name}'; it is fed: ${this.#fed().join(', ')}.`,
        );
      }
      given[name] = toOrt(tensor, type, name);
    }
    const fetches: Record<string, Ort.Tensor | null> = this.#buffers.fetches();
    for (const name of this.#others) fetches[name] = null;
    let results: Ort.InferenceSession.ReturnType;
    try {
      results = await this.#session.run(given, fetches);
    } catch (thrown) {
      throw modelFault(this.#model, `be run on ${this.placement.name}`, thrown);
    }
    this.#buffers.take(results);
    return Object.fromEntries(this.#others.map((name) => [name, fromOrt(results[name] as Ort.Tensor, name)]));
  }

  async read(names: readonly string[] = [...this.#sizes.keys()]): Promise<Record<string, Float32Array>> {
    this.#check();
    for (const name of names) this.#size(name);
    return this.#buffers.read(names);
  }

  async write(values: Readonly<Record<string, Float32Array>>): Promise<void> {
    this.#check();
    for (const [name, data] of Object.entries(values)) {
      const size = this.#size(name);
      if (data.length !== size) throw new Fault(`'${name}' has ${size} values, not ${data.length}.`);
    }
    this.#buffers.write(values);
  }

  #size(name: string): number {
    const found = this.#sizes.get(name);
    if (found === undefined) throw new Fault(`The graph '${this.#model}' keeps no value '${name}'.`);
    return found;
  }

  #fed(): string[] {
    return this.#session.inputNames.filter((name) => !this.#sizes.has(name));
  }

  #check(): void {
    if (this.#disposed) throw new Error(`The session of '${this.#model}' was disposed.`);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#onDispose(this);
    await this.#buffers.dispose();
    await this.#session.release();
  }
}
