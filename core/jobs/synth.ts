import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import { makeFolders, takeBack, writeWhole } from '../foundation/whole.ts';
import { checkSettings, type FaceSettings, faceOf, locate } from '../synthetic/faces.ts';
import { FaceRenderer, RENDERER_VERSION, type RenderedFace } from '../synthetic/render.ts';
import { renderFaces } from '../synthetic/stream.ts';
import { columnsOf, rowOf } from '../synthetic/table.ts';

export interface SynthInput extends FaceSettings {
  folder: string;
  /** Side in pixels, 64 … 512; 112 if left out. */
  size?: number;
  format?: 'jpg' | 'png';
}

export interface SynthResult {
  faces: number;
  identities: number;
  folder: string;
  /** Faces drawn by this run; fewer than `faces` when it went on with an earlier one. */
  drawn: number;
  seconds: number;
  facesPerSecond: number;
}

const JPEG_QUALITY = 92;

/** What has to be the same for a run to go on in a folder. */
function recordOf(input: SynthInput): Record<string, unknown> {
  return {
    generator: 'visage synth',
    rendererVersion: RENDERER_VERSION,
    seed: input.seed,
    faces: input.faces,
    identities: input.identities,
    size: input.size ?? 112,
    balanced: input.balanced ?? false,
    format: input.format ?? 'jpg',
  };
}

function prepare(input: SynthInput): void {
  const folder = resolve(input.folder);
  const wanted = `${JSON.stringify(recordOf(input), null, 2)}\n`;
  const record = join(folder, 'synthetic.json');
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Fault(`'${folder}' is a file; a folder is expected.`);
    if (existsSync(record)) {
      if (readFileSync(record, 'utf8') === wanted) return;
      throw new Fault(
        `'${folder}' holds synthetic faces of other settings (see its synthetic.json); choose another folder, or the same settings to go on.`,
      );
    }
    if (readdirSync(folder).length > 0) {
      throw new Fault(`'${folder}' is not empty; synthetic faces go to a new or empty folder.`);
    }
  }
  const above = makeFolders(folder);
  try {
    makeFolders(join(folder, 'images'));
    writeWhole(record, wanted);
  } catch (thrown) {
    // Without its record nothing could go on with it.
    rmSync(join(folder, 'images'), { recursive: true, force: true });
    takeBack(folder, above);
    throw thrown;
  }
}

/** Digits that the largest of n numbers (0 … n − 1) needs, at least `least`. */
const digits = (n: number, least: number): number => Math.max(least, String(n - 1).length);

/** Folder and file of the face at an index, relative to the set's folder. */
export function placeOf(input: SynthInput, index: number): { identity: string; file: string } {
  const { identity, picture } = locate(input, index);
  const name = String(identity).padStart(digits(input.identities, 5), '0');
  const most = Math.ceil(input.faces / input.identities);
  const number = String(picture).padStart(digits(most, 3), '0');
  return { identity: name, file: `images/${name}/${number}.${input.format ?? 'jpg'}` };
}

async function encode(face: RenderedFace, format: 'jpg' | 'png'): Promise<Buffer> {
  const image = sharp(face.pixels, { raw: { width: face.size, height: face.size, channels: 3 } });
  return format === 'png'
    ? image.png().toBuffer()
    : image.jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' }).toBuffer();
}

/**
 * Draws a set of synthetic faces into a folder: `images/<identity>/<n>.jpg`, `faces.csv` (see table.ts) and
 * `synthetic.json`. A run that was cut off goes on with the files that are missing.
 * @throws Fault when the folder holds anything else, or a setting is out of range
 */
export async function synth(input: SynthInput, options: WorkOptions = {}): Promise<SynthResult> {
  checkSettings(input);
  const size = input.size ?? 112;
  const format = input.format ?? 'jpg';
  const geometry = new FaceRenderer(size);
  prepare(input);
  const folder = resolve(input.folder);
  const begun = performance.now();
  const missing: number[] = [];
  const made = new Set<string>();
  for (let index = 0; index < input.faces; index++) {
    const { identity, file } = placeOf(input, index);
    if (!made.has(identity)) {
      makeFolders(join(folder, 'images', identity));
      made.add(identity);
    }
    if (!existsSync(join(folder, file))) missing.push(index);
  }
  const rows = new Map<number, string>();
  let columns = '';
  const already = input.faces - missing.length;
  const onProgress: WorkOptions['onProgress'] = (progress) =>
    options.onProgress?.({ ...progress, done: already + progress.done, total: input.faces });
  // A few pictures are encoded and written while the next are drawn.
  const pending = new Set<Promise<void>>();
  let failure: unknown;
  let at = 0;
  if (missing.length > 0) {
    for await (const face of renderFaces(
      { ...input, size, indices: missing },
      { signal: options.signal, onProgress },
    )) {
      const index = missing[at++];
      const { identity, file } = placeOf(input, index);
      columns ||= columnsOf(face).join(',');
      rows.set(index, rowOf(file, identity, face));
      const written = encode(face, format)
        .then((bytes) => {
          writeWhole(join(folder, file), bytes, { durable: false });
        })
        .catch((thrown: unknown) => {
          failure ??= thrown;
        })
        .finally(() => pending.delete(written));
      pending.add(written);
      if (pending.size >= 8) await Promise.race(pending);
      if (failure !== undefined) throw failure;
    }
    await Promise.all(pending);
    if (failure !== undefined) throw failure;
  }
  const drawSeconds = (performance.now() - begun) / 1000;
  // The labels of faces that an earlier run drew come from the same parameters again.
  const lines: string[] = [];
  for (let index = 0; index < input.faces; index++) {
    let row = rows.get(index);
    if (row === undefined) {
      if (index % 64 === 0) throwIfCancelled(options.signal);
      const face = geometry.describe(faceOf(input, index));
      columns ||= columnsOf(face).join(',');
      const { identity, file } = placeOf(input, index);
      row = rowOf(file, identity, face);
    }
    lines.push(row);
  }
  const table = join(folder, 'faces.csv');
  writeWhole(table, `${columns}\n${lines.join('\n')}\n`);
  const seconds = (performance.now() - begun) / 1000;
  return {
    faces: input.faces,
    identities: input.identities,
    folder,
    drawn: missing.length,
    seconds: Math.round(seconds * 1000) / 1000,
    facesPerSecond: missing.length === 0 ? 0 : Math.round((missing.length / drawSeconds) * 10) / 10,
  };
}
