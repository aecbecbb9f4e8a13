import { prepareFaces } from '../../engine/images/pipeline.ts';
import type { FaceImage } from '../../engine/preparation.ts';
import type { DeviceChoice, Placement, Task } from '../../engine/types.ts';
import { Fault } from '../../foundation/fault.ts';
import { Network } from '../prelabel/network.ts';
import type { PreparedModel } from '../prepared.ts';
import { mirror } from './mirror.ts';

export interface EmbedTaskInput {
  model: PreparedModel;
  faces: readonly FaceImage[];
  device: DeviceChoice;
  /** Faces in one run. */
  batch: number;
  /** Add the features of the mirrored face, as verification protocols do (f(x) + f(mirrored x)). */
  flip: boolean;
}

/** Features of some faces: a matrix per output, in the order of the model's outputs. */
export interface EmbedPart {
  faces: Int32Array;
  rows: Float32Array[];
  rejects: { face: number; sentence: string }[];
}

export interface EmbedTaskOutput {
  placement: Placement;
}

/** Runs one network over faces and hands over its outputs batch by batch; decoding runs ahead on other threads. */
const embed: Task<EmbedTaskInput, EmbedTaskOutput> = async (input, { engine, part, progress, signal }) => {
  const { model, faces, device, batch, flip } = input;
  const network = await Network.open(engine, model, device);
  try {
    let done = 0;
    for await (const { faces: ids, tensor, rejects } of prepareFaces(faces, model.preparation, {
      batch,
      signal,
    })) {
      const rows: Float32Array[] = model.outputs.map(() => new Float32Array(0));
      if (ids.length > 0) {
        const straight = await network.run(tensor, ids.length);
        const mirrored = flip ? await network.run(mirror(tensor, model.preparation), ids.length) : undefined;
        for (const [o, output] of model.outputs.entries()) {
          const data = rowsOf(straight[output.name]?.data, output, ids.length, model.manifest.name);
          if (mirrored) {
            const other = rowsOf(mirrored[output.name]?.data, output, ids.length, model.manifest.name);
            for (let i = 0; i < data.length; i++) data[i] += other[i];
          }
          rows[o] = data;
        }
      }
      await part({ faces: ids, rows, rejects } satisfies EmbedPart);
      done += ids.length + rejects.length;
      progress({
        stage: 'Embedding',
        done,
        total: faces.length,
        unit: 'faces',
        device: network.placement.name,
      });
    }
    return { placement: network.placement };
  } finally {
    await network.dispose();
  }
};

/** The output as float32 rows of its own. @throws Fault when it does not have one row per face */
function rowsOf(
  data: ArrayLike<number | bigint> | undefined,
  output: PreparedModel['outputs'][number],
  items: number,
  model: string,
): Float32Array {
  if (data === undefined || data.length !== items * output.dimensions) {
    throw new Fault(
      `The output '${output.name}' of '${model}' has ${data?.length ?? 0} numbers for ${items} faces; ${items * output.dimensions} were expected.`,
    );
  }
  return Float32Array.from(data as ArrayLike<number>, Number);
}

export default embed;
