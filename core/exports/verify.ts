import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { throwIfCancelled, type WorkOptions } from '../foundation/progress.ts';
import { readManifest } from './manifest.ts';
import { MANIFEST_FILE, manifestText, sha256 } from './write.ts';

/**
 * What is wrong with an export, a sentence each: files that are missing, changed, or not in the manifest. Empty when
 * every file is the one that was written.
 */
export async function verifyExport(
  folder: string,
  { signal, onProgress }: WorkOptions = {},
): Promise<string[]> {
  const manifestPath = join(folder, MANIFEST_FILE);
  const manifest = await readManifest(manifestPath);
  const problems: string[] = [];
  if (manifestText(manifest) !== (await readFile(manifestPath, 'utf8'))) {
    problems.push(`'${MANIFEST_FILE}' was changed after it was written.`);
  }
  const inFolder = manifest.settings.mode !== 'list';
  const expected = [
    ...manifest.files.map((file) => ({
      name: file.path,
      path: join(folder, file.path),
      sha256: file.sha256,
    })),
    ...manifest.faces.map((face) => ({
      name: face.file,
      path: inFolder ? join(folder, face.file) : face.file,
      sha256: face.sha256,
    })),
  ];
  let done = 0;
  for (const { name, path, sha256: wanted } of expected) {
    throwIfCancelled(signal);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) problems.push(`'${name}' is missing or cannot be read.`);
    else if (sha256(bytes) !== wanted)
      problems.push(`'${name}' is not the file that was exported: its content differs.`);
    onProgress?.({ stage: 'Checking files', done: ++done, total: expected.length, unit: 'files' });
  }
  const known = new Set([MANIFEST_FILE, ...expected.map(({ name }) => name)]);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const name = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (!known.has(name)) problems.push(`'${name}' does not belong to the export.`);
  }
  return problems;
}
