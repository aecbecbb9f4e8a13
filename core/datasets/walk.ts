import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../foundation/progress.ts';
import { isHidden, isImageName } from './listing.ts';

/** What a walk met beside the images. */
export interface WalkCounts {
  others: number;
}

/**
 * Relative paths ('/' separators) of all image files under a folder, folder by folder in the order of names; a link to
 * a folder is followed once.
 */
export async function* walkImages(
  root: string,
  signal?: AbortSignal,
  counts: WalkCounts = { others: 0 },
): AsyncGenerator<string> {
  const top = await stat(root);
  const seen = new Set([`${top.dev}:${top.ino}`]);
  const pending = [''];
  for (let below = pending.pop(); below !== undefined; below = pending.pop()) {
    throwIfCancelled(signal);
    const folders: string[] = [];
    const images: string[] = [];
    for await (const entry of await opendir(join(root, below), { bufferSize: 512 })) {
      if (isHidden(entry.name)) continue;
      const relative = below === '' ? entry.name : `${below}/${entry.name}`;
      let folder = entry.isDirectory();
      let file = entry.isFile();
      if (entry.isSymbolicLink()) {
        const target = await stat(join(root, relative)).catch(() => undefined);
        file = target?.isFile() ?? false;
        folder = target?.isDirectory() ?? false;
        if (folder && target) {
          const place = `${target.dev}:${target.ino}`;
          if (seen.has(place)) continue;
          seen.add(place);
        }
      }
      if (folder) folders.push(relative);
      else if (file && isImageName(entry.name)) images.push(relative);
      else if (file) counts.others++;
    }
    images.sort();
    yield* images;
    folders.sort((a, b) => (a < b ? 1 : -1));
    pending.push(...folders);
  }
}
