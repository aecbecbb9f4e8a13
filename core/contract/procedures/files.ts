import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { path } from '../values.ts';

const mapping = z.object({
  columns: z.record(z.string(), z.string()),
  values: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

/** A source as it would be read; the same that `visage import --dry-run --json` prints, its rejects cut to the first. */
export const sourcePreview = z.object({
  path: z.string(),
  format: z.string(),
  title: z.string(),
  why: z.string(),
  others: z.array(z.object({ format: z.string(), title: z.string(), why: z.string() })),
  name: z.string(),
  root: z.string().nullable(),
  rows: z.int(),
  imported: z.int(),
  rejected: z.int(),
  repaired: z.int(),
  rejects: z.array(
    z.object({ file: z.string(), line: z.int().nullable(), value: z.string(), sentence: z.string() }),
  ),
  repairs: z.array(
    z.object({
      value: z.string(),
      read: z.string(),
      count: z.int(),
      first: z.string(),
      by: z.enum(['spreadsheet']).optional(),
    }),
  ),
  notes: z.array(z.string()),
  says: z.record(z.string(), z.int()),
  sample: z.array(
    z.object({
      path: z.string(),
      identity: z.string().optional(),
      labels: z.array(z.int().nullable()),
    }),
  ),
  seconds: z.number(),
});
export type SourcePreview = z.infer<typeof sourcePreview>;

/** The user's disk, for picking what is opened and read in. */
export const fileProcedures = {
  /** Folders and files of a folder; '' is the user's own. */
  'files.list': procedure(
    z.object({ path: z.string().max(4096) }),
    z.object({
      path: z.string(),
      parent: z.string().nullable(),
      entries: z.array(
        z.object({
          name: z.string(),
          path: z.string(),
          folder: z.boolean(),
          /** A folder that holds a project. */
          project: z.boolean(),
        }),
      ),
    }),
  ),
  /** Folders worth a button: the user's own, and disks. */
  'files.places': procedure(z.object({}), z.array(z.object({ title: z.string(), path: z.string() }))),
  /** What stands at a path: to know what a dropped or typed path is. */
  'files.kind': procedure(z.object({ path }), z.enum(['nothing', 'file', 'folder', 'project'])),
  /** Why no project can be made at a path, null where one can. */
  'project.place': procedure(
    z.object({ path: z.string().max(4096) }),
    z.object({ path: z.string(), problem: z.string().nullable() }),
  ),
  /** What a folder or file would be read as; nothing is written and no picture opened. */
  'source.inspect': procedure(
    z.object({
      path,
      format: z.string().max(40).optional(),
      images: path.optional(),
      mapping: mapping.optional(),
    }),
    sourcePreview,
  ),
  'source.formats': procedure(
    z.object({}),
    z.array(z.object({ format: z.string(), title: z.string(), looksFor: z.string() })),
  ),
  /** The cache of small pictures of the open project. */
  'cache.info': procedure(z.object({}), z.object({ folder: z.string(), files: z.int(), bytes: z.number() })),
  'cache.clear': procedure(z.object({}), z.object({ folder: z.string(), files: z.int(), bytes: z.number() })),
};
