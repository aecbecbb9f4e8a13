import { type Lanes, lanesAt, openLanes } from '../../engine/lanes/lanes.ts';
import type { DeviceChoice, Placement, Task } from '../../engine/types.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import { FaceSearch, GROUP, load } from './face-search.ts';
import type { PictureFinding, PictureRequest, SearchSettings } from './finding.ts';

export interface DetectionInput extends SearchSettings {
  pictures: readonly PictureRequest[];
  device: DeviceChoice;
}

export interface DetectionOutput {
  placement: Placement;
  /** From the first picture to the last finding, without opening the networks. */
  seconds: number;
}

const LANE = new URL('./detect-lane.ts', import.meta.url);

/** Looks for faces: on a GPU beside the threads that decode, on the CPU in lanes that do both. */
const detect: Task<DetectionInput, DetectionOutput> = async ({ pictures, device, ...settings }, context) => {
  // Opened on this thread first: it says where the networks can run, and what cannot be opened fails here.
  const search = await FaceSearch.open(context.engine, settings, device);
  const paths = [...settings.detector.paths, ...(settings.landmarks?.paths ?? [])];
  const copies = lanesAt(search.placement, paths, { items: pictures.length, batch: GROUP });
  const placement = copies?.placement ?? search.placement;
  let lanes: Lanes<PictureRequest, PictureFinding[]> | undefined;
  if (copies !== undefined) {
    await search.dispose();
    lanes = await openLanes({ module: LANE, settings }, copies);
  }
  const begun = performance.now();
  const { signal } = context;
  try {
    let done = 0;
    for await (const findings of lanes?.run(pictures, { signal }) ?? searchBeside(search, pictures, signal)) {
      await context.part(findings);
      done += findings.length;
      context.progress({
        ...{ stage: 'Finding faces', done, total: pictures.length },
        ...{ unit: 'pictures', device: placement.name },
      });
    }
  } finally {
    await lanes?.close();
    await search.dispose();
  }
  return { placement, seconds: (performance.now() - begun) / 1000 };
};
export default detect;

/** The next pictures are decoded on other threads while the networks run on this one. */
async function* searchBeside(
  search: FaceSearch,
  pictures: readonly PictureRequest[],
  signal: AbortSignal,
): AsyncGenerator<PictureFinding[]> {
  let next = Promise.all(pictures.slice(0, GROUP).map(load));
  for (let from = 0; from < pictures.length; from += GROUP) {
    throwIfCancelled(signal);
    const group = await next;
    next = Promise.all(pictures.slice(from + GROUP, from + 2 * GROUP).map(load));
    yield await search.locate(group);
  }
}
