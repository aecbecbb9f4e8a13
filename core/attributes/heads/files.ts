import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../foundation/fault.ts';
import { readNpy, writeNpy } from '../../foundation/npy.ts';
import { writeWhole } from '../../foundation/whole.ts';
import type { Head } from './training.ts';

/** The features that heads rest on: they are valid for this set and this model only. */
const FeatureSource = z.object({
  name: z.string(),
  model: z.string(),
  modelHash: z.string(),
  tap: z.string(),
  dimensions: z.int().positive(),
});
export type FeatureSource = z.infer<typeof FeatureSource>;

const HeadEntry = z.object({
  attribute: z.string(),
  /** Attribute value of each class. */
  values: z.array(z.int().min(0)),
  temperature: z.number().positive(),
  strength: z.number().positive(),
  normalise: z.boolean(),
  /** Trusted faces learnt from. */
  faces: z.int(),
  report: z.record(z.string(), z.unknown()),
});
export type HeadEntry = z.infer<typeof HeadEntry>;

const HeadManifest = z.object({
  task: z.literal('head'),
  name: z.string(),
  features: z.array(FeatureSource).min(1),
  heads: z.array(HeadEntry).min(1),
  settings: z.record(z.string(), z.unknown()),
});
export type HeadManifest = z.infer<typeof HeadManifest>;

/** The manifest of heads; undefined when it is of another kind of model. @throws Fault when it is damaged. */
export function parseHeadManifest(manifest: unknown, where: string): HeadManifest | undefined {
  if ((manifest as { task?: unknown } | null)?.task !== 'head') return undefined;
  const parsed = HeadManifest.safeParse(manifest);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Fault(
    `The manifest of the heads '${where}' is damaged: ${issue.path.join('.')}: ${issue.message}.`,
  );
}

/** The faces that a head learnt from, with what fits that left them out say about them. */
export interface OutOfFold {
  /** Ids of the faces. */
  faces: Int32Array;
  /** Value that each face was labelled with when the head was trained. */
  labels: Int8Array;
  /** Calibrated probabilities, faces × values. */
  probabilities: Float32Array;
}

export interface StoredHead {
  head: Head;
  outOfFold: OutOfFold;
}

const file = (folder: string, attribute: string, part: string): string =>
  join(folder, `${attribute}.${part}.npy`);
const PARTS = ['weights', 'scaling', 'faces', 'labels', 'probabilities'] as const;

/**
 * Writes heads: `manifest.json` and, per attribute, weights (classes × (dimensions + 1)), scaling (2 × dimensions: mean,
 * inverse deviation) and the out-of-fold predictions. The folder must exist.
 * @returns the content hash over the manifest and all files
 */
export function writeHeads(folder: string, manifest: HeadManifest, heads: readonly StoredHead[]): string {
  mkdirSync(folder, { recursive: true });
  manifest.heads.forEach(({ attribute }, h) => {
    const { head, outOfFold } = heads[h];
    const { classes, dimensions, weights, scaling } = head.regression;
    writeNpy(file(folder, attribute, 'weights'), weights, [classes, dimensions + 1]);
    const both = new Float64Array(2 * dimensions);
    both.set(scaling.mean);
    both.set(scaling.inverseDeviation, dimensions);
    writeNpy(file(folder, attribute, 'scaling'), both, [2, dimensions]);
    writeNpy(file(folder, attribute, 'faces'), outOfFold.faces);
    writeNpy(file(folder, attribute, 'labels'), outOfFold.labels);
    writeNpy(file(folder, attribute, 'probabilities'), outOfFold.probabilities, [
      outOfFold.faces.length,
      classes,
    ]);
  });
  writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return hashHeads(folder, manifest);
}

/** SHA-256, hex, over manifest.json and the files of its heads. @throws Fault when one is missing. */
export function hashHeads(folder: string, manifest: HeadManifest): string {
  const hash = createHash('sha256');
  const names = manifest.heads.flatMap(({ attribute }) => PARTS.map((part) => `${attribute}.${part}.npy`));
  for (const name of ['manifest.json', ...names]) {
    hash.update(`${name}\n`);
    try {
      hash.update(readFileSync(join(folder, name)));
    } catch (thrown) {
      throw new Fault(`'${join(folder, name)}' of a head cannot be read: ${(thrown as Error).message}`);
    }
  }
  return hash.digest('hex');
}

/** Reads one attribute's head. @throws Fault when a file is missing or does not fit its manifest. */
export function readHead(folder: string, manifest: HeadManifest, attribute: string): StoredHead {
  const entry = manifest.heads.find((head) => head.attribute === attribute);
  if (entry === undefined) throw new Fault(`The heads '${manifest.name}' have none for '${attribute}'.`);
  const classes = entry.values.length;
  const dimensions = manifest.features.reduce((sum, set) => sum + set.dimensions, 0);
  const read = <T>(part: (typeof PARTS)[number], Type: new (n: number) => T, length?: number): T => {
    const path = file(folder, attribute, part);
    let data: unknown;
    try {
      ({ data } = readNpy(path));
    } catch (thrown) {
      if (thrown instanceof Fault) throw thrown;
      throw new Fault(`'${path}' of a head cannot be read: ${(thrown as Error).message}`);
    }
    if (!(data instanceof Type) || (length !== undefined && (data as { length: number }).length !== length))
      throw new Fault(`'${path}' does not fit its manifest; train the heads again.`);
    return data;
  };
  const scaling = read('scaling', Float64Array, 2 * dimensions);
  const faces = read('faces', Int32Array);
  return {
    head: {
      values: entry.values,
      temperature: entry.temperature,
      regression: {
        classes,
        dimensions,
        scaling: {
          normalise: entry.normalise,
          mean: scaling.slice(0, dimensions),
          inverseDeviation: scaling.slice(dimensions),
        },
        weights: read('weights', Float64Array, classes * (dimensions + 1)),
        strength: entry.strength,
        iterations: 0,
        converged: true,
      },
    },
    outOfFold: {
      faces,
      labels: read('labels', Int8Array, faces.length),
      probabilities: read('probabilities', Float32Array, faces.length * classes),
    },
  };
}
