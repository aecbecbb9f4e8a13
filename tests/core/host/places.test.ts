import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kindOf, listFolder, placeProblem, places, typedPath } from '../../../core/host/places.ts';
import { Project } from '../../../core/project/project.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visage-places-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder lists folders first, says which are projects, and hides hidden ones', async () => {
  Project.create(join(folder, 'p.visage')).close();
  mkdirSync(join(folder, 'q.visage'));
  mkdirSync(join(folder, '.git'));
  mkdirSync(join(folder, 'faces 10'));
  mkdirSync(join(folder, 'faces 9'));
  writeFileSync(join(folder, 'a.csv'), '');
  symlinkSync(join(folder, 'faces 9'), join(folder, 'link'));
  const { entries, parent } = await listFolder(folder);
  expect(parent).toBe(tmpdir());
  expect(entries.map(({ name, folder: is, project }) => [name, is, project])).toEqual([
    ['faces 9', true, false],
    ['faces 10', true, false],
    ['link', true, false],
    ['p.visage', true, true],
    ['q.visage', true, false],
    ['a.csv', false, false],
  ]);
  await expect(listFolder(join(folder, 'a.csv'))).rejects.toThrow('it is a file');
  await expect(listFolder(join(folder, 'none'))).rejects.toThrow('there is no such folder');
});

test('typed paths, kinds and quick places', () => {
  expect(typedPath('~/x')).toBe(join(homedir(), 'x'));
  expect(typedPath('')).toBe(homedir());
  Project.create(join(folder, 'p.visage')).close();
  writeFileSync(join(folder, 'a.csv'), '');
  expect(['p.visage', 'a.csv', '.', 'none'].map((name) => kindOf(join(folder, name)))).toEqual([
    'project',
    'file',
    'folder',
    'nothing',
  ]);
  expect(places()[0]).toEqual({ title: 'Home', path: homedir() });
});

test('where no project can be made is said before it is tried', () => {
  Project.create(join(folder, 'p.visage')).close();
  writeFileSync(join(folder, 'file'), '');
  expect(placeProblem(join(folder, 'new', 'deep', 'a.visage'))).toBeNull();
  expect(placeProblem(join(folder, 'a'))).toContain("does not end in '.visage'");
  expect(placeProblem(join(folder, '.visage'))).toBe('The project needs a name.');
  expect(placeProblem(join(folder, 'a?.visage'))).toContain('not every system allows');
  expect(placeProblem(join(folder, 'p.visage'))).toContain('exists already');
  expect(placeProblem(join(folder, 'file', 'a.visage'))).toContain('is a file');
  expect(placeProblem(join(folder, 'p.visage', 'a.visage'))).toContain('is a project itself');
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written (not checked as root)', () => {
  chmodSync(folder, 0o500);
  expect(placeProblem(join(folder, 'a.visage'))).toContain('may not write');
  chmodSync(folder, 0o700);
});
