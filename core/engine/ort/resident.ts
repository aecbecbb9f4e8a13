import type * as Ort from 'onnxruntime-node';
import { Fault } from '../../foundation/fault.ts';
import type { Placement, ResidentSession, ResidentValue, Tensor } from '../types.ts';
import { modelFault } from './faults.ts';
import { runtime } from './runtime.ts';
import { fromOrt, toOrt } from './tensors.ts';

/** One resident value: what the next run takes, and where it puts what it gives. */
interface Pair {
  value: ResidentValue;
  now: Ort.Tensor;
  next: Ort.Tensor;
}

/**
 * A graph that changes its own values. The buffers lie in this process's memory: on the CPU a run reads and writes them
 * in place, on a GPU ONNX Runtime copies them there and back at every run.
 */
export class OrtResidentSession implements ResidentSession {
  readonly placement: Placement;
  readonly #session: Ort.InferenceSession;
  readonly #model: string;
  readonly #pairs: Map<string, Pair>;
  readonly #types: ReadonlyMap<string, string>;
  readonly #others: readonly string[];
  readonly #onDispose: (session: OrtResidentSession) => void;
  #disposed = false;

  constructor(
    session: Ort.InferenceSession,
    model: string,
    placement: Placement,
    values: readonly ResidentValue[],
    onDispose: (session: OrtResidentSession) => void,
  ) {
    this.#session = session;
    this.#model = model;
    this.placement = placement;
    this.#onDispose = onDispose;
    const { Tensor: OrtTensor } = runtime();
    this.#pairs = new Map(
      values.map((value) => {
        const size = value.dims.reduce((product, side) => product * side, 1);
        if (value.initial.length !== size) {
          throw new Fault(
            `'${value.input}' has ${value.initial.length} values, but its shape [${value.dims.join(', ')}] has room for ${size}.`,
          );
        }
        if (!session.inputNames.includes(value.input)) {
          throw new Fault(`The graph '${model}' does not take '${value.input}'.`);
        }
        if (!session.outputNames.includes(value.output)) {
          throw new Fault(`The graph '${model}' does not give '${value.output}'.`);
        }
        const now = new OrtTensor('float32', value.initial.slice(), value.dims);
        const next = new OrtTensor('float32', new Float32Array(size), value.dims);
        return [value.input, { value, now, next }];
      }),
    );
    this.#types = new Map(
      session.inputMetadata.flatMap((each) => (each.isTensor ? [[each.name, each.type] as const] : [])),
    );
    const given = new Set(values.map(({ output }) => output));
    this.#others = session.outputNames.filter((name) => !given.has(name));
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.#check();
    const given: Record<string, Ort.Tensor> = {};
    for (const [name, tensor] of Object.entries(feeds)) {
      const type = this.#types.get(name);
      if (type === undefined || this.#pairs.has(name)) {
        throw new Fault(
          `The graph '${this.#model}' is not fed '${name}'; it is fed: ${this.#fed().join(', ')}.`,
        );
      }
      given[name] = toOrt(tensor, type, name);
    }
    const fetches: Record<string, Ort.Tensor | null> = {};
    for (const name of this.#others) fetches[name] = null;
    for (const [name, { value, now, next }] of this.#pairs) {
      given[name] = now;
      fetches[value.output] = next;
    }
    let results: Ort.InferenceSession.ReturnType;
    try {
      results = await this.#session.run(given, fetches);
    } catch (thrown) {
      throw modelFault(this.#model, `be run on ${this.placement.name}`, thrown);
    }
    for (const pair of this.#pairs.values()) {
      discard(results[pair.value.output], pair.next);
      [pair.now, pair.next] = [pair.next, pair.now];
    }
    return Object.fromEntries(this.#others.map((name) => [name, fromOrt(results[name] as Ort.Tensor, name)]));
  }

  async read(names: readonly string[] = [...this.#pairs.keys()]): Promise<Record<string, Float32Array>> {
    this.#check();
    return Object.fromEntries(
      names.map((name) => [name, (this.#pair(name).now.data as Float32Array).slice()]),
    );
  }

  async write(values: Readonly<Record<string, Float32Array>>): Promise<void> {
    this.#check();
    for (const [name, data] of Object.entries(values)) {
      const { now } = this.#pair(name);
      if (data.length !== now.size) {
        throw new Fault(`'${name}' has ${now.size} values, not ${data.length}.`);
      }
    }
    for (const [name, data] of Object.entries(values)) (this.#pair(name).now.data as Float32Array).set(data);
  }

  #pair(name: string): Pair {
    const found = this.#pairs.get(name);
    if (found === undefined) throw new Fault(`The graph '${this.#model}' keeps no value '${name}'.`);
    return found;
  }

  #fed(): string[] {
    return this.#session.inputNames.filter((name) => !this.#pairs.has(name));
  }

  #check(): void {
    if (this.#disposed) throw new Error(`The session of '${this.#model}' was disposed.`);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#onDispose(this);
    this.#pairs.clear();
    await this.#session.release();
  }
}

/**
 * Frees what a run gave beside the buffer that it was to fill: the binding returns a copy of every output, and until the next
 * collection of garbage several copies of all values would lie there.
 */
function discard(given: Ort.OnnxValue, filled: Ort.Tensor): void {
  const { buffer } = (given as Ort.Tensor).data as Float32Array;
  if (buffer instanceof ArrayBuffer && buffer !== (filled.data as Float32Array).buffer) buffer.transfer(0);
}
