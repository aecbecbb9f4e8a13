import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Project } from '../../../core/project/project.ts';
import type { Agent, NewFace } from '../../../core/project/types.ts';

/** A folder for the tests of one file; removed with everything in it. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'visage-store-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const ANA: Agent = { origin: 'human', name: 'ana' };
export const NET: Agent = { origin: 'model', name: 'net', hash: 'abc123' };
export const RULE: Agent = { origin: 'rule', name: 'clear Others' };

/** A project with one source and `n` faces that nobody labelled: ids 1 … n, images 'i.jpg'. */
export function projectOf(path: string, n: number, labels?: NewFace['labels']): Project {
  const project = Project.create(path);
  const source = project.addSource({ name: 'Set', format: 'folder', root: null });
  const faces = Array.from({ length: n }, (_, i): NewFace => ({ path: `${i + 1}.jpg`, labels }));
  project.putFaces(source.id, faces, 'read Set');
  return project;
}
