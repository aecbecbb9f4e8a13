import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '../foundation/fault.ts';
import type { Manifest } from './types.ts';

const origin = z.enum(['dataset', 'model', 'human', 'rule']);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** Inside the export, and nowhere else: no absolute path, no '..'. */
const inside = z
  .string()
  .refine((path) => !path.startsWith('/') && !/^[A-Za-z]:|\\/.test(path) && !path.split('/').includes('..'), {
    message: 'is not a path inside the export',
  });

const schema = z
  .object({
    format: z.literal('visage-export'),
    version: z.literal(1),
    project: z.string(),
    settings: z.object({
      perCohort: z.int().min(1),
      seed: z.int(),
      balance: z.object({ sources: z.boolean(), identities: z.boolean() }),
      short: z.enum(['leave-out', 'take-all']),
      layout: z.enum(['visage', 'cohorts', 'fairface', 'imagefolder']),
      mode: z.enum(['copy', 'link', 'list']),
      selection: z.record(z.string(), z.unknown()),
    }),
    cohorts: z.array(z.object({ code: z.string(), available: z.int(), taken: z.int() })),
    short: z.array(z.object({ code: z.string(), count: z.int(), missing: z.int() })),
    passedOver: z
      .array(
        z.object({
          source: z.string(),
          path: z.string(),
          key: z.string(),
          cohort: z.string(),
          reason: z.string(),
        }),
      )
      .optional(),
    faces: z.array(
      z.object({
        file: z.string(),
        sha256: hash,
        bytes: z.int(),
        source: z.string(),
        path: z.string(),
        key: z.string(),
        identity: z.string().nullable(),
        cohort: z.string().regex(/^\d{5}$/),
        values: z.array(z.int()).length(5),
        origins: z.array(origin.nullable()).length(5),
        confidences: z.array(z.number().nullable()).length(5),
        box: z.array(z.number()).length(4).nullable(),
        points: z.array(z.number()).length(10).nullable(),
      }),
    ),
    files: z.array(z.object({ path: inside, sha256: hash, bytes: z.int() })),
  })
  .refine(
    ({ settings, faces }) =>
      settings.mode === 'list' || faces.every(({ file }) => inside.safeParse(file).success),
    {
      message: "a face's file is not a path inside the export",
    },
  );

/** Reads and checks a manifest. @throws Fault that says what is wrong with it and where. */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw new Fault(`The manifest '${path}' cannot be read (${thrown.code ?? thrown.message}).`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new Fault(`'${path}' is not JSON: ${(thrown as Error).message}.`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Fault(
      `'${path}' is no manifest of an export: ${issue.path.join('.') || 'the whole'}: ${issue.message}.`,
    );
  }
  return parsed.data;
}
