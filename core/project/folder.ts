import { basename, join } from 'node:path';

/** What a project folder holds beside project.db. */
export const FOLDERS = ['vectors', 'models', 'runs', 'thumbs', 'exports'] as const;

export const DATABASE = 'project.db';

/** SQLite's lock on this empty database is what makes one process the writer; it dies with the process. */
export const LOCK = 'writer.lock';

export const databaseFile = (path: string): string => join(path, DATABASE);

/** 'ana' for '/data/ana.visage'. */
export const projectName = (path: string): string => basename(path).replace(/\.visage$/, '');

/**
 * A file name (without ending) for any name that a user gave: letters, digits, '.', '-' and '_', at most 80, never
 * hidden, never one of `taken` (compared without case, as some disks do).
 */
export function fileNameFor(name: string, taken: ReadonlySet<string>): string {
  const base =
    name
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^[._-]+/, '')
      .slice(0, 80) || 'unnamed';
  // Windows keeps these names for devices, with any ending.
  const safe = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(base) ? `_${base}` : base;
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? safe : `${safe}-${n}`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
