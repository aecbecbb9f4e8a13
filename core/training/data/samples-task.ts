import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Task } from '../../engine/types.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import { PackedPictures } from '../packed.ts';
import type { SampledBatch } from './sampler.ts';

export interface SamplesInput extends SampledBatch {
  /** .npy file of prepared pictures; the batch's rows are positions in it. */
  pictures: string;
  /** Where they are written: 0.png, 1.png, … in the order of the batch. */
  folder: string;
}

/** Writes pictures as a network is given them, mirrored ones mirrored, for people to look at. */
const samples: Task<SamplesInput, null> = async ({ pictures, folder, rows, mirrored }, { signal }) => {
  const packed = new PackedPictures(pictures);
  try {
    await mkdir(folder, { recursive: true });
    const { size } = packed;
    const plane = size * size;
    const values = packed.read({ rows, mirrored });
    for (let i = 0; i < rows.length; i++) {
      throwIfCancelled(signal);
      const pixels = Buffer.alloc(3 * plane);
      for (let at = 0; at < plane; at++) {
        for (let c = 0; c < 3; c++)
          pixels[3 * at + c] = Math.round(values[(3 * i + c) * plane + at] * 127.5 + 127.5);
      }
      await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
        .png()
        .toFile(join(folder, `${i}.png`));
    }
  } finally {
    packed.close();
  }
  return null;
};
export default samples;
