import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import { databaseFile } from '../project/folder.ts';

export interface Entry {
  name: string;
  path: string;
  folder: boolean;
  project: boolean;
}

export const isProject = (path: string): boolean => existsSync(databaseFile(path));

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** '~' and '~/faces' as people type them. */
export const typedPath = (path: string): string =>
  resolve(path === '' ? homedir() : path.replace(/^~(?=$|[/\\])/, homedir()));

/** What a folder holds, folders first, hidden ones left out. @throws Fault when it cannot be read */
export async function listFolder(
  given: string,
): Promise<{ path: string; parent: string | null; entries: Entry[] }> {
  const path = typedPath(given);
  const found = await readdir(path, { withFileTypes: true }).catch((thrown: NodeJS.ErrnoException) => {
    const why: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such folder',
      ENOTDIR: 'it is a file',
      EACCES: 'you may not read it',
    };
    throw new Fault(`'${path}' cannot be listed: ${why[thrown.code ?? ''] ?? thrown.message}.`);
  });
  const entries = found
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => {
      const place = join(path, entry.name);
      const folder = entry.isDirectory() || (entry.isSymbolicLink() && isFolder(place));
      return { name: entry.name, path: place, folder, project: folder && isProject(place) };
    })
    .sort(
      (a, b) => Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name, 'en', { numeric: true }),
    );
  const parent = dirname(path);
  return { path, parent: parent === path ? null : parent, entries };
}

/** The user's own folders and the disks that are there. */
export function places(): { title: string; path: string }[] {
  const home = homedir();
  const own = ['Desktop', 'Documents', 'Pictures', 'Downloads', 'Visage'].map((name) => ({
    title: name,
    path: join(home, name),
  }));
  return [
    { title: 'Home', path: home },
    ...own.filter(({ path }) => isFolder(path)),
    ...disks().map((path) => ({ title: basename(path) || path, path })),
  ];
}

function disks(): string[] {
  if (process.platform === 'win32')
    return [...'CDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:\\`).filter((path) => existsSync(path));
  const roots =
    process.platform === 'darwin'
      ? ['/Volumes']
      : [`/media/${userInfo().username}`, `/run/media/${userInfo().username}`, '/mnt'];
  return roots.flatMap((root) => {
    try {
      return readdirSync(root)
        .map((name) => join(root, name))
        .filter(isFolder);
    } catch {
      return [];
    }
  });
}

export function kindOf(given: string): 'nothing' | 'file' | 'folder' | 'project' {
  const path = typedPath(given);
  if (isProject(path)) return 'project';
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 'nothing';
  return stat.isDirectory() ? 'folder' : 'file';
}

/** Why no project can be made at `path`, as a sentence; null where one can. */
export function placeProblem(path: string): string | null {
  const name = basename(path);
  if (!name.endsWith('.visage'))
    return `'${name}' does not end in '.visage', as the folder of a project does.`;
  if (name === '.visage') return 'The project needs a name.';
  if (/[<>:"|?*]/.test(name) || [...name].some((sign) => sign < ' '))
    return `'${name}' has a sign that not every system allows in a name: < > : " | ? *.`;
  if (existsSync(path)) return `'${path}' exists already; choose another name or folder.`;
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  if (!isFolder(folder)) return `'${folder}' is a file, so no folder can be made in it.`;
  if (isProject(folder)) return `'${folder}' is a project itself; choose a folder outside it.`;
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return `You may not write into '${folder}'; choose another folder.`;
  }
  return null;
}
