import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { run } from '../../cli/run.ts';

export type Colour = readonly [red: number, green: number, blue: number];

const SIDE = 64;

/** A black picture whose quarters (left to right, top to bottom) have colours. */
export async function quarterPicture(path: string, colours: Readonly<Record<number, Colour>>): Promise<void> {
  const data = Buffer.alloc(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const colour = colours[(y < SIDE / 2 ? 0 : 2) + (x < SIDE / 2 ? 0 : 1)];
      if (colour) data.set(colour, (y * SIDE + x) * 3);
    }
  }
  await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toFile(path);
}

/** A project over a plain folder of such pictures. */
export async function projectOfPictures(
  folder: string,
  pictures: Readonly<Record<string, Readonly<Record<number, Colour>>>>,
): Promise<string> {
  const images = join(folder, 'pictures');
  mkdirSync(images, { recursive: true });
  for (const [name, colours] of Object.entries(pictures)) await quarterPicture(join(images, name), colours);
  const project = join(folder, 'P.visage');
  for (const words of [
    ['new', project],
    ['import', project, images, '--format', 'folder'],
  ]) {
    const { code, err } = await run(words);
    if (code !== 0) throw new Error(err);
  }
  return project;
}

export async function addModel(project: string, files: readonly string[]): Promise<void> {
  const { code, err } = await run(['models', project, 'add', ...files]);
  if (code !== 0) throw new Error(err);
}
