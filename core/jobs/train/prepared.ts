import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Preparation } from '../../engine/preparation.ts';
import type { EngineClient } from '../../engine/types.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { writeWhole } from '../../foundation/whole.ts';
import { textHash } from '../../models/hash.ts';
import type { Candidate } from '../../training/data/candidates.ts';
import type { PackInput, PackOutput } from '../../training/data/pack-task.ts';

const PACK = new URL('../../training/data/pack-task.ts', import.meta.url);

const record = z.object({
  key: z.string(),
  hash: z.string(),
  rejects: z.array(z.object({ face: z.int(), sentence: z.string() })),
});

export interface PreparedPictures {
  /** .npy file of the pictures that could be prepared, in the order of the faces. */
  path: string;
  /** SHA-256 of their pixels. */
  hash: string;
  /** Positions of the faces that are not in the file, and why. */
  rejects: PackOutput['rejects'];
}

const placesIn = (folder: string) => ({
  path: join(folder, 'pictures.npy'),
  said: join(folder, 'pictures.json'),
});

/** Cuts the faces of a run into its folder, where that was not done when it was started before. */
export async function preparePictures(
  engine: EngineClient,
  folder: string,
  list: string,
  faces: readonly Candidate[],
  preparation: Preparation,
  options: WorkOptions,
): Promise<PreparedPictures> {
  const { path, said } = placesIn(folder);
  const key = textHash(JSON.stringify([list, preparation]));
  if (existsSync(said) && existsSync(path)) {
    const known = record.safeParse(JSON.parse(readFileSync(said, 'utf8')));
    if (known.success && known.data.key === key) return { path, ...known.data };
  }
  rmSync(said, { force: true });
  const images = faces.map(({ image }) => image);
  const { hash, rejects } = await engine.run<PackInput, PackOutput>(
    PACK,
    { faces: images, preparation, path },
    options,
  );
  writeWhole(said, JSON.stringify({ key, hash, rejects }));
  return { path, hash, rejects };
}

/** Lets the prepared pictures of a finished run go. */
export function dropPictures(folder: string): void {
  for (const path of Object.values(placesIn(folder))) rmSync(path, { force: true });
}
