import { createHash } from 'node:crypto';
import { prepareFaces } from '../../engine/images/pipeline.ts';
import type { FaceImage, Preparation } from '../../engine/preparation.ts';
import type { Task } from '../../engine/types.ts';
import { NpyWriter } from '../../foundation/npy.ts';

export interface PackInput {
  /** `face` is the position in the list. */
  faces: FaceImage[];
  preparation: Preparation;
  /** .npy file to write: uint8, N×height×width×3, RGB, in the order of the faces that could be prepared. */
  path: string;
}

export interface PackOutput {
  packed: number;
  /** SHA-256 of all pixels in order, hex. */
  hash: string;
  /** Positions of the faces that are not in the file, ascending, and why. */
  rejects: { face: number; sentence: string }[];
}

const BATCH = 64;
const STAGE = 'Preparing pictures';

/**
 * Cuts all faces once, so that no epoch waits for decoding. Grey levels are rounded to whole ones, as they are in the
 * aligned JPEG files of public training sets.
 */
const pack: Task<PackInput, PackOutput> = async ({ faces, preparation, path }, { signal, progress }) => {
  const [width, height] = preparation.size;
  const pixels: Preparation = {
    ...preparation,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
    layout: 'nhwc',
  };
  const writer = new NpyWriter(path, [height, width, 3], '|u1');
  const hash = createHash('sha256');
  const rejects: PackOutput['rejects'] = [];
  try {
    let done = 0;
    for await (const prepared of prepareFaces(faces, pixels, { batch: BATCH, signal })) {
      // Clamped arrays round to the nearest whole number.
      const rounded = Uint8ClampedArray.from(prepared.tensor);
      const rows = new Uint8Array(rounded.buffer);
      writer.append(rows);
      hash.update(rows);
      rejects.push(...prepared.rejects);
      done += prepared.faces.length + prepared.rejects.length;
      progress({ stage: STAGE, done, total: faces.length, unit: 'pictures' });
    }
  } finally {
    writer.close();
  }
  return { packed: writer.rows, hash: hash.digest('hex'), rejects: rejects.sort((a, b) => a.face - b.face) };
};
export default pack;
