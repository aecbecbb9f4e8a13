import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { path } from '../values.ts';

/** Raw value → our word, or the name of a scale: 'years', 'degrees', 'radians', 'ignore'. */
const valueMapping = z.union([z.string().max(40), z.record(z.string(), z.string())]);
export type ValueMapping = z.infer<typeof valueMapping>;

/** Which columns say what, and what their values mean; see `visage import --columns` and `--values`. */
export const columnMapping = z.object({
  columns: z.record(z.string(), z.string()),
  values: z.record(z.string(), valueMapping).optional(),
});

/** A column whose numbers can mean several things: what is not known, and the ways to read it. */
export const columnQuestion = z.object({
  attribute: z.string(),
  file: z.string(),
  column: z.string(),
  values: z.array(z.object({ value: z.string(), rows: z.int() })),
  sentence: z.string(),
  options: z.array(
    z.object({ name: z.string(), title: z.string(), values: valueMapping, words: z.string() }),
  ),
});
export type ColumnQuestion = z.infer<typeof columnQuestion>;

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
  /** The import waits for their answers: a mapping of the attribute's values. */
  questions: z.array(columnQuestion),
  /** A table's encoding was guessed, and may have to be said. */
  guessed: z.boolean(),
  says: z.record(z.string(), z.int()),
  sample: z.array(
    z.object({
      path: z.string(),
      identity: z.string().optional(),
      labels: z.array(z.int().nullable()),
    }),
  ),
  /** The source of the open project whose images these are, at a new place; the import asks whether it has moved. */
  moved: z
    .object({
      source: z.string(),
      format: z.string(),
      root: z.string(),
      compared: z.int(),
      matched: z.int(),
    })
    .nullable(),
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
      encoding: z.string().max(40).optional(),
      mapping: columnMapping.optional(),
      name: z.string().max(400).optional(),
      another: z.boolean().optional(),
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
