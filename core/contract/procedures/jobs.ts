import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { name, path } from '../values.ts';

/** The jobs that a user starts; each is also a command of the same name ('classify': `cluster --by-classifier`). */
export const JOB_KINDS = [
  'import',
  'prepare',
  'detect',
  'prelabel',
  'embed',
  'heads',
  'cluster',
  'classify',
  'score',
  'map',
  'train',
  'evaluate',
  'convert',
  'export',
] as const;

export const job = z.object({
  id: z.int(),
  kind: z.string(),
  input: z.record(z.string(), z.unknown()),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted']),
  result: z.record(z.string(), z.unknown()).nullable(),
  problem: z.string().nullable(),
  device: z.string().nullable(),
  started: z.number(),
  ended: z.number().nullable(),
  /** While it runs: the last report, and the seconds since its stage began. */
  progress: z
    .object({
      stage: z.string(),
      done: z.number(),
      total: z.number().optional(),
      unit: z.string(),
      device: z.string().optional(),
      seconds: z.number(),
      /** How much was done when the stage was first seen (a job that goes on): no part of the rate. */
      from: z.number(),
    })
    .nullable(),
  /** Notes and warnings, in order. */
  log: z.array(z.string()),
});
export type JobShown = z.infer<typeof job>;

const shape = z
  .array(z.union([z.number(), z.string(), z.null()]))
  .readonly()
  .nullable();
const graphEnd = z.object({ name: z.string(), type: z.string(), shape });

/** What a network's file holds, at a glance. */
export const graphSummary = z.object({
  file: z.string(),
  inputs: z.array(graphEnd),
  outputs: z.array(graphEnd),
  nodes: z.int(),
  operators: z.array(z.object({ name: z.string(), count: z.int() })),
  parameters: z.number(),
  opset: z.int(),
  metadata: z.record(z.string(), z.string()),
});
export type GraphSummary = z.infer<typeof graphSummary>;

/** A tap: values of the graph, pooled, normalised and joined into one row per face. */
export const tap = z.object({
  name: z.string(),
  values: z.array(z.string()),
  pool: z.enum(['none', 'average', 'max']),
  normalise: z.enum(['none', 'l2']),
  kind: z.string(),
  layout: z.unknown().optional(),
  note: z.string().optional(),
});
export type Tap = z.infer<typeof tap>;

export const modelTaps = z.object({
  model: z.string(),
  taps: z.array(tap),
  suggested: z.array(tap),
  values: z.array(
    z.object({ value: z.string(), node: z.string(), op: z.string(), shape, role: z.string().nullable() }),
  ),
});
export type ModelTaps = z.infer<typeof modelTaps>;

/** What `prepare` would do: one step of it. */
export const preparedStep = z.object({
  step: z.string(),
  title: z.string(),
  /** Networks and feature sets by name; of those, the ones that come with the program and are added then. */
  uses: z.array(z.string()),
  adds: z.array(z.string()),
  state: z.enum(['to do', 'done', 'left out', 'cannot be done']),
  reason: z.string(),
  faces: z.int(),
  seconds: z.number().nullable(),
});
export const preparePlan = z.object({
  faces: z.int(),
  steps: z.array(preparedStep),
  seconds: z.number(),
  missing: z.array(z.string()),
});
export type PreparePlanShown = z.infer<typeof preparePlan>;

export const jobProcedures = {
  /** What the job 'prepare' would do with this input, in what time. */
  'prepare.plan': procedure(z.object({ input: z.record(z.string(), z.unknown()).optional() }), preparePlan),
  'jobs.list': procedure(z.object({}), z.array(job)),
  /** Starts a job, or queues it behind the one that runs; gives its id. */
  'jobs.start': procedure(
    z.object({ kind: z.enum(JOB_KINDS), input: z.record(z.string(), z.unknown()) }),
    z.object({ id: z.int() }),
  ),
  /** Starts a job that ended once more, with the same input: what it had finished is not done again. */
  'jobs.again': procedure(z.object({ id: z.int() }), z.object({ id: z.int() })),
  'jobs.cancel': procedure(z.object({ id: z.int() }), z.null()),
  /** One entry per device, of the engine that would run networks there. */
  devices: procedure(
    z.object({}),
    z.array(
      z.object({
        id: z.string(),
        engine: z.enum(['ort', 'tfjs']),
        name: z.string(),
        usable: z.boolean(),
        reason: z.string(),
      }),
    ),
  ),
  'models.list': procedure(
    z.object({}),
    z.array(
      z.object({
        name: z.string(),
        hash: z.string(),
        manifest: z.record(z.string(), z.unknown()),
        time: z.number(),
      }),
    ),
  ),
  /** What files would become, without adding them. */
  'models.inspect': procedure(
    z.object({ paths: z.array(path).min(1).max(20) }),
    z.object({
      manifest: z.record(z.string(), z.unknown()),
      recognised: z.boolean(),
      verified: z.boolean(),
      remarks: z.array(z.string()),
      batchReason: z.string(),
      graphs: z.array(graphSummary),
    }),
  ),
  'models.add': procedure(
    z.object({ paths: z.array(path).min(1).max(20), name: name.optional(), trust: z.boolean().optional() }),
    z.object({ model: z.string(), remarks: z.array(z.string()), batchReason: z.string() }),
  ),
  'models.graph': procedure(z.object({ model: name }), z.array(graphSummary)),
  'models.taps': procedure(z.object({ model: name }), modelTaps),
  /** What is wrong with an edited manifest, a sentence each; empty when it may be saved. */
  'models.check': procedure(
    z.object({ model: name, manifest: z.record(z.string(), z.unknown()) }),
    z.object({ problems: z.array(z.string()) }),
  ),
  'models.manifest': procedure(
    z.object({ model: name, manifest: z.record(z.string(), z.unknown()) }),
    z.null(),
  ),
};
