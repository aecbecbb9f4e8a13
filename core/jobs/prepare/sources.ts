import type { ProjectStore } from '../../project/store.ts';

/** Formats whose pictures may show anybody: every face of a picture becomes a face of its own. */
const PLAIN = new Set(['folder']);

/**
 * The project's sources in two groups: those whose records each are about one face, and plain folders of photographs.
 * @param oneFace treat all as the first
 */
export function sourcesByFaces(
  project: ProjectStore,
  oneFace: boolean,
): { sources: number[]; all: boolean }[] {
  const groups = [false, true].map((all) => ({
    sources: project
      .sources()
      .filter(({ format }) => (PLAIN.has(format) && !oneFace) === all)
      .map(({ id }) => id),
    all,
  }));
  return groups.filter(({ sources }) => sources.length > 0);
}
