import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { verifyExport } from '../exports/verify.ts';
import { MANIFEST_FILE } from '../exports/write.ts';
import { Fault } from '../foundation/fault.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import { databaseFile } from '../project/folder.ts';
import { Project } from '../project/project.ts';

export interface VerifyInput {
  /** A project or an export's folder. */
  path: string;
  /** Also read every image and compare its hash (exports: always). */
  hashes?: boolean;
  /** Write the current labels anew from their events first; projects only. */
  rebuild?: boolean;
}

export interface VerifyResult {
  ok: boolean;
  problems: string[];
  what: 'project' | 'export';
}

/** Checks a project or an export. What is wrong with its content is a problem; what is neither is a Fault. */
export async function verifyPath(
  { path, hashes, rebuild = false }: VerifyInput,
  options: WorkOptions = {},
): Promise<VerifyResult> {
  const what =
    !existsSync(databaseFile(path)) && existsSync(join(path, MANIFEST_FILE)) ? 'export' : 'project';
  let problems: string[];
  if (what === 'export') problems = await verifyExport(path, options);
  else problems = verifyProject(path, hashes === true, rebuild);
  return { ok: problems.length === 0, problems, what };
}

function verifyProject(path: string, hashes: boolean, rebuild: boolean): string[] {
  let project: Project;
  try {
    project = Project.open(path, { readOnly: !rebuild });
  } catch (thrown) {
    // A database too damaged to open is what verify is asked about.
    if (thrown instanceof Fault && existsSync(databaseFile(path)) && !rebuild) return [thrown.message];
    throw thrown;
  }
  try {
    if (rebuild) project.rebuildLabels();
    return project.verify({ hashes });
  } finally {
    project.close();
  }
}
