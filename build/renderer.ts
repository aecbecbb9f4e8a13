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

/** True when the built window is missing or older than one of its sources. */
export function rendererIsStale(root: string): boolean {
  const page = join(root, 'dist', 'renderer', 'index.html');
  if (!existsSync(page)) return true;
  const built = statSync(page).mtimeMs;
  return SOURCES.some((source) => latest(join(root, source)) > built);
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  if (rendererIsStale(root)) {
    console.error('Building the window …');
    const { build } = await import('vite');
    await build({ configFile: join(root, 'renderer', 'vite.config.ts'), logLevel: 'warn' });
  }
}
