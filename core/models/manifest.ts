import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Preparation } from '../engine/preparation.ts';
import { diskFault, Fault, sentenceOf } from '../foundation/fault.ts';
import { writeWhole } from '../foundation/whole.ts';
import { Reading } from './prelabel/readings.ts';

export const TASKS = [
  'embedding',
  'detector',
  'landmarks',
  'pose',
  'age-gender',
  'fairface',
  'attribute',
  'other',
] as const;
export type Task = (typeof TASKS)[number];

const three = z.tuple([z.number(), z.number(), z.number()]);

const CropSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('aligned'),
    template: z.union([z.literal('arcface'), z.array(z.number()).length(10)]),
  }),
  z.strictObject({
    kind: z.literal('square'),
    region: z.enum(['box', 'landmarks']),
    scale: z.number().positive(),
    shift: z.number(),
    border: z.enum(['zero', 'edge']),
  }),
  z.strictObject({
    kind: z.literal('fixed'),
    rectangle: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  }),
  z.strictObject({ kind: z.literal('whole'), fit: z.enum(['stretch', 'letterbox']) }),
]);

/** How a face of a picture becomes the network's input (`core/engine/preparation.ts`). */
export const PreparationSchema: z.ZodType<Preparation> = z.strictObject({
  size: z.tuple([z.int().positive(), z.int().positive()]),
  crop: CropSchema,
  channels: z.enum(['rgb', 'bgr']),
  mean: three,
  std: three.refine((std) => std.every((value) => value !== 0), 'a standard deviation of 0'),
  layout: z.enum(['nchw', 'nhwc']),
});

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 lower-case hexadecimal digits');

const FileSchema = z.strictObject({
  /** Name inside the model's folder. */
  path: z.string().min(1),
  /** null where no public reference gives one: the file is then taken as unverified. */
  sha256: sha256.nullable(),
  /** SHA-256 over the shards of TensorFlow.js, one after the other, that the file is made from. */
  shards: sha256.optional(),
  bytes: z.int().positive().optional(),
  /** Where the file can be had; archives name the file inside after '#'. */
  url: z.url().optional(),
  /** Where the checksum comes from. */
  checked: z.string().optional(),
});

/** Entries per place of a routing vector: place after place, group after group, expert after expert. */
const LayoutSchema = z.array(
  z.strictObject({ name: z.string(), experts: z.int().positive(), groups: z.int().positive() }),
);
export type RoutingLayout = z.infer<typeof LayoutSchema>;

/** A stored layout, where it is one and explains all entries of the vector; undefined otherwise. */
export function parseRoutingLayout(stored: unknown, dimensions: number): RoutingLayout | undefined {
  const { success, data } = LayoutSchema.safeParse(stored);
  if (!success) return undefined;
  const entries = data.reduce((sum, { experts, groups }) => sum + experts * groups, 0);
  return entries === dimensions ? data : undefined;
}

export const TapSchema = z.strictObject({
  /** What features of this tap are called: 'embedding', 'pooled', 'routing'. */
  name: z.string().regex(/^[\w.-]+$/, 'letters, digits, _ . - only'),
  /** Values of the graph; several are concatenated into one vector in this order. */
  values: z.array(z.string().min(1)).min(1),
  pool: z.enum(['none', 'average', 'max']).default('none'),
  normalise: z.enum(['none', 'l2']).default('none'),
  kind: z.string().default('other'),
  layout: LayoutSchema.optional(),
  note: z.string().optional(),
});
export type Tap = z.infer<typeof TapSchema>;

export const ManifestSchema = z.strictObject({
  format: z.literal('visage-model-1').default('visage-model-1'),
  name: z.string().regex(/^[\w.-]+$/, 'letters, digits, _ . - only'),
  task: z.enum(TASKS),
  description: z.string(),
  /** One network per file. */
  files: z.array(FileSchema).min(1),
  /** How several files make one model: their outputs are averaged. */
  combine: z.enum(['single', 'average']).default('single'),
  source: z.string(),
  licence: z.string(),
  citation: z.string().optional(),
  /** Graph input that takes the picture. */
  input: z.string(),
  preparation: PreparationSchema,
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      meaning: z.string(),
      shape: z.array(z.union([z.number(), z.string(), z.null()])).optional(),
    }),
  ),
  taps: z.array(TapSchema).default([]),
  /** 'free': any number of faces in one run; 'fixed': the graph has to be rewritten, or runs one by one. */
  batch: z.enum(['free', 'fixed']),
  /** What came out when a rewritten batch was compared with single runs: the largest relative deviation. */
  batchCheck: z.strictObject({ items: z.int(), deviation: z.number().nullable() }).optional(),
  /** How a detector's outputs are read (core/models/detection). */
  decoder: z.string().optional(),
  /** What output columns say of the attributes (core/models/prelabel). */
  readings: z.array(Reading).default([]),
  /** False for a network with random weights. */
  trained: z.boolean().default(true),
  /** Fields that were guessed from the graph, with why: to be looked at and edited. */
  guesses: z.array(z.string()).default([]),
  notes: z.array(z.string()).default([]),
  /** Hash over the files (see `modelHash`); written when the model is added to a project. */
  hash: z.string().optional(),
});
export type Manifest = z.infer<typeof ManifestSchema>;

/** Reads a manifest. @param origin its file, for the message. @throws Fault that names every field that is wrong. */
export function parseManifest(value: unknown, origin: string): Manifest {
  const result = ManifestSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path, message }) => `'${path.length === 0 ? 'the whole' : path.join('.')}': ${message}`,
    );
    throw new Fault(`'${origin}' is not a model manifest. ${problems.join('; ')}.`);
  }
  if (result.data.files.length > 1 && result.data.combine === 'single') {
    throw new Fault(
      `'${origin}' lists ${result.data.files.length} files; say "combine": "average" or list one.`,
    );
  }
  return result.data;
}

/** @throws Fault when the file is missing, is no JSON, or no manifest. */
export function readManifest(path: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw (
      diskFault(thrown, path, 'read') ??
      new Fault(`The manifest '${path}' cannot be read: ${sentenceOf(thrown)}.`)
    );
  }
  return parseManifest(value, path);
}

export function writeManifest(path: string, manifest: Manifest): void {
  writeWhole(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
