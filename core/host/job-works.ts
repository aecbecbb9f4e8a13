import { z } from 'zod';
import { INITS, METRICS } from '../clusters/kmeans/settings.ts';
import { METHODS } from '../clusters/projections/settings.ts';
import { columnMapping } from '../contract/procedures/files.ts';
import type { JOB_KINDS } from '../contract/procedures/jobs.ts';
import { selection as selectionSchema } from '../contract/values.ts';
import type { EngineClient } from '../engine/types.ts';
import { parseFaceRanges } from '../foundation/face-ranges.ts';
import { Fault } from '../foundation/fault.ts';
import { classifyClusters } from '../jobs/classify-clusters.ts';
import { cluster } from '../jobs/cluster.ts';
import { convert } from '../jobs/convert.ts';
import { detect } from '../jobs/detect.ts';
import { embed } from '../jobs/embed.ts';
import { evaluate } from '../jobs/evaluate.ts';
import { exportSubset, rebuildExport } from '../jobs/export.ts';
import { HEAD_ACTIONS, heads } from '../jobs/heads.ts';
import { importSource } from '../jobs/import.ts';
import { map } from '../jobs/map.ts';
import { prelabel } from '../jobs/prelabel.ts';
import { PREPARE_STEPS } from '../jobs/prepare/plan.ts';
import { prepare } from '../jobs/prepare.ts';
import type { JobOptions } from '../jobs/recorded.ts';
import { score } from '../jobs/score.ts';
import { NETWORK_NAMES } from '../jobs/train/networks.ts';
import { OPTIMISERS, SCHEDULES } from '../jobs/train/recipe.ts';
import { runInput } from '../jobs/train/runs.ts';
import { runName, type TrainInput, train } from '../jobs/train.ts';
import type { Project } from '../project/project.ts';
import { CLUSTER_HEADS, PSEUDO_LABELS } from '../training/cluster-head.ts';
import { CROPS } from '../training/data/crop.ts';
import { LOSSES } from '../training/losses/identity.ts';
import type { JobWork } from './job-runner.ts';
import type { LiveRuns } from './live-runs.ts';
import { typedPath } from './places.ts';

type Kind = (typeof JOB_KINDS)[number];

const text = z.string().min(1).max(4096);
const texts = z.array(text).max(1000);
/** '~' stands for the user's folder, as people type it. */
const path = text.transform(typedPath);
const whole = z.int().min(0);
const share = z.number().min(0).max(1);
const flag = z.boolean().optional();
const device = z.enum(['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml']).optional();
/** Faces as a column from the window, or as an earlier job remembers them. */
const faces = z.union([
  z.custom<Int32Array>((value) => value instanceof Int32Array, 'is no column of faces'),
  z.object({ ranges: z.string() }).transform(({ ranges }) => parseFaceRanges(ranges)),
]);
const selectionShape = selectionSchema.extend({ faces: faces.optional() });
const selection = selectionShape.optional();

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
  <T>(kind: Kind, schema: z.ZodType<T>, run: (input: T, options: JobOptions) => Promise<object>): JobWork =>
  async (input, options) => ({ ...(await run(parsed(schema, kind, input), options)) });

/** A run that is gone on with: the rest stands in its record. */
const resumed = z.strictObject({ resume: text, device });
const training = z.strictObject({
  network: z.enum(NETWORK_NAMES).optional(),
  width: z.number().min(0.01).max(8).optional(),
  size: z.int().min(16).optional(),
  embedding: z.int().min(2).optional(),
  loss: z.enum(LOSSES).optional(),
  scale: z.number().positive().optional(),
  margin: z.number().min(0).optional(),
  clusters: z.int().min(2).optional(),
  clusterLabels: z.enum(PSEUDO_LABELS).optional(),
  clusterHead: z.enum(CLUSTER_HEADS).optional(),
  clusterWeight: z.number().positive().optional(),
  freezePrototypes: z.number().min(0).optional(),
  normalisePrototypes: flag,
  routingTemperature: z.number().positive().optional(),
  annealFrom: z.number().positive().optional(),
  annealEpochs: z.number().positive().optional(),
  // Its bounds are said by the recipe, as one sentence.
  validate: z.number().optional(),
  validateSeed: whole.optional(),
  start: text.optional(),
  folder: text.optional(),
  choice: z.strictObject({ format: text.optional(), images: text.optional() }).optional(),
  epochs: z.int().min(1).optional(),
  batch: z.int().min(2).optional(),
  accumulate: z.int().min(1).optional(),
  rate: z.number().positive().optional(),
  schedule: z.enum(SCHEDULES).optional(),
  dropAt: z.array(z.number().min(0)).max(100).optional(),
  warmUp: z.number().min(0).optional(),
  optimiser: z.enum(OPTIMISERS).optional(),
  weightDecay: z.number().min(0).optional(),
  seed: whole.optional(),
  mirror: flag,
  crop: z.enum(CROPS).optional(),
  least: z.int().min(1).optional(),
  name: text.optional(),
  add: flag,
  selection,
  device,
});

/** A training job's input. @throws Fault that names the field */
export const parsedTraining = (input: unknown): z.output<typeof training> => parsed(training, 'train', input);

const preparing = z.strictObject({
  detector: text.optional(),
  landmarks: text.optional(),
  embedding: text.optional(),
  k: z.int().min(2).optional(),
  without: z.array(z.enum(PREPARE_STEPS)).optional(),
  oneFace: flag,
  device,
});

/** What the job 'prepare' was told. @throws Fault that names the field */
export const parsedPrepare = (input: unknown): z.output<typeof preparing> =>
  parsed(preparing, 'prepare', input);

/** Trains, and lets the windows see the curve as it grows. */
async function trainLive(
  project: Project,
  engine: EngineClient,
  given: z.output<typeof resumed> | z.output<typeof training>,
  options: JobOptions,
  runs: LiveRuns | undefined,
): Promise<object> {
  const input: TrainInput =
    'resume' in given ? { ...parsedTraining(runInput(project, given.resume)), device: given.device } : given;
  const name = runName(input);
  runs?.begin(name, options.job ?? 0);
  try {
    return await train(project, engine, input, {
      ...options,
      onCurve: (points) => runs?.told(name, points),
    });
  } finally {
    runs?.end(name);
  }
}

/** Every job that a window may start, with the schema of its input. */
export function jobWorks(
  engine: () => EngineClient,
  project: Project,
  runs?: LiveRuns,
): Record<Kind, JobWork> {
  return {
    import: work(
      'import',
      z.strictObject({
        source: text,
        format: text.optional(),
        images: text.optional(),
        name: text.optional(),
        encoding: text.optional(),
        noImages: flag,
        another: flag,
        matchStem: flag,
        check: flag,
        mapping: columnMapping.optional(),
      }),
      (input, options) => importSource(project, input, options),
    ),
    prepare: work('prepare', preparing, (input, options) => prepare(project, engine(), input, options)),
    detect: work(
      'detect',
      z.strictObject({
        model: text.optional(),
        landmarks: text.optional(),
        again: flag,
        all: flag,
        pad: z.union([z.literal('auto'), z.number().min(0).max(2)]).optional(),
        fallback: z.enum(['none', 'centre']).optional(),
        minScore: share.optional(),
        maxOverlap: share.optional(),
        selection,
        device,
      }),
      (input, options) => detect(project, engine(), input, options),
    ),
    prelabel: work(
      'prelabel',
      z.strictObject({
        models: texts.optional(),
        again: flag,
        minConfidence: share.optional(),
        selection,
        device,
      }),
      (input, options) => prelabel(project, engine(), input, options),
    ),
    embed: work(
      'embed',
      z.strictObject({
        model: text,
        taps: texts.optional(),
        batch: z.int().min(1).optional(),
        flip: flag,
        name: text.optional(),
        selection,
        device,
      }),
      (input, options) => embed(project, engine(), input, options),
    ),
    heads: work(
      'heads',
      z.strictObject({
        features: z.union([text, texts]),
        action: z.enum(HEAD_ACTIONS),
        attributes: texts.optional(),
        minimum: z.int().min(1).optional(),
        minConfidence: share.optional(),
        all: flag,
      }),
      (input, options) => heads(project, input, options),
    ),
    cluster: work(
      'cluster',
      z.strictObject({
        features: text,
        k: z.int().min(1),
        seed: whole.optional(),
        init: z.enum(INITS).optional(),
        metric: z.enum(METRICS).optional(),
        sample: z.int().min(1).nullable().optional(),
        restarts: z.int().min(1).optional(),
        maxIterations: z.int().min(1).optional(),
        tolerance: z.number().min(0).optional(),
        name: text.optional(),
        selection,
        device,
      }),
      (input, options) => cluster(project, engine(), input, options),
    ),
    classify: work(
      'classify',
      z.strictObject({
        scores: text,
        features: text.optional(),
        name: text.optional(),
        selection,
      }),
      (input, options) => classifyClusters(project, engine(), input, options),
    ),
    score: work(
      'score',
      z.strictObject({
        clustering: text,
        source: text.optional(),
        seed: whole.optional(),
        permutations: whole.optional(),
      }),
      (input, options) => score(project, engine(), input, options),
    ),
    map: work(
      'map',
      z.strictObject({
        features: text,
        method: z.enum(METHODS),
        seed: whole.optional(),
        metric: z.enum(METRICS).optional(),
        perplexity: z.number().min(1).optional(),
        iterations: z.int().min(1).optional(),
        neighbours: z.int().min(2).optional(),
        minDistance: z.number().min(0).optional(),
        name: text.optional(),
        selection,
        device,
      }),
      (input, options) => map(project, engine(), input, options),
    ),
    train: (given, options) =>
      // Not a union of the two: its refusal would not say which field.
      work<z.output<typeof resumed> | z.output<typeof training>>(
        'train',
        'resume' in given ? resumed : training,
        (input, how) => trainLive(project, engine(), input, how, runs),
      )(given, options),
    evaluate: work(
      'evaluate',
      z.strictObject({
        model: text,
        tap: text.optional(),
        from: z.enum(['draw', 'set']),
        pairs: path.optional(),
        images: path.optional(),
        source: text.optional(),
        frontal: flag,
        alternate: flag,
        count: z.int().min(1).optional(),
        seed: whole.optional(),
        folds: z.int().min(2).optional(),
        flip: flag,
        name: text.optional(),
        batch: z.int().min(1).max(4096).optional(),
        selection,
        device,
      }),
      async ({ from, pairs, count, seed, selection: faces, ...input }, options) => {
        const set = from === 'draw' ? { count, seed, selection: faces } : pairs;
        if (set === undefined) throw new Fault('No set of pairs was named.');
        const result = await evaluate(project, engine(), { ...input, pairs: set }, options);
        // Curve and errors stand with the evaluation; the record of the job need not hold them again.
        const { roc: _roc, similarities: _similarities, wrong: _wrong, ...figures } = result;
        return figures;
      },
    ),
    convert: work(
      'convert',
      z.strictObject({
        from: path,
        to: path,
        key: text.optional(),
        epsilon: share.optional(),
        name: z
          .string()
          .regex(/^[\w.-]+$/, 'has other signs than letters, digits, _ . -')
          .optional(),
        images: path.optional(),
        frontal: flag,
      }),
      (input, options) => convert(input, options),
    ),
    export: work(
      'export',
      z.union([
        z.object({ manifest: text, out: text }),
        z.strictObject({
          perCohort: z.int().min(1),
          seed: whole,
          balance: z.object({ sources: z.boolean(), identities: z.boolean() }),
          short: z.enum(['leave-out', 'take-all']),
          selection: selectionShape.default({}),
          layout: z.enum(['visage', 'cohorts', 'fairface', 'imagefolder']),
          mode: z.enum(['copy', 'link', 'list']),
          out: text,
        }),
      ]),
      (input, options) =>
        'manifest' in input ? rebuildExport(project, input, options) : exportSubset(project, input, options),
    ),
  };
}
