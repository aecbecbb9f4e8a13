import type * as Ort from 'onnxruntime-node';
import { Fault } from '../../foundation/fault.ts';
import type { Placement, Session, SessionInput, Tensor } from '../types.ts';
import { modelFault } from './faults.ts';
import { fromOrt, toOrt } from './tensors.ts';

function declared(
  metadata: Ort.InferenceSession.ValueMetadata,
  model: string,
): SessionInput & { ort: string } {
  if (!metadata.isTensor) {
    throw new Fault(`The network '${model}' cannot be run: its input '${metadata.name}' is not a tensor.`);
  }
  const type = metadata.type === 'float16' ? 'float32' : metadata.type;
  return {
    name: metadata.name,
    type: type as Tensor['type'],
    dims: metadata.shape.map((side) => (typeof side === 'number' && side >= 0 ? side : -1)),
    ort: metadata.type,
  };
}

/** A graph on a device. Runs block the thread, so two of them never overlap on one GPU. */
export class OrtSession implements Session {
  readonly placement: Placement;
  readonly inputs: readonly SessionInput[];
  readonly outputs: readonly string[];
  readonly #session: Ort.InferenceSession;
  readonly #model: string;
  readonly #types = new Map<string, string>();
  readonly #onDispose: (session: OrtSession) => void;
  #disposed = false;

  constructor(
    session: Ort.InferenceSession,
    model: string,
    placement: Placement,
    onDispose: (session: OrtSession) => void,
  ) {
    this.#session = session;
    this.#model = model;
    this.placement = placement;
    this.#onDispose = onDispose;
    const inputs = session.inputMetadata.map((metadata) => declared(metadata, model));
    for (const input of inputs) this.#types.set(input.name, input.ort);
    this.inputs = inputs.map(({ name, type, dims }) => ({ name, type, dims }));
    this.outputs = session.outputNames;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted: readonly string[] = this.outputs,
  ): Promise<Record<string, Tensor>> {
    if (this.#disposed) throw new Error(`The session of '${this.#model}' was disposed.`);
    const given: Record<string, Ort.Tensor> = {};
    for (const [name, tensor] of Object.entries(feeds)) {
      const type = this.#types.get(name);
      if (type === undefined) {
        throw new Fault(
          `The network '${this.#model}' has no input '${name}'; it has: ${[...this.#types.keys()].join(', ')}.`,
        );
      }
      given[name] = toOrt(tensor, type, name);
    }
    for (const name of wanted) {
      if (!this.outputs.includes(name)) {
        throw new Fault(
          `The network '${this.#model}' has no output '${name}'; it has: ${this.outputs.slice(0, 50).join(', ')}.`,
        );
      }
    }
    let results: Ort.InferenceSession.ReturnType;
    try {
      results = await this.#session.run(given, [...wanted]);
    } catch (thrown) {
      throw modelFault(this.#model, `be run on ${this.placement.name}`, thrown);
    }
    const outputs: Record<string, Tensor> = {};
    for (const name of wanted) outputs[name] = fromOrt(results[name] as Ort.Tensor, name);
    return outputs;
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#onDispose(this);
    await this.#session.release();
  }
}
