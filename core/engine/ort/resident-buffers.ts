import type * as Ort from 'onnxruntime-node';
import { GraphBuilder } from '../../graph/builder.ts';
import type { ResidentValue } from '../types.ts';
import { runtime } from './runtime.ts';

/** Where the values of a resident session lie, and how they move on. */
export interface ResidentBuffers {
  /** What the next run takes, by the names of inputs. */
  feeds(): Record<string, Ort.Tensor>;
  /** Where it puts what it gives, by the names of outputs; null: it makes room itself. */
  fetches(): Record<string, Ort.Tensor | null>;
  /** Goes on with what a run that succeeded gave. */
  take(results: Readonly<Record<string, Ort.OnnxValue>>): void;
  read(names: readonly string[]): Promise<Record<string, Float32Array>>;
  /** Lengths fit. */
  write(values: Readonly<Record<string, Float32Array>>): void;
  dispose(): Promise<void>;
}

/** In this process's memory, in two sets of buffers that change places: a run reads the one and writes the other. */
export class HostBuffers implements ResidentBuffers {
  readonly #pairs: Map<string, { output: string; now: Ort.Tensor; next: Ort.Tensor }>;

  constructor(values: readonly ResidentValue[]) {
    const { Tensor } = runtime();
    this.#pairs = new Map(
      values.map(({ input, output, dims, initial }) => {
        const now = new Tensor('float32', initial.slice(), dims);
        return [input, { output, now, next: new Tensor('float32', new Float32Array(initial.length), dims) }];
      }),
    );
  }

  feeds(): Record<string, Ort.Tensor> {
    return Object.fromEntries(Array.from(this.#pairs, ([input, { now }]) => [input, now]));
  }

  fetches(): Record<string, Ort.Tensor> {
    return Object.fromEntries(Array.from(this.#pairs.values(), ({ output, next }) => [output, next]));
  }

  take(results: Readonly<Record<string, Ort.OnnxValue>>): void {
    for (const pair of this.#pairs.values()) {
      discard(results[pair.output], pair.next);
      [pair.now, pair.next] = [pair.next, pair.now];
    }
  }

  async read(names: readonly string[]): Promise<Record<string, Float32Array>> {
    return Object.fromEntries(names.map((name) => [name, this.#data(name).slice()]));
  }

  write(values: Readonly<Record<string, Float32Array>>): void {
    for (const [name, data] of Object.entries(values)) this.#data(name).set(data);
  }

  async dispose(): Promise<void> {
    this.#pairs.clear();
  }

  #data(name: string): Float32Array {
    return this.#pairs.get(name)?.now.data as Float32Array;
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

/** Opens a graph on the same device, its outputs in this process's memory. */
export type OpenReader = (model: Uint8Array) => Promise<Ort.InferenceSession>;

/**
 * In the GPU's memory, as ONNX Runtime's WebGPU provider lets outputs stay there and takes them again. What is written is
 * copied there by the next run. A value there cannot be asked for its data: it is read through a graph that passes values
 * on and has its outputs on the CPU.
 */
export class GpuBuffers implements ResidentBuffers {
  readonly #values: readonly ResidentValue[];
  readonly #now: Map<string, Ort.Tensor>;
  readonly #openReader: OpenReader;
  #reader: Ort.InferenceSession | undefined;

  constructor(values: readonly ResidentValue[], openReader: OpenReader) {
    this.#values = values;
    this.#openReader = openReader;
    this.#now = new Map(values.map(({ input, dims, initial }) => [input, this.#host(initial.slice(), dims)]));
  }

  #host(data: Float32Array, dims: readonly number[]): Ort.Tensor {
    return new (runtime().Tensor)('float32', data, dims);
  }

  feeds(): Record<string, Ort.Tensor> {
    return Object.fromEntries(this.#now);
  }

  fetches(): Record<string, null> {
    return Object.fromEntries(this.#values.map(({ output }) => [output, null]));
  }

  take(results: Readonly<Record<string, Ort.OnnxValue>>): void {
    for (const { input, output } of this.#values) this.#put(input, results[output] as Ort.Tensor);
  }

  #put(input: string, tensor: Ort.Tensor): void {
    const old = this.#now.get(input);
    if (old?.location === 'gpu-buffer') old.dispose();
    this.#now.set(input, tensor);
  }

  async read(names: readonly string[]): Promise<Record<string, Float32Array>> {
    this.#reader ??= await this.#openReader(passing(this.#values));
    const wanted = Object.fromEntries(names.map((name) => [passed(name), null]));
    const found = await this.#reader.run(this.feeds(), wanted);
    return Object.fromEntries(
      names.map((name) => [name, (found[passed(name)].data as Float32Array).slice()]),
    );
  }

  write(values: Readonly<Record<string, Float32Array>>): void {
    for (const { input, dims } of this.#values) {
      if (values[input] !== undefined) this.#put(input, this.#host(values[input].slice(), dims));
    }
  }

  async dispose(): Promise<void> {
    for (const tensor of this.#now.values()) if (tensor.location === 'gpu-buffer') tensor.dispose();
    this.#now.clear();
    await this.#reader?.release();
  }
}

const passed = (name: string): string => `${name}.read`;

/** A graph whose outputs are its inputs. */
function passing(values: readonly ResidentValue[]): Uint8Array {
  const b = new GraphBuilder('read');
  return b
    .model(values.map(({ input, dims }) => b.op('Identity', [b.input(input, dims)], {}, passed(input))))
    .encode();
}
