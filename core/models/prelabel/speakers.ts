import type { PreparedForMany } from '../../engine/images/pipeline.ts';
import type { DeviceChoice, Engine, Placement, Tensor } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { PreparedModel } from '../prepared.ts';
import { Network } from './network.ts';
import { checkReading, type Reading } from './readings.ts';
import { type NetworkSaid, readRows } from './said.ts';

/** Faces that go through the networks together and are handed over as one part. */
export const GROUP = 16;

/** A face of which a network could say nothing. */
export interface PrelabelReject {
  face: number;
  /** Index of the network in the input. */
  network: number;
  reason: string;
}

export interface PrelabelPart {
  /** Ids of the faces that are done. */
  faces: Int32Array;
  said: NetworkSaid[];
  rejects: PrelabelReject[];
}

/** Rows of an output: one per face. @throws Fault when the output is not there or not of one row per face. */
function rowsOf(outputs: Readonly<Record<string, Tensor>>, reading: Reading, items: number, model: string) {
  const tensor = outputs[reading.output];
  if (!tensor) {
    throw new Fault(
      `The manifest of '${model}' reads '${reading.output}', which the network does not give; it gives: ${Object.keys(outputs).join(', ')}.`,
    );
  }
  const columns = tensor.data.length / items;
  checkReading(reading, columns, model);
  return (item: number): ArrayLike<number> =>
    Float64Array.from({ length: columns }, (_, i) => Number(tensor.data[item * columns + i]));
}

async function sayAll(
  network: Network,
  index: number,
  faces: Int32Array,
  pixels: Float32Array,
): Promise<NetworkSaid> {
  const { manifest } = network.prepared;
  const outputs = await network.run(pixels, faces.length);
  const readings = manifest.readings.map((reading) =>
    readRows(reading, faces.length, rowsOf(outputs, reading, faces.length, manifest.name)),
  );
  return { network: index, faces, readings };
}

/** Several networks that look at the same faces. */
export class Speakers {
  readonly placements: readonly Placement[];
  readonly #networks: readonly Network[];

  private constructor(networks: readonly Network[]) {
    this.placements = networks.map(({ placement }) => placement);
    this.#networks = networks;
  }

  static async open(
    engine: Engine,
    models: readonly PreparedModel[],
    device: DeviceChoice,
    threads?: number,
  ): Promise<Speakers> {
    const networks: Network[] = [];
    try {
      for (const model of models) networks.push(await Network.open(engine, model, device, GROUP, threads));
    } catch (thrown) {
      for (const network of networks) await network.dispose();
      throw thrown;
    }
    return new Speakers(networks);
  }

  /** @param faces ids of all faces of the batch, those that some network cannot be given among them */
  async say(faces: Int32Array, batch: PreparedForMany): Promise<PrelabelPart> {
    const said: NetworkSaid[] = [];
    for (const [index, network] of this.#networks.entries()) {
      const { faces: seen, tensor } = batch.prepared[index];
      if (seen.length > 0) said.push(await sayAll(network, index, seen, tensor));
    }
    const rejects = batch.rejects.flatMap((of, network) =>
      of.map(({ face, sentence }) => ({ face, network, reason: sentence })),
    );
    return { faces, said, rejects };
  }

  async dispose(): Promise<void> {
    for (const network of this.#networks) await network.dispose();
  }
}
