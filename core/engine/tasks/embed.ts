import { type EmbeddedFaces, FeatureNetwork, type NetworkPlan } from '../embedding/network.ts';
import { prepareFaces } from '../images/pipeline.ts';
import { type Lanes, lanesAt, openLanes } from '../lanes/lanes.ts';
import type { FaceImage } from '../preparation.ts';
import type { DeviceChoice, Placement, Task } from '../types.ts';

export interface EmbedTaskInput {
  plan: NetworkPlan;
  faces: readonly FaceImage[];
  device: DeviceChoice;
  /** Faces per run; chosen by the device where it is absent. */
  batch?: number;
}

/** A finished batch. */
export interface EmbedPart extends EmbeddedFaces {
  /** Where it ran. */
  device: string;
}

export interface EmbedTaskOutput {
  placement: Placement;
  batch: number;
  /** From the first picture to the last row, without opening the network, in seconds. */
  seconds: number;
}

const LANE = new URL('../embedding/embed-lane.ts', import.meta.url);

/** More in one run does not make a CPU faster, and a cancelled job waits for the run; GPUs want more to do at once. */
const CPU_BATCH = 8;
const GPU_BATCH = 64;

/** Features of faces: on a GPU beside the threads that decode, on the CPU in lanes that do both. */
const embed: Task<EmbedTaskInput, EmbedTaskOutput> = async (input, context) => {
  const { plan, faces } = input;
  const { signal } = context;
  // Opened on this thread first: it says where the network can run, and a network that cannot be opened fails here.
  const network = await FeatureNetwork.open(context.engine, plan, {
    device: input.device,
    batch: Math.max(1, Math.min(input.batch ?? CPU_BATCH, faces.length)),
  });
  let { placement } = network;
  const cpu = placement.device === 'cpu';
  const batch = input.batch ?? (cpu ? CPU_BATCH : GPU_BATCH);

  const copies = lanesAt(placement, plan.paths, { items: faces.length, batch });
  let lanes: Lanes<FaceImage, EmbeddedFaces> | undefined;
  if (copies !== undefined) {
    await network.dispose();
    lanes = await openLanes({ module: LANE, settings: plan }, copies);
    placement = copies.placement;
  }

  const begun = performance.now();
  const batches = lanes?.run(faces, { signal }) ?? embedBeside(network, faces, batch, signal);
  try {
    let done = 0;
    let accepted: Promise<void> = Promise.resolve();
    for await (const embedded of batches) {
      // One part may be on its way to the disk while the next is made.
      await accepted;
      const part: EmbedPart = { ...embedded, device: placement.name };
      done += embedded.faces.length + embedded.rejects.length;
      const total = done;
      accepted = context.part(part).then(() =>
        context.progress({
          stage: 'Embedding faces',
          done: total,
          total: faces.length,
          unit: 'faces',
          device: placement.name,
        }),
      );
      accepted.catch(() => {});
    }
    await accepted;
    return { placement, batch, seconds: (performance.now() - begun) / 1000 };
  } finally {
    await lanes?.close();
  }
};
export default embed;

async function* embedBeside(
  network: FeatureNetwork,
  faces: readonly FaceImage[],
  batch: number,
  signal: AbortSignal,
): AsyncGenerator<EmbeddedFaces> {
  for await (const prepared of prepareFaces(faces, network.plan.preparation, { batch, signal })) {
    const { faces: ids, tensor, rejects } = prepared;
    const rows = ids.length === 0 ? [] : await network.rows(tensor, ids.length);
    yield { faces: ids, rows: rows.map((values) => Float32Array.from(values)), rejects };
  }
}
