import { z } from 'zod';
import { procedure } from '../procedure.ts';
import { ids } from '../values.ts';

const settings = z.object({
  perCohort: z.int().min(1),
  seed: z.int(),
  balance: z.object({ sources: z.boolean(), identities: z.boolean() }),
  short: z.enum(['leave-out', 'take-all']),
});

/** What a balanced set would hold, before it is written (the writing is a job). */
export const exportProcedures = {
  'export.preview': procedure(
    z.object({
      settings,
      /** Only these faces; all when absent. */
      faces: ids.optional(),
    }),
    z.object({
      images: z.int(),
      cohorts: z.array(z.object({ code: z.string(), available: z.int(), taken: z.int() })),
      short: z.array(z.object({ code: z.string(), count: z.int(), missing: z.int() })),
      sources: z.array(z.object({ name: z.string(), images: z.int() })),
      identities: z.int(),
    }),
  ),
  'export.verify': procedure(z.object({ folder: z.string() }), z.object({ problems: z.array(z.string()) })),
};
