import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEngine } from '../../core/engine/client.ts';
import { demo, demoProject } from '../../core/jobs/demo.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A small finished demo project; specs work on copies of it. */
    demo: string;
  }
}

const ROOT = resolve(import.meta.dirname, '../..');

/** Builds the window and makes one small demo project for all specs. */
export default async function setup(project: TestProject): Promise<() => void> {
  const built = spawnSync(process.execPath, [join(ROOT, 'build/renderer.ts')], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('The window could not be built.');
  const folder = mkdtempSync(join(tmpdir(), 'visage-e2e-'));
  const engine = startEngine();
  try {
    await demo(engine, { folder, faces: 600, identities: 60, seed: 1 });
  } finally {
    await engine.close();
  }
  project.provide('demo', demoProject(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}
