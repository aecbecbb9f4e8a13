import { z } from 'zod';

/** Shapes that several procedures share. Columns are typed arrays; ids are positive integers. */
export const faceId = z.int().min(1);
export const attribute = z.int().min(0).max(4);
export const origin = z.enum(['dataset', 'model', 'human', 'rule']);
export const ids = z.instanceof(Int32Array);
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
