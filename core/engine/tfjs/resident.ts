import { Fault } from '../../foundation/fault.ts';
import type { Model } from '../../graph/model.ts';
import type { Placement, ResidentSession, ResidentValue, Tensor } from '../types.ts';
import type { Api } from './api.ts';
import { TfjsSession } from './session.ts';
import { Value } from './value.ts';

/**
 * A graph that changes its own values, which stay on the device: what one run gives is what the next one takes. Nothing
 * of them is read back until it is asked for.
 */
export class TfjsResidentSession implements ResidentSession {
  readonly placement: Placement;
  readonly #tf: Api;
  readonly #name: string;
  readonly #session: TfjsSession;
  readonly #values: readonly ResidentValue[];
  readonly #now = new Map<string, Value>();
  readonly #others: readonly string[];
  readonly #onDispose: (session: TfjsResidentSession) => void;
  #disposed = false;

  constructor(
    tf: Api,
    model: Model,
    name: string,
    placement: Placement,
    values: readonly ResidentValue[],
    onDispose: (session: TfjsResidentSession) => void = () => {},
  ) {
    this.placement = placement;
    this.#tf = tf;
    this.#name = name;
    this.#values = values;
    this.#onDispose = onDispose;
    this.#session = new TfjsSession(tf, model, name, placement);
    const inputs = this.#session.inputs.map((input) => input.name);
    for (const { input, output, dims, initial } of values) {
      const size = dims.reduce((product, side) => product * side, 1);
      if (initial.length !== size) {
        throw new Fault(
          `'${input}' has ${initial.length} values, but its shape [${dims.join(', ')}] has room for ${size}.`,
        );
      }
      if (!inputs.includes(input)) throw new Fault(`The graph '${name}' does not take '${input}'.`);
      if (!this.#session.outputs.includes(output)) {
        throw new Fault(`The graph '${name}' does not give '${output}'.`);
      }
      this.#put(input, dims, initial);
    }
    const given = new Set(values.map(({ output }) => output));
    this.#others = this.#session.outputs.filter((output) => !given.has(output));
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.#check();
    for (const name of Object.keys(feeds)) {
      if (!this.#now.has(name)) continue;
      const fed = this.#session.inputs.map((input) => input.name).filter((input) => !this.#now.has(input));
      throw new Fault(`The graph '${this.#name}' is not fed '${name}'; it is fed: ${fed.join(', ')}.`);
    }
    const keep = this.#values.map(({ output }) => output);
    const { outputs, kept } = await this.#session.runKeeping(feeds, this.#others, this.#now, keep);
    const wrong = this.#values.find(({ output, dims }) => kept.get(output)?.dims.join() !== dims.join());
    if (wrong !== undefined) {
      const found = kept.get(wrong.output)?.dims.join(', ');
      for (const value of kept.values()) value.dispose();
      throw new Fault(
        `The graph '${this.#name}' gives '${wrong.output}' in the shape [${found}], but takes [${wrong.dims.join(', ')}].`,
      );
    }
    for (const { input, output } of this.#values) {
      this.#now.get(input)?.dispose();
      this.#now.set(input, kept.get(output) as Value);
    }
    return outputs;
  }

  async read(names: readonly string[] = [...this.#now.keys()]): Promise<Record<string, Float32Array>> {
    this.#check();
    const found: Record<string, Float32Array> = {};
    for (const name of names) found[name] = (await this.#value(name).read()).data as Float32Array;
    return found;
  }

  async write(values: Readonly<Record<string, Float32Array>>): Promise<void> {
    this.#check();
    for (const [name, data] of Object.entries(values)) {
      const { size } = this.#value(name);
      if (data.length !== size) throw new Fault(`'${name}' has ${size} values, not ${data.length}.`);
    }
    for (const [name, data] of Object.entries(values)) this.#put(name, this.#value(name).dims, data);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const value of this.#now.values()) value.dispose();
    await this.#session.dispose();
    this.#onDispose(this);
  }

  #put(name: string, dims: readonly number[], data: Float32Array): void {
    this.#now.get(name)?.dispose();
    this.#now.set(name, Value.from(this.#tf, name, { type: 'float32', dims, data: data.slice() }));
  }

  #value(name: string): Value {
    const found = this.#now.get(name);
    if (found === undefined) throw new Fault(`The graph '${this.#name}' keeps no value '${name}'.`);
    return found;
  }

  #check(): void {
    if (this.#disposed) throw new Error(`The session of '${this.#name}' was disposed.`);
  }
}
