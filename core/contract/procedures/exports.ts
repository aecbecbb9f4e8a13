import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { path, selection } from '../values.ts';

const planSettings = z.object({
  perCohort: z.int().min(1),
  seed: z.int().min(0),
  balance: z.object({ sources: z.boolean(), identities: z.boolean() }),
  short: z.enum(['leave-out', 'take-all']),
});

const shortfall = z.object({ code: z.string(), count: z.int(), missing: z.int() });
const passedOver = z.object({
  source: z.string(),
  path: z.string(),
  key: z.string(),
  cohort: z.string(),
  reason: z.string(),
});
const taken = z.object({ code: z.string(), available: z.int(), taken: z.int() });

export const exportPreview = z.object({
  images: z.int(),
  cohorts: z.array(taken),
  short: z.array(shortfall),
  /** Faces that are drawn around, because their pictures cannot be read: how many, and the first of them. */
  passedOver: z.object({ count: z.int(), first: z.array(passedOver) }),
  /** Pictures per source, and per cohort the same in the order of the sources. */
  sources: z.array(z.object({ name: z.string(), images: z.int(), perCohort: z.array(z.int()) })),
  /** People by name; faces without one are counted apart. */
  identities: z.int(),
  unnamed: z.int(),
  /** Folder that an export of these settings gets where none is chosen. */
  folder: z.string(),
  seconds: z.number(),
});
export type ExportPreview = z.infer<typeof exportPreview>;

/** One export as the list shows it; the settings are null where its manifest is gone or cannot be read. */
export const listedExport = z.object({
  folder: z.string(),
  /** Milliseconds since 1970. */
  time: z.number(),
  exists: z.boolean(),
  images: z.int().nullable(),
  cohorts: z.int().nullable(),
  settings: planSettings.extend({ layout: z.string(), mode: z.string() }).nullable(),
});
export type ListedExport = z.infer<typeof listedExport>;

export const exportSummary = listedExport.extend({
  manifest: z.string(),
  /** SHA-256 of manifest.json: what names this set. */
  hash: z.string(),
  project: z.string(),
  selection: z.record(z.string(), z.unknown()),
  short: z.array(shortfall),
  taken: z.array(taken),
  passedOver: z.object({ count: z.int(), first: z.array(passedOver) }),
  sources: z.array(z.object({ name: z.string(), images: z.int() })),
  identities: z.int(),
  /** Of the pictures together. */
  bytes: z.number(),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.int() })),
});
export type ExportSummary = z.infer<typeof exportSummary>;

/** Balanced sets: what one would hold, and those that were written (the writing is a job). */
export const exportProcedures = {
  'export.preview': procedure(z.object({ settings: planSettings, selection }), exportPreview),
  'export.list': procedure(z.object({}), z.array(listedExport)),
  'export.read': procedure(z.object({ folder: path }), exportSummary),
  'export.verify': procedure(
    z.object({ folder: path }),
    z.object({ problems: z.array(z.string()), seconds: z.number() }),
  ),
};
