import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { float32s, ids, int8s, int16s, origin, path, source } from '../values.ts';

export const summary = z.object({
  path: z.string(),
  name: z.string(),
  readOnly: z.boolean(),
  faces: z.int(),
  sources: z.array(source),
  /** Part of picture addresses: another one for another project, and when boxes or files may have changed. */
  media: z.string(),
});
export type ProjectSummary = z.infer<typeof summary>;

/** The making of the demo project: running with its last report, done, or failed with a sentence. */
export const demoState = z.object({
  state: z.enum(['absent', 'making', 'made', 'failed']),
  path: z.string(),
  progress: z
    .object({ stage: z.string(), done: z.number(), total: z.number().optional(), unit: z.string() })
    .nullable(),
  problem: z.string().nullable(),
});
export type DemoState = z.infer<typeof demoState>;

/** The project behind this window. A window shows one project at a time. */
export const projectProcedures = {
  'app.info': procedure(
    z.object({}),
    z.object({
      version: z.string(),
      /** Projects opened lately, the latest first; `exists` is false for one that was moved or removed. */
      recent: z.array(
        z.object({ path: z.string(), name: z.string(), time: z.number(), exists: z.boolean() }),
      ),
      demo: demoState,
      /** The project that the host was started with, or that another window of it has open. */
      initial: z.string().nullable(),
      /** Where the user's settings stand. */
      settings: z.string(),
    }),
  ),
  /** Takes a project off the list of those opened lately; the project itself stays. */
  'app.forget': procedure(z.object({ path }), z.null()),
  'project.create': procedure(z.object({ path, name: z.string().max(200).optional() }), summary),
  /** `again` closes and opens a project that is open already: a read-only view may become the writer. */
  'project.open': procedure(z.object({ path, again: z.boolean().optional() }), summary),
  'project.summary': procedure(z.object({}), summary),
  'project.close': procedure(z.object({}), z.null()),
  /** Makes the demo project, or finishes one that was interrupted; 'demo.changed' tells how far it is. */
  'demo.make': procedure(z.object({}), z.null()),
  'demo.cancel': procedure(z.object({}), z.null()),
  'project.verify': procedure(z.object({ hashes: z.boolean() }), z.object({ problems: z.array(z.string()) })),
  /** Every face's current labels as columns; what the views filter, colour and count. */
  'faces.columns': procedure(
    z.object({}),
    z.object({
      faces: ids,
      values: z.array(int8s).length(5),
      /** Rank of each label's origin (0 model, 1 dataset, 2 rule, 3 human), −1 where unlabelled. */
      origins: z.array(int8s).length(5),
      /** NaN where none is known. */
      confidences: z.array(float32s).length(5),
      cohorts: int16s,
      sources: ids,
      identities: ids,
    }),
  ),
  /** The same for some faces, after their labels changed. */
  'faces.some': procedure(
    z.object({ faces: ids }),
    z.object({
      faces: ids,
      values: z.array(int8s).length(5),
      origins: z.array(int8s).length(5),
      confidences: z.array(float32s).length(5),
      cohorts: int16s,
    }),
  ),
  /** Identities whose name holds `text`, the closest first. Columns of equal length. */
  'identities.find': procedure(
    z.object({ text: z.string().max(200), limit: z.int().min(1).max(500) }),
    z.object({ identities: ids, sources: ids, names: z.array(z.string()) }),
  ),
  /** Names of some identities, in the order asked. */
  'identities.names': procedure(z.object({ identities: ids }), z.object({ names: z.array(z.string()) })),
  'face.detail': procedure(
    z.object({ face: z.int().min(1) }),
    z.object({
      id: z.int(),
      source: z.string(),
      path: z.string(),
      key: z.string(),
      identity: z.string().nullable(),
      split: z.string().nullable(),
      raw: z.record(z.string(), z.string()),
      box: z.array(z.number()).nullable(),
      points: float32s.nullable(),
      landmarks: float32s.nullable(),
      score: z.number().nullable(),
      labels: z.array(z.int()),
      origins: z.array(origin.nullable()),
      confidences: z.array(z.number().nullable()),
      /** Size of the upright picture in pixels, null while it was not seen. */
      picture: z.object({ width: z.int(), height: z.int() }).nullable(),
    }),
  ),
};
