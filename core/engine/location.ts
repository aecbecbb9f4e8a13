import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../foundation/fault.ts';

/** The folder core/ as a path with a separator at its end. */
export const CORE = fileURLToPath(new URL('../', import.meta.url));

/**
 * The path of a task module, after the check that it is a module inside one of the folders. The engine process imports
 * what it is told, so the host must not be able to be talked into naming anything else.
 * @throws Fault otherwise
 */
export function taskPath(url: string, roots: readonly string[] = [CORE]): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'file:') {
    throw new Fault(`'${url.slice(0, 200)}' is not a task: a task is a file: URL inside core/.`);
  }
  const path = fileURLToPath(parsed);
  if (!existsSync(path)) throw new Fault(`The task module '${path}' does not exist.`);
  const real = realpathSync(path);
  const inside = roots.some((root) => existsSync(root) && real.startsWith(`${realpathSync(root)}${sep}`));
  if (!inside || !/\.(ts|mts|js|mjs)$/.test(real)) {
    throw new Fault(`'${path}' is not a task: a task is a module inside core/.`);
  }
  return path;
}

/**
 * The Node that engine processes run on: this one when it is plain Node of version 24 or later (Electron's is not: its
 * allocator traps on large native allocations), else the one that the npm package `node` brought.
 * @throws Fault when neither is there
 */
export function nodeBinary(): string {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24 && process.versions.electron === undefined) return process.execPath;
  const require = createRequire(import.meta.url);
  let folder: string;
  try {
    folder = dirname(require.resolve('node/package.json'));
  } catch {
    throw new Fault(
      "The engine needs Node 24 and the npm package 'node' is not installed: run 'npm install'.",
    );
  }
  const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary))
    throw new Fault(`The engine needs Node 24 at '${binary}', and there is no such file.`);
  return binary;
}
