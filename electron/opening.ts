import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';

/**
 * The project that a command line asks for: its last argument that names one. `NAME.visage`, or its `project.db`
 * (what a file manager that shows the folder's inside is double-clicked on).
 * @param folder what relative paths are relative to
 */
export function projectAmong(args: readonly string[], folder: string): string | undefined {
  for (const argument of args.toReversed()) {
    if (argument === '' || argument.startsWith('-')) continue;
    const path = resolve(folder, argument);
    if (/\.visage$/i.test(path)) return path;
    if (basename(path) === 'project.db' && /\.visage$/i.test(dirname(path))) return dirname(path);
  }
  return undefined;
}

/** What a second start of the program hands to the first. */
const handed = z.object({ args: z.array(z.string()).max(1000), folder: z.string() });
export type Handed = z.infer<typeof handed>;

/** The project that a second start asks for; what another program may have put there is parsed, not believed. */
export function projectHanded(data: unknown): string | undefined {
  const parsed = handed.safeParse(data);
  return parsed.success ? projectAmong(parsed.data.args, parsed.data.folder) : undefined;
}
