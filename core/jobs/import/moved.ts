import { join, resolve } from 'node:path';
import { hashOf, sizeOf } from '../../datasets/places.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { NewFace } from '../../project/types.ts';

/** A source whose images are read again from another place, while they are gone from where it had them. */
export interface MovedSource {
  source: string;
  format: string;
  /** Where its images were. */
  root: string;
  /** Images that were compared, and how many of them were its own. */
  compared: number;
  matched: number;
}

/** Images that are compared: a few from all over the first faces. */
const COMPARED = 48;

/**
 * The source whose images, by content, lie below `root` now and no more where it has them; null where most of the images
 * that are compared are of no such source. A copy whose original is still there is another source.
 */
export async function movedSource(
  project: ProjectStore,
  faces: readonly NewFace[],
  root: string,
  options: WorkOptions,
): Promise<MovedSource | null> {
  const sources = new Map(
    project.sources().flatMap((source) => {
      const { root: old } = source;
      return old === null || resolve(old) === resolve(root)
        ? []
        : [[source.id, { ...source, root: old }] as const];
    }),
  );
  if (sources.size === 0) return null;
  const paths = [...new Set(faces.map(({ path }) => path))];
  const step = Math.max(1, paths.length / COMPARED);
  const files = new Map<string, number>();
  for (let at = 0; at < paths.length; at += step) {
    throwIfCancelled(options.signal);
    const path = join(root, paths[Math.floor(at)]);
    const size = await sizeOf(path);
    if (size !== undefined && size > 0) files.set(path, size);
  }
  const sizes = new Set(files.values());
  const known = new Map<string, { source: number; file: string }[]>();
  for (const { sourceId, place, hash, bytes } of project.images()) {
    const source = sources.get(sourceId);
    if (source === undefined || hash === null || bytes === null || !sizes.has(bytes)) continue;
    const same = known.get(hash) ?? [];
    same.push({ source: sourceId, file: join(source.root, place) });
    known.set(hash, same);
  }
  if (known.size === 0) return null;
  const votes = new Map<number, number>();
  for (const path of files.keys()) {
    throwIfCancelled(options.signal);
    const gone = new Set<number>();
    for (const { source, file } of known.get(await hashOf(path)) ?? []) {
      if ((await sizeOf(file)) === undefined) gone.add(source);
    }
    for (const source of gone) votes.set(source, (votes.get(source) ?? 0) + 1);
  }
  const [best] = [...votes].sort((a, b) => b[1] - a[1]);
  if (best === undefined || best[1] * 2 <= files.size) return null;
  const { name, format, root: old } = sources.get(best[0]) as { name: string; format: string; root: string };
  return { source: name, format, root: old, compared: files.size, matched: best[1] };
}

/** The offer, as a sentence. @param read the format as which they would be read now */
export function movedSentence(moved: MovedSource, root: string, read: string): string {
  const { source, format, root: old, compared, matched } = moved;
  const same = `--name '${source}'${format === read ? '' : ` --format ${format}`}`;
  return `The images in '${root}' are those of the source '${source}' (${matched} of ${compared} that were compared), which are not in '${old}' any more: the same pictures at a new place. If it has moved, say ${same}, and its faces stay what they are; to have them in the project twice, as a source of its own, say --another.`;
}
