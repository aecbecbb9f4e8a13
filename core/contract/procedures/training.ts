import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { float64s, int32s, name, path, selection } from '../values.ts';

/** Name of a run; a folder of that name holds it. */
const runName = z.string().regex(/^\w[\w.-]{0,79}$/);

/** Rows of a curve, one per step or per so many steps; NaN where a row has no such value. */
export const curveColumns = z.object({
  /** Last step of the row, from 1. */
  steps: int32s,
  epochs: float64s,
  loss: float64s,
  /** 0…1 */
  accuracy: float64s,
  /** The clusters' part of the loss, before its weight. */
  clustering: float64s,
  rate: float64s,
  imagesPerSecond: float64s,
  /** Verification accuracy on people who are held out, 0…1: at ends of epochs. */
  validation: float64s,
  /** Of the routing softmax, where it is lowered. */
  temperature: float64s,
});
export type CurveColumns = z.infer<typeof curveColumns>;

const wholeCurve = curveColumns.extend({
  /** Seconds of training by then, without pauses. */
  seconds: float64s,
  /** Steps of one row; above 1, values are means over them. */
  every: z.int().min(1),
  /** Pictures of one step. */
  images: z.int().min(1),
});
export type WholeCurve = z.infer<typeof wholeCurve>;

/** New steps of a run that is training here. A first step that is known already takes the place of it and of all after. */
export const curveNews = curveColumns.extend({ run: z.string(), job: z.int() });
export type CurveNews = z.infer<typeof curveNews>;

const words = z.record(z.string(), z.unknown());
const figure = z.number().nullable();

export const trainingRun = z.object({
  name: z.string(),
  /** Names the run in addresses of its pictures. */
  id: z.string(),
  /** 'interrupted': its record says that it runs, and nothing here runs it. */
  state: z.enum(['running', 'done', 'stopped', 'failed', 'interrupted']),
  /** The job of this session that trains it. */
  job: z.int().nullable(),
  problem: z.string().nullable(),
  /** The recipe in full, as run.json has it. */
  recipe: z.record(z.string(), z.unknown()),
  /** What it was started with; null where its record does not hold that, and it cannot be gone on with from here. */
  input: z.record(z.string(), z.unknown()).nullable(),
  data: z.object({
    from: z.string(),
    hash: z.string(),
    pictures: z.string().nullable(),
    faces: z.int(),
    used: z.int().nullable(),
    classes: z.int().nullable(),
    /** People who are not trained on and judged by after every epoch. */
    validation: z
      .object({
        ...{ identities: z.int(), pictures: z.int(), pairs: z.int(), folds: z.int() },
        hash: z.string(),
      })
      .nullable(),
    remarks: z.array(z.string()),
  }),
  network: z.object({ parameters: z.int(), initial: z.string(), trained: z.string().nullable() }),
  versions: z.record(z.string(), z.string()),
  device: z.string().nullable(),
  reason: z.string().nullable(),
  started: z.number(),
  ended: z.number().nullable(),
  starts: z.int(),
  /** Epochs that were done, a fraction, and changes of the weights. */
  epoch: z.number(),
  step: z.int(),
  /** Means over the last epoch, or over the last steps of one that is not whole. */
  loss: figure,
  accuracy: figure,
  /** After the last whole epoch, on people who are held out. */
  validation: figure,
  imagesPerSecond: figure,
  /** Seconds of training. */
  seconds: figure,
  /** Name of the trained network in the project. */
  model: z.string().nullable(),
  files: z.object({ network: z.string(), manifest: z.string() }).nullable(),
});
export type TrainingRun = z.infer<typeof trainingRun>;

/** Runs of the open project. Training is a job; these read what it makes. */
export const trainingProcedures = {
  /** The latest first; damaged records as sentences beside. */
  'runs.list': procedure(
    z.object({}),
    z.object({ runs: z.array(trainingRun), problems: z.array(z.string()) }),
  ),
  /** The curve so far; a long one in at most `most` rows. 'runs.curve' pushes go on where it ends. */
  'runs.curve': procedure(z.object({ run: runName, most: z.int().min(10).max(100_000) }), wholeCurve),
  /** Pictures as the network saw them first; they are served as 'sample-ID-POSITION'. */
  'runs.samples': procedure(
    z.object({ run: runName }),
    z.array(z.object({ identity: z.string(), name: z.string(), mirrored: z.boolean() })),
  ),
  /** Takes the trained network of a run into the project. */
  'runs.add': procedure(z.object({ run: runName }), z.object({ model: z.string() })),
  /** Recipes to begin with, at every scale, and which preset's trained network each starts from. */
  'training.presets': procedure(
    z.object({}),
    z.object({
      scales: z.array(z.object({ name: z.string(), about: z.string() })),
      presets: z.array(
        z.object({
          name: z.string(),
          title: z.string(),
          about: z.string(),
          start: z.string().nullable(),
          /** By the name of the scale: fields of the job's input. */
          recipes: z.record(z.string(), words),
        }),
      ),
    }),
  ),
  /** The recipe in full that a job's input stands for, and the name that its run would have. */
  'training.recipe': procedure(z.object({ input: words }), z.object({ recipe: words, name: z.string() })),
  /** What could be trained on; no picture is opened and nothing written. */
  'training.data': procedure(
    z.object({
      folder: path.optional(),
      format: z.string().max(40).optional(),
      images: path.optional(),
      selection: selection.optional(),
      crop: z.enum(['auto', 'aligned', 'whole']).optional(),
    }),
    z.object({
      from: name,
      faces: z.int(),
      /** Pictures of each identity, the most first. */
      counts: int32s,
      remarks: z.array(z.string()),
    }),
  ),
};
