import { prepareFaces } from '../../engine/images/pipeline.ts';
import type { Crop, FaceImage, Preparation } from '../../engine/preparation.ts';
import type { Task } from '../../engine/types.ts';

export interface MeanFacesInput {
  /** Faces of each picture to make. */
  groups: readonly (readonly FaceImage[])[];
  crop: Crop;
  /** Side in pixels. */
  size: number;
}

/** The mean of one group's pictures. */
export interface MeanFace {
  /** Index of the group. */
  group: number;
  /** Faces that it is the mean of; 0 when none could be cut. */
  faces: number;
  /** RGB, interleaved, size × size. */
  pixels: Uint8Array;
}

const BATCH = 32;

/** Averages the crops of groups of faces pixel by pixel (thesis Fig 5.7); each finished picture is a part. */
const meanFaces: Task<MeanFacesInput, null> = async ({ groups, crop, size }, { part, progress, signal }) => {
  const preparation: Preparation = {
    size: [size, size],
    crop,
    channels: 'rgb',
    mean: [0, 0, 0],
    std: [1, 1, 1],
    layout: 'nhwc',
  };
  const length = 3 * size * size;
  const total = groups.reduce((sum, faces) => sum + faces.length, 0);
  let done = 0;
  for (const [group, faces] of groups.entries()) {
    const sum = new Float64Array(length);
    let count = 0;
    for await (const batch of prepareFaces(faces, preparation, { batch: BATCH, signal })) {
      for (let i = 0; i < batch.faces.length; i++) {
        for (let p = 0; p < length; p++) sum[p] += batch.tensor[i * length + p];
      }
      count += batch.faces.length;
      done += batch.faces.length + batch.rejects.length;
      progress({ stage: 'Averaging faces', done, total, unit: 'faces' });
    }
    const pixels = Uint8Array.from(sum, (value) => (count === 0 ? 0 : Math.round(value / count)));
    await part({ group, faces: count, pixels } satisfies MeanFace);
  }
  return null;
};

export default meanFaces;
