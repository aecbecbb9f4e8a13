import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { importSource } from '../../../core/jobs/import.ts';
import { Project } from '../../../core/project/project.ts';
import { run } from '../cli/run.ts';
import { folderWith, jpeg, temporary } from '../datasets/fixtures.ts';

/** Two people, read in as 'first' from a folder that then moves. */
async function movedProject(): Promise<{ path: string; old: string; now: string }> {
  const folder = temporary();
  const old = join(folder, 'old');
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < 6; i++) files[`p${i % 2}/${i}.jpg`] = await jpeg(i + 1);
  folderWith(files, old);
  const path = join(folder, 'p.visage');
  const project = Project.create(path);
  await importSource(project, { source: old, name: 'first' });
  project.close();
  const now = join(folder, 'new', 'place');
  cpSync(old, now, { recursive: true });
  return { path, old, now };
}

const faceCount = (path: string): number => {
  const project = Project.open(path, { readOnly: true });
  onTestFinished(() => project.close());
  return project.faceCount();
};

describe('a source that has moved, read under another name', () => {
  test('is offered as the same pictures at a new place, by dry run and run alike', async () => {
    const { path, old, now } = await movedProject();
    renameSync(old, `${old}.gone`);
    const sentence = `The images in '${now}' are those of the source 'first' (6 of 6 that were compared), which are not in '${old}' any more: the same pictures at a new place. If it has moved, say --name 'first', and its faces stay what they are; to have them in the project twice, as a source of its own, say --another.`;
    const dry = await run(['import', path, now, '--dry-run', '--json']);
    expect(dry.code).toBe(1);
    expect(dry.json.moved).toEqual({
      source: 'first',
      format: 'identities',
      root: old,
      compared: 6,
      matched: 6,
    });
    expect((await run(['import', path, now, '--dry-run'])).out).toContain(sentence);
    for (const name of [[], ['--name', 'second']]) {
      const refused = await run(['import', path, now, ...name]);
      expect(refused.code).toBe(1);
      expect(refused.err).toContain(sentence);
    }
    expect(faceCount(path)).toBe(6);
    const other = await run(['import', path, now, '--format', 'folder']);
    expect(other.err).toContain("say --name 'first' --format identities,");
    const taken = await run(['import', path, now, '--name', 'first', '--json']);
    expect(taken.json).toMatchObject({ added: 0, unchanged: 6, faces: 6, root: now, images: { ok: 6 } });
    // It lies there now, so nothing is asked any more.
    expect((await run(['import', path, now, '--name', 'first', '--json'])).json).toMatchObject({ added: 0 });
  });

  test('--another reads it as a source of its own', async () => {
    const { path, old, now } = await movedProject();
    rmSync(old, { recursive: true });
    expect((await run(['import', path, now, '--another', '--json'])).json).toMatchObject({
      added: 6,
      faces: 12,
    });
  });

  test('nothing is asked of copies, of other pictures, and of sets that share a few pictures', async () => {
    const { path, old, now } = await movedProject();
    const copy = await run(['import', path, now, '--dry-run', '--json']);
    expect([copy.code, copy.json.moved]).toEqual([0, null]);
    rmSync(old, { recursive: true });
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < 8; i++) files[`q${i % 2}/${i}.jpg`] = await jpeg(i < 3 ? i + 1 : i + 50);
    const few = await run(['import', path, folderWith(files), '--json']);
    expect(few.json).toMatchObject({ added: 8, faces: 14 });
  });
});
