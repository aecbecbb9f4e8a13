import { z } from 'zod';

/** Shapes that several procedures share. Columns are typed arrays; ids are positive integers. */
export const faceId = z.int().min(1);
export const attribute = z.int().min(0).max(4);
export const origin = z.enum(['dataset', 'model', 'human', 'rule']);
/** A typed array of one kind; z.instanceof would insist on an unshared buffer. */
const column = <T>(Type: abstract new (...args: never[]) => T) =>
  z.custom<T>((value) => value instanceof Type, `is not a ${Type.name}`);
export const int8s = column<Int8Array>(Int8Array);
export const uint8s = column<Uint8Array>(Uint8Array);
export const int16s = column<Int16Array>(Int16Array);
export const int32s = column<Int32Array>(Int32Array);
export const float32s = column<Float32Array>(Float32Array);
export const float64s = column<Float64Array>(Float64Array);
export const ids = int32s;
export const name = z.string().min(1).max(200);
export const path = z.string().min(1).max(4096);

export const batch = z.object({
  id: z.int(),
  kind: z.string(),
  description: z.string(),
  origin,
  agent: z.string(),
  time: z.number(),
  events: z.int(),
  target: z.int().nullable(),
  undone: z.boolean(),
});
export type BatchShown = z.infer<typeof batch>;

export const source = z.object({
  id: z.int(),
  name: z.string(),
  format: z.string(),
  root: z.string().nullable(),
  faces: z.int(),
});

export const featureSet = z.object({
  id: z.int(),
  name: z.string(),
  model: z.string(),
  tap: z.string(),
  rows: z.int(),
  dimensions: z.int(),
  kind: z.string(),
  device: z.string(),
  layout: z.unknown().optional(),
  time: z.number(),
});

export const clustering = z.object({
  id: z.int(),
  name: z.string(),
  featureSet: z.int(),
  k: z.int(),
  inertia: z.number(),
  iterations: z.int(),
  settings: z.record(z.string(), z.unknown()),
  device: z.string(),
  seconds: z.number(),
  time: z.number(),
});

export const projection = z.object({
  id: z.int(),
  name: z.string(),
  featureSet: z.int(),
  method: z.string(),
  settings: z.record(z.string(), z.unknown()),
  seconds: z.number(),
  time: z.number(),
});

/** Which faces: every condition that is given must hold (`Selection` of the project store). */
export const selection = z.object({
  faces: ids.optional(),
  sources: z.array(z.int().min(0)).optional(),
  cohorts: z.array(z.int().min(0).max(269)).optional(),
  identities: z.array(z.int().min(0)).optional(),
  /** Allowed values per attribute (−1: unlabelled); null lets all pass. */
  values: z
    .array(
      z
        .array(z.int().min(-1).max(4))
        .nullish()
        .transform((values) => values ?? undefined),
    )
    .length(5)
    .optional(),
  origins: z.array(origin).optional(),
  minConfidence: z.number().min(0).max(1).optional(),
  minQuality: z.number().min(0).max(1).optional(),
});
