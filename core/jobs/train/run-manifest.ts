import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { writeWhole } from '../../foundation/whole.ts';
import type { Recipe } from './recipe.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What `visage train --json` prints. */
const trainResult = z.object({
  /** The run's folder. */
  run: z.string(),
  name: z.string(),
  network: z.string(),
  parameters: z.int(),
  /** Faces with identities, pictures of them that were trained on, and their identities. */
  faces: z.int(),
  pictures: z.int(),
  classes: z.int(),
  rejected: z.int(),
  rejects: z.array(z.object({ path: z.string(), reason: z.string() })),
  epochs: z.int(),
  /** Changes of the weights, and the one that was gone on from. */
  steps: z.int(),
  resumed: z.int(),
  /** Means over the last epoch. */
  loss: z.number(),
  accuracy: z.number(),
  /** Verification accuracy after the last epoch on people who were held out, 0…1. */
  validation: z.number().nullable().default(null),
  imagesPerSecond: z.number(),
  seconds: z.number(),
  device: z.string(),
  reason: z.string(),
  /** The trained network, its manifest, and its content hash. */
  file: z.string(),
  manifest: z.string(),
  hash,
  /** Name in the project, where it was taken into it. */
  model: z.string().nullable(),
  remarks: z.array(z.string()),
  /** How often the engine process died and was started again. */
  restarts: z.int(),
});
export type TrainResult = z.infer<typeof trainResult>;

/** What a run's folder says of it, in run.json: enough to do it again, and to know that it was the same. */
const runManifest = z.object({
  format: z.literal('visage-run-1'),
  name: z.string(),
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  problem: z.string().nullable(),
  /** The recipe in full, with its seed. */
  recipe: z.record(z.string(), z.unknown()),
  /** What it was started with, to go on with it by its name; null in records of versions that did not keep it. */
  input: z.record(z.string(), z.unknown()).nullable().default(null),
  data: z.object({
    /** Project or folder, as it was named. */
    from: z.string(),
    /** SHA-256 over the list of faces: identities, paths, boxes and points (training/data/candidates.ts). */
    hash,
    /** SHA-256 over the pictures and labels that were trained on, as the network saw them; null until they are prepared. */
    pictures: hash.nullable(),
    faces: z.int(),
    used: z.int().nullable(),
    classes: z.int().nullable(),
    /** People who are not trained on, and pairs of their pictures; the hash is that of `hash`, over these faces alone. */
    validation: z
      .object({ identities: z.int(), pictures: z.int(), pairs: z.int(), folds: z.int(), hash })
      .nullable()
      .default(null),
    remarks: z.array(z.string()),
  }),
  network: z.object({
    parameters: z.int(),
    /** SHA-256 of the ONNX files. */
    initial: hash,
    trained: hash.nullable(),
  }),
  versions: z.object({ visage: z.string(), node: z.string(), onnxruntime: z.string() }),
  device: z.string().nullable(),
  reason: z.string().nullable(),
  /** Milliseconds since 1970. */
  started: z.number(),
  ended: z.number().nullable(),
  /** How often it was started. */
  starts: z.int(),
  result: trainResult.nullable(),
});
export type RunManifest = z.infer<typeof runManifest>;

const FILE = 'run.json';
/** Beside the trained network: what `visage models add` is told of it. */
export const RUN_MANIFEST = 'manifest.json';

/** @returns undefined where the folder holds no run. @throws Fault for a damaged one */
export function readRun(folder: string): RunManifest | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  try {
    return runManifest.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (thrown) {
    throw new Fault(`'${path}' is no whole record of a run: ${sentenceOf(thrown)}`);
  }
}

/** Whole or not at all. @throws Fault where the disk refuses */
export function writeRun(folder: string, run: RunManifest): void {
  writeWhole(join(folder, FILE), `${JSON.stringify(run, null, 2)}\n`);
}

/** @throws Fault where a run was started with another recipe or other faces: naming what differs */
export function checkSame(
  known: RunManifest,
  recipe: Recipe,
  list: string,
  initial: string,
  folder: string,
): void {
  const before = flat(known.recipe);
  const now = flat(JSON.parse(JSON.stringify(recipe)));
  const differs = [...new Set([...before.keys(), ...now.keys()])]
    .filter((key) => before.get(key) !== now.get(key))
    .map((key) => `${key} ${before.get(key) ?? 'none'}, not ${now.get(key) ?? 'none'}`);
  if (known.data.hash !== list) differs.push('other faces');
  if (differs.length === 0 && known.network.initial !== initial) differs.push('other first weights');
  if (differs.length === 0) return;
  throw new Fault(
    `The run in '${folder}' was started with ${differs.join('; ')}. Go on with what it was started with, or give this one another name.`,
  );
}

function flat(value: unknown, prefix = '', into = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, each] of Object.entries(value))
      flat(each, prefix === '' ? key : `${prefix}.${key}`, into);
  } else into.set(prefix, JSON.stringify(value));
  return into;
}
