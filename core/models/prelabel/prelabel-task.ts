import { prepareFacesForMany } from '../../engine/images/pipeline.ts';
import type { FaceImage } from '../../engine/preparation.ts';
import type { DeviceChoice, Placement, Task, Tensor } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import type { PreparedModel } from '../prepared.ts';
import { Network } from './network.ts';
import { checkReading, type Reading } from './readings.ts';
import { type NetworkSaid, readRows } from './said.ts';

/** Faces that go through the networks together and are handed over as one part. */
const GROUP = 32;

export interface PrelabelInput {
  networks: readonly PreparedModel[];
  /** Faces of one picture stand one after the other: the picture is decoded once for all of them and all networks. */
  faces: readonly FaceImage[];
  device: DeviceChoice;
}

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

export interface PrelabelOutput {
  placements: Placement[];
  seconds: number;
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

/** Lets several networks look at each face: every picture is decoded once and cut for each network. */
const prelabel: Task<PrelabelInput, PrelabelOutput> = async (input, { engine, part, progress, signal }) => {
  const networks: Network[] = [];
  const begun = performance.now();
  try {
    for (const prepared of input.networks)
      networks.push(await Network.open(engine, prepared, input.device, GROUP));
    const preparations = input.networks.map(({ preparation }) => preparation);
    let done = 0;
    for await (const batch of prepareFacesForMany(input.faces, preparations, { batch: GROUP, signal })) {
      const faces = input.faces.slice(done, done + GROUP);
      const said: NetworkSaid[] = [];
      for (const [index, network] of networks.entries()) {
        const { faces: seen, tensor } = batch.prepared[index];
        if (seen.length > 0) said.push(await sayAll(network, index, seen, tensor));
      }
      const rejects = batch.rejects.flatMap((of, network) =>
        of.map(({ face, sentence }) => ({ face, network, reason: sentence })),
      );
      await part({ faces: Int32Array.from(faces, ({ face }) => face), said, rejects } satisfies PrelabelPart);
      done += faces.length;
      progress({
        stage: 'Pre-labelling',
        done,
        total: input.faces.length,
        unit: 'faces',
        device: networks[0].placement.name,
      });
    }
  } finally {
    for (const network of networks) await network.dispose();
  }
  return {
    placements: networks.map(({ placement }) => placement),
    seconds: (performance.now() - begun) / 1000,
  };
};

export default prelabel;
