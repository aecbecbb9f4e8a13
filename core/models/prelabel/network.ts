import type { DeviceChoice, Engine, Placement, Session, Tensor } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { PreparedModel } from '../prepared.ts';

/**
 * A prepared model on a device, run on batches of ready pixels. Models of several files run on the same input and
 * their outputs are averaged; graphs whose batch is fixed run as often as is needed.
 */
export class Network {
  readonly prepared: PreparedModel;
  readonly placement: Placement;
  readonly #sessions: Session[];
  readonly #limit: number;

  private constructor(prepared: PreparedModel, sessions: Session[], limit: number) {
    this.prepared = prepared;
    this.placement = sessions[0].placement;
    this.#sessions = sessions;
    this.#limit = limit;
  }

  /**
   * @param most the largest number of items that one run may take, whatever the graph allows
   * @param threads of one run on the CPU; by default all cores
   */
  static async open(
    engine: Engine,
    prepared: PreparedModel,
    device: DeviceChoice,
    most = Number.POSITIVE_INFINITY,
    threads?: number,
  ): Promise<Network> {
    const sessions: Session[] = [];
    try {
      for (const path of prepared.paths) sessions.push(await engine.open(path, { device, threads }));
    } catch (thrown) {
      for (const session of sessions) await session.dispose();
      throw thrown;
    }
    const limit = prepared.batch === 'free' ? most : Math.min(most, prepared.batch);
    return new Network(prepared, sessions, limit);
  }

  /** Numbers of one item's input. */
  get itemSize(): number {
    const [width, height] = this.prepared.preparation.size;
    return 3 * width * height;
  }

  /**
   * @param pixels `items` inputs, one after the other, as the model's preparation makes them
   * @returns the graph's outputs by name, all items of each one after the other (dims of one item's output, the first
   *   one multiplied)
   */
  async run(pixels: Float32Array, items: number): Promise<Record<string, Tensor>> {
    const parts: Record<string, Tensor>[] = [];
    for (let from = 0; from < items; from += this.#limit) {
      const to = Math.min(items, from + this.#limit);
      parts.push(await this.#runOnce(pixels.subarray(from * this.itemSize, to * this.itemSize), to - from));
    }
    return parts.length === 1 ? parts[0] : concatenate(parts);
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions) await session.dispose();
  }

  async #runOnce(pixels: Float32Array, items: number): Promise<Record<string, Tensor>> {
    const { preparation, inputName, batch, manifest } = this.prepared;
    const [width, height] = preparation.size;
    const count = batch === 'free' ? items : batch;
    let data = pixels;
    if (count > items) {
      // The graph's batch is fixed above what is left: the rest of it is zeros, and its outputs are cut off.
      data = new Float32Array(count * this.itemSize);
      data.set(pixels);
    }
    const side = preparation.layout === 'nchw' ? [3, height, width] : [height, width, 3];
    const feeds = { [inputName]: { type: 'float32' as const, dims: [count, ...side], data } };
    const runs: Record<string, Tensor>[] = [];
    for (const session of this.#sessions) runs.push(await session.run(feeds));
    const all = runs.length === 1 ? runs[0] : average(runs, manifest.name);
    return count === items
      ? all
      : Object.fromEntries(
          Object.entries(all).map(([name, tensor]) => [name, firstItems(tensor, items, count)]),
        );
  }
}

function firstItems(tensor: Tensor, items: number, of: number): Tensor {
  const length = (tensor.data.length / of) * items;
  const [first, ...rest] = tensor.dims;
  return { ...tensor, dims: [(first / of) * items, ...rest], data: tensor.data.slice(0, length) };
}

/** Runs of the same graph, one after the other along the first dimension. */
function concatenate(parts: readonly Record<string, Tensor>[]): Record<string, Tensor> {
  const joined: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(parts[0])) {
    const pieces = parts.map((part) => Float32Array.from(part[name].data, Number));
    const data = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      data.set(piece, at);
      at += piece.length;
    }
    const [, ...rest] = tensor.dims;
    const row = rest.reduce((product, side) => product * side, 1);
    joined[name] = { type: 'float32', dims: [data.length / row, ...rest], data };
  }
  return joined;
}

/** Mean of several networks' outputs, output by output in the graphs' order; named as the first network names them. */
function average(runs: readonly Record<string, Tensor>[], model: string): Record<string, Tensor> {
  const columns = runs.map((run) => Object.entries(run));
  const mean: Record<string, Tensor> = {};
  for (const [index, [name, tensor]] of columns[0].entries()) {
    const tensors = columns.map((column) => column[index]?.[1]);
    if (tensors.some((other) => other?.data.length !== tensor.data.length)) {
      throw new Fault(
        `The files of the model '${model}' give outputs of different shapes; they cannot be averaged.`,
      );
    }
    const data = new Float32Array(tensor.data.length);
    for (const other of tensors) {
      for (let i = 0; i < data.length; i++) data[i] += Number(other.data[i]) / tensors.length;
    }
    mean[name] = { type: 'float32', dims: tensor.dims, data };
  }
  return mean;
}
