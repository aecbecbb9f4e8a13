import { prepareFacesForMany } from '../../engine/images/pipeline.ts';
import { type Lanes, lanesAt, openLanes } from '../../engine/lanes/lanes.ts';
import type { FaceImage } from '../../engine/preparation.ts';
import type { DeviceChoice, Placement, Task } from '../../engine/types.ts';
import type { PreparedModel } from '../prepared.ts';
import { GROUP, type PrelabelPart, Speakers } from './speakers.ts';

export interface PrelabelInput {
  networks: readonly PreparedModel[];
  /** Faces of one picture stand one after the other: the picture is decoded once for all of them and all networks. */
  faces: readonly FaceImage[];
  device: DeviceChoice;
}

export interface PrelabelOutput {
  placements: Placement[];
  /** From the first picture to the last label, without opening the networks. */
  seconds: number;
}

const LANE = new URL('./prelabel-lane.ts', import.meta.url);

/** Lets several networks look at each face: every picture is decoded once and cut for each network. */
const prelabel: Task<PrelabelInput, PrelabelOutput> = async ({ networks, faces, device }, context) => {
  // Opened on this thread first: it says where the networks can run, and what cannot be opened fails here.
  const speakers = await Speakers.open(context.engine, networks, device);
  const [first] = speakers.placements;
  const paths = networks.flatMap((network) => network.paths);
  const copies = speakers.placements.every((placement) => placement.device === first.device)
    ? lanesAt(first, paths, { items: faces.length, batch: GROUP })
    : undefined;
  const placements = speakers.placements.map((placement) => copies?.placement ?? placement);
  let lanes: Lanes<FaceImage, PrelabelPart> | undefined;
  if (copies !== undefined) {
    await speakers.dispose();
    lanes = await openLanes({ module: LANE, settings: networks }, copies);
  }
  const begun = performance.now();
  const { signal } = context;
  try {
    let done = 0;
    for await (const part of lanes?.run(faces, { signal }) ?? sayBeside(speakers, networks, faces, signal)) {
      await context.part(part);
      done += part.faces.length;
      context.progress({
        ...{ stage: 'Pre-labelling', done, total: faces.length },
        ...{ unit: 'faces', device: placements[0].name },
      });
    }
  } finally {
    await lanes?.close();
    await speakers.dispose();
  }
  return { placements, seconds: (performance.now() - begun) / 1000 };
};
export default prelabel;

async function* sayBeside(
  speakers: Speakers,
  networks: readonly PreparedModel[],
  faces: readonly FaceImage[],
  signal: AbortSignal,
): AsyncGenerator<PrelabelPart> {
  const preparations = networks.map(({ preparation }) => preparation);
  let done = 0;
  for await (const batch of prepareFacesForMany(faces, preparations, { batch: GROUP, signal })) {
    const here = faces.slice(done, done + GROUP);
    yield await speakers.say(
      Int32Array.from(here, ({ face }) => face),
      batch,
    );
    done += here.length;
  }
}
