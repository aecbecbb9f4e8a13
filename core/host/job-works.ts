import { z } from 'zod';
import type { JOB_KINDS } from '../contract/procedures/jobs.ts';
import type { EngineClient } from '../engine/types.ts';
import { Fault } from '../foundation/fault.ts';
import { cluster } from '../jobs/cluster.ts';
import { detect } from '../jobs/detect.ts';
import { embed } from '../jobs/embed.ts';
import { type ExportInput, exportSubset } from '../jobs/export.ts';
import { heads } from '../jobs/heads.ts';
import { importSource } from '../jobs/import.ts';
import { map } from '../jobs/map.ts';
import { prelabel } from '../jobs/prelabel.ts';
import { score } from '../jobs/score.ts';
import type { Project } from '../project/project.ts';
import type { JobWork } from './job-runner.ts';

type Kind = (typeof JOB_KINDS)[number];

const text = z.string().min(1).max(4096);
const whole = z.int().min(0);
const device = z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']).optional();
const selection = z
  .object({
    faces: z.instanceof(Int32Array).optional(),
    sources: z.array(whole).optional(),
    cohorts: z.array(whole).optional(),
  })
  .optional();

/** Parses what the window sent. @throws Fault that names the field */
function parsed<T>(schema: z.ZodType<T>, kind: Kind, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Fault(
    `The job '${kind}' was started wrongly: ${issue.path.join('.') || 'input'}: ${issue.message}.`,
  );
}

const work =
  <T>(
    kind: Kind,
    schema: z.ZodType<T>,
    run: (input: T, options: Parameters<JobWork>[1]) => Promise<object>,
  ): JobWork =>
  async (input, options) => ({ ...(await run(parsed(schema, kind, input), options)) });

/** Every job that a window may start, with the schema of its input. */
export function jobWorks(engine: () => EngineClient, project: Project): Record<Kind, JobWork> {
  return {
    import: work(
      'import',
      z.object({
        source: text,
        format: text.optional(),
        images: text.optional(),
        name: text.optional(),
        noImages: z.boolean().optional(),
      }),
      (input, options) => importSource(project, input, options),
    ),
    detect: work(
      'detect',
      z.object({
        model: text.optional(),
        again: z.boolean().optional(),
        all: z.boolean().optional(),
        device,
      }),
      (input, options) => detect(project, engine(), input, options),
    ),
    prelabel: work(
      'prelabel',
      z.object({
        models: z.array(text).optional(),
        again: z.boolean().optional(),
        minConfidence: z.number().min(0).max(1).optional(),
        device,
      }),
      (input, options) => prelabel(project, engine(), input, options),
    ),
    embed: work(
      'embed',
      z.object({
        model: text,
        taps: z.array(text).optional(),
        batch: z.int().min(1).optional(),
        flip: z.boolean().optional(),
        selection,
        device,
      }),
      (input, options) => embed(project, engine(), input, options),
    ),
    heads: work(
      'heads',
      z.object({
        features: z.union([text, z.array(text)]),
        action: z.enum(['train', 'evaluate', 'apply']),
        attributes: z.array(text).optional(),
        minConfidence: z.number().min(0).max(1).optional(),
      }),
      (input, options) => heads(project, input, options),
    ),
    cluster: work(
      'cluster',
      z.object({
        features: text,
        k: z.int().min(1),
        seed: whole.optional(),
        metric: z.enum(['euclidean', 'cosine']).optional(),
        name: text.optional(),
        selection,
        device,
      }),
      (input, options) => cluster(project, engine(), input, options),
    ),
    score: work(
      'score',
      z.object({ clustering: text, source: text.optional(), seed: whole.optional() }),
      (input, options) => score(project, input, options),
    ),
    map: work(
      'map',
      z.object({
        features: text,
        method: z.enum(['tsne', 'umap', 'pca']),
        seed: whole.optional(),
        metric: z.enum(['euclidean', 'cosine']).optional(),
        name: text.optional(),
        selection,
        device,
      }),
      (input, options) => map(project, engine(), input, options),
    ),
    export: work(
      'export',
      z.object({
        perCohort: z.int().min(1),
        seed: whole,
        balance: z.object({ sources: z.boolean(), identities: z.boolean() }),
        short: z.enum(['leave-out', 'take-all']),
        selection: z
          .object({ faces: z.instanceof(Int32Array).optional(), sources: z.array(whole).optional() })
          .default({}),
        layout: z.enum(['visage', 'cohorts', 'fairface', 'imagefolder']),
        mode: z.enum(['copy', 'link', 'list']),
        out: text,
      }) as unknown as z.ZodType<ExportInput>,
      (input, options) => exportSubset(project, input, options),
    ),
  };
}
