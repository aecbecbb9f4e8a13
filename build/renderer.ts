import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the window's bundle is made from. */
const SOURCES = ['renderer', 'core/contract', 'core/attributes', 'core/foundation', 'package-lock.json'];

/** Latest modification in a file or folder, in milliseconds. */
function latest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((most, name) => Math.max(most, latest(join(path, name))), stat.mtimeMs);
}

/** True when a built file is missing or older than one of its sources, which are relative to the root. */
export function isStale(root: string, built: string, sources: readonly string[]): boolean {
  if (!existsSync(built)) return true;
  const time = statSync(built).mtimeMs;
  return sources.some((source) => latest(join(root, source)) > time);
}

export const rendererIsStale = (root: string): boolean =>
  isStale(root, join(root, 'dist', 'renderer', 'index.html'), SOURCES);

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  if (rendererIsStale(root)) {
    console.error('Building the window …');
    const { build } = await import('vite');
    await build({ configFile: join(root, 'renderer', 'vite.config.ts'), logLevel: 'warn' });
  }
}
