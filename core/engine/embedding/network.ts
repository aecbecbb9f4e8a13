import { existsSync } from 'node:fs';
import { Fault } from '../../foundation/fault.ts';
import { Model } from '../../graph/model.ts';
import { withSampleGroups } from '../../graph/sample-groups.ts';
import { inputLength } from '../images/normalise.ts';
import type { Reject } from '../images/pipeline.ts';
import type { Preparation } from '../preparation.ts';
import type { DeviceChoice, Engine, Placement, Session, Tensor } from '../types.ts';
import { mirror } from './mirror.ts';

/** What is run to get features, as plain data that crosses threads and processes. */
export interface NetworkPlan {
  /** One ONNX file per network of an ensemble; all have the same input and outputs in the same order. */
  paths: readonly string[];
  inputName: string;
  /** Graph outputs to read. */
  outputs: readonly string[];
  preparation: Preparation;
  /** Faces per run that the graph takes: 'free', or exactly this many. */
  graphBatch: number | 'free';
  /** Add the features of the mirrored face, as verification protocols do. */
  flip: boolean;
}

/** The features of some faces. */
export interface EmbeddedFaces {
  faces: Int32Array;
  /** Per output: one row per face, one after the other. */
  rows: Float32Array[];
  rejects: Reject[];
}

/** The networks of one model on one device: inputs in, one row of numbers per face and output out. */
export class FeatureNetwork {
  readonly plan: NetworkPlan;
  readonly placement: Placement;
  readonly #sessions: readonly Session[];
  readonly #batch: number | 'free';
  #mirrored = new Float32Array(0);

  private constructor(plan: NetworkPlan, sessions: readonly Session[], batch: number | 'free') {
    this.plan = plan;
    this.#batch = batch;
    this.#sessions = sessions;
    this.placement = sessions[0].placement;
  }

  /** @param options.batch faces of most runs: networks can be written for exactly so many where that saves time */
  static async open(
    engine: Engine,
    plan: NetworkPlan,
    options: { device: DeviceChoice; threads?: number; batch?: number },
  ): Promise<FeatureNetwork> {
    const { threads, batch } = options;
    const sessions: Session[] = [];
    let fixed = plan.graphBatch;
    for (const path of plan.paths) {
      // All networks of an ensemble run where the first one does.
      const device = sessions[0]?.placement.device ?? options.device;
      const known = batch !== undefined && plan.graphBatch === 'free' && (await onProcessor(engine, device));
      const grouped = known && existsSync(path) ? withSampleGroups(Model.read(path), batch) : undefined;
      if (grouped !== undefined) fixed = batch as number;
      sessions.push(await engine.open(grouped?.encode() ?? path, { threads, device }));
    }
    return new FeatureNetwork(plan, sessions, fixed);
  }

  /**
   * @param inputs `count` inputs, one after the other
   * @returns per output of the plan: count rows, one after the other; the mean over the networks
   */
  async rows(inputs: Float32Array, count: number): Promise<Float32Array[]> {
    const sums = await this.#sum(inputs, count);
    if (this.plan.flip) {
      if (this.#mirrored.length < inputs.length) this.#mirrored = new Float32Array(inputs.length);
      const mirrored = this.#mirrored.subarray(0, inputs.length);
      mirror(inputs, this.plan.preparation, mirrored);
      const others = await this.#sum(mirrored, count);
      for (const [o, sum] of sums.entries()) {
        for (let i = 0; i < sum.length; i++) sum[i] += others[o][i];
      }
    }
    return sums;
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions) await session.dispose();
  }

  async #sum(inputs: Float32Array, count: number): Promise<Float32Array[]> {
    const graphBatch = this.#batch;
    const { preparation } = this.plan;
    if (graphBatch === 'free' || graphBatch === count) return this.#run(inputs, count);
    const length = inputLength(preparation);
    const rows: Float32Array[][] = [];
    for (let from = 0; from < count; from += graphBatch) {
      const here = Math.min(graphBatch, count - from);
      let part = inputs.subarray(from * length, (from + here) * length);
      if (here < graphBatch) {
        const padded = new Float32Array(graphBatch * length);
        padded.set(part);
        part = padded;
      }
      const full = await this.#run(part, graphBatch);
      rows.push(full.map((values) => values.subarray(0, (values.length / graphBatch) * here)));
    }
    return rows[0].map((_, o) => joined(rows.map((run) => run[o])));
  }

  async #run(inputs: Float32Array, count: number): Promise<Float32Array[]> {
    const { inputName, outputs, preparation } = this.plan;
    const [width, height] = preparation.size;
    const dims = preparation.layout === 'nchw' ? [count, 3, height, width] : [count, height, width, 3];
    const input: Tensor = { type: 'float32', dims, data: inputs };
    let mean: Float32Array[] | undefined;
    for (const session of this.#sessions) {
      const results = await session.run({ [inputName]: input }, outputs);
      const values = outputs.map((name) => numbersOf(results[name], name, count));
      if (mean === undefined) mean = values;
      else for (const [o, sum] of mean.entries()) add(sum, values[o], outputs[o]);
    }
    const networks = this.#sessions.length;
    if (mean === undefined) throw new Error('A plan without a network.');
    if (networks > 1) for (const sum of mean) for (let i = 0; i < sum.length; i++) sum[i] /= networks;
    return mean;
  }
}

/** Whether ONNX Runtime's CPU would run it: the one place where samples as groups were found to be faster. */
async function onProcessor(engine: Engine, choice: DeviceChoice): Promise<boolean> {
  const placement = await engine.place(choice);
  return placement.engine === 'ort' && placement.device === 'cpu';
}

function numbersOf(tensor: Tensor, name: string, count: number): Float32Array {
  if (tensor.dims[0] !== count && tensor.data.length % count !== 0) {
    throw new Fault(
      `The output '${name}' has the shape [${tensor.dims.join(', ')}] for ${count} faces, so it does not give one row per face.`,
    );
  }
  return tensor.data instanceof Float32Array
    ? tensor.data
    : Float32Array.from(tensor.data as Int32Array, Number);
}

function add(sum: Float32Array, values: Float32Array, name: string): void {
  if (sum.length !== values.length) {
    throw new Fault(`The networks of this model give '${name}' in different sizes and cannot be averaged.`);
  }
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
