import type { DeviceChoice, TaskContext } from '../engine/types.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Model } from '../graph/model.ts';
import type { PackedPictures } from './packed.ts';

const BATCH = 64;

export interface FeatureInput {
  /** Name of the value that is wanted, N×D. */
  value: string;
  pictures: PackedPictures;
  /** Positions of the pictures. */
  rows: Int32Array;
  /** Adds the value of the mirrored picture. */
  flip?: boolean;
  device: DeviceChoice;
  /** What is told to be going on. */
  stage: string;
}

/** A value of a network, in its inference form, for pictures of a run: one row each. */
export async function featuresOf(
  network: Model,
  { value, pictures, rows, flip = false, device, stage }: FeatureInput,
  { engine, signal, progress }: TaskContext,
): Promise<{ data: Float32Array; columns: number }> {
  const [image] = network.graph.fedInputs();
  const b = GraphBuilder.onto(network.copy());
  const model = b.model([b.value(value)]);
  const session = await engine.open(model.encode(), { device });
  try {
    let data = new Float32Array(0);
    let columns = 0;
    for (let from = 0; from < rows.length; from += BATCH) {
      throwIfCancelled(signal);
      const some = rows.subarray(from, from + BATCH);
      const dims = [some.length, 3, pictures.size, pictures.size];
      for (const mirrored of flip ? [0, 1] : [0]) {
        const pixels = pictures.read({ rows: some, mirrored: new Uint8Array(some.length).fill(mirrored) });
        const found = (await session.run({ [image.name]: { type: 'float32', data: pixels, dims } }))[value];
        columns = found.dims[1];
        if (data.length === 0) data = new Float32Array(rows.length * columns);
        for (let i = 0; i < found.data.length; i++) data[from * columns + i] += found.data[i] as number;
      }
      progress({ stage, done: from + some.length, total: rows.length, unit: 'pictures' });
    }
    return { data, columns };
  } finally {
    await session.dispose();
  }
}
