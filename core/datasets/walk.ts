import type { Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../foundation/progress.ts';
import { below, causeOf, entryKind, FolderNames, LOST_NAME } from './entries.ts';
import { isHidden, isImageName } from './listing.ts';
import type { ReadReport } from './report.ts';

/** What a walk met beside the images. */
export interface WalkCounts {
  /** Files that are no images by their names. */
  others: number;
  /** The first of them. */
  first?: string;
}

/**
 * Relative paths ('/' separators) of all image files under a folder, folder by folder in the order of names; a link to
 * a folder is followed once. Pipes, sockets and devices, links that lead nowhere, folders that may not be read and names
 * that are no text are passed over and never opened; each is told to the report.
 * @throws as node:fs when the root itself cannot be read
 */
export async function* walkImages(
  root: string,
  signal?: AbortSignal,
  report?: ReadReport,
  counts: WalkCounts = { others: 0 },
): AsyncGenerator<string> {
  const pass = (path: string, sentence: string): void => {
    if (report === undefined) return;
    report.rows++;
    report.reject(path, null, path, sentence);
  };
  const top = await stat(root);
  const seen = new Set([`${top.dev}:${top.ino}`]);
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    throwIfCancelled(signal);
    const folders: string[] = [];
    const images: string[] = [];
    const names = new FolderNames(join(root, folder));
    try {
      for await (const entry of await opendir(join(root, folder), { bufferSize: 512 })) {
        if (isHidden(entry.name) || !names.take(entry.name)) continue;
        const path = below(folder, entry.name);
        let target: Stats | { failed: unknown } | undefined;
        if (entry.isSymbolicLink()) {
          target = await stat(join(root, path)).catch((failed: unknown) => ({ failed }));
        }
        const kind = entryKind(entry, target);
        if (typeof kind === 'object') pass(path, kind.passed);
        else if (kind === 'folder') {
          if (target && 'ino' in target) {
            const place = `${target.dev}:${target.ino}`;
            if (seen.has(place)) {
              report?.note('%d links to folders that are read already were not followed again.');
              continue;
            }
            seen.add(place);
          }
          folders.push(path);
        } else if (isImageName(entry.name)) images.push(path);
        else {
          counts.others++;
          counts.first ??= path;
        }
      }
    } catch (thrown) {
      if (folder === '' || (thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
      pass(folder, `the folder was passed over: ${causeOf(thrown)}.`);
    }
    for (const name of names.lost) pass(below(folder, name), LOST_NAME);
    images.sort();
    yield* images;
    folders.sort((a, b) => (a < b ? 1 : -1));
    pending.push(...folders);
  }
}
