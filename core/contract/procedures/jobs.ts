import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { name, path } from '../values.ts';

/** The jobs that a user starts; each is also a command of the same name. */
export const JOB_KINDS = [
  'import',
  'detect',
  'prelabel',
  'embed',
  'heads',
  'cluster',
  'score',
  'map',
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

export const jobProcedures = {
  'jobs.list': procedure(z.object({}), z.array(job)),
  /** Starts a job, or queues it behind the one that runs; gives its id. */
  'jobs.start': procedure(
    z.object({ kind: z.enum(JOB_KINDS), input: z.record(z.string(), z.unknown()) }),
    z.object({ id: z.int() }),
  ),
  /** Starts a job that ended once more, with the same input: what it had finished is not done again. */
  'jobs.again': procedure(z.object({ id: z.int() }), z.object({ id: z.int() })),
  'jobs.cancel': procedure(z.object({ id: z.int() }), z.null()),
  devices: procedure(
    z.object({}),
    z.array(z.object({ id: z.string(), name: z.string(), usable: z.boolean(), reason: z.string() })),
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
  'models.add': procedure(z.object({ path, name: name.optional() }), z.record(z.string(), z.unknown())),
  'models.taps': procedure(z.object({ model: name }), z.record(z.string(), z.unknown())),
  'models.manifest': procedure(
    z.object({ model: name, manifest: z.record(z.string(), z.unknown()) }),
    z.null(),
  ),
};
