import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import type { NewFace } from '../project/types.ts';
import type { OpenSource } from './reader.ts';
import { StemSearch } from './stems.ts';

/** Faces whose paths decide where the images lie. */
const TRIED = 100;

/** The first of some folders below which one of the first faces' images lies. */
function rootFor(faces: readonly NewFace[], candidates: readonly string[]): string | undefined {
  const paths = faces.slice(0, TRIED).map((face) => face.path);
  return candidates.find((root) => paths.some((path) => existsSync(join(root, path))));
}

/** The folder that the user named. @throws Fault when it is none */
function folderGiven(path: string): string {
  const folder = resolve(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Fault(`--images '${path}' is no folder; a folder that holds the images is expected.`);
  }
  return folder;
}

/**
 * Where the images of a source lie: below the folder that the user names (or the reader's own folders in it), otherwise
 * where the reader thinks; null when no image of the first faces is found there.
 * @throws Fault when the user names what is no folder
 */
export function chooseRoot(
  open: OpenSource,
  faces: readonly NewFace[],
  images: string | undefined,
): string | null {
  if (open.fromImages) return open.roots[0];
  if (images !== undefined) {
    const given = folderGiven(images);
    const below = open.roots.map((root) => join(given, basename(root)));
    return rootFor(faces, [given, ...below]) ?? given;
  }
  return (
    rootFor(
      faces,
      open.roots.map((root) => resolve(root)),
    ) ?? null
  );
}

/**
 * Where the images of a source lie whose rows name them with other endings or in other case: of the reader's folders, the
 * first below which one of the first faces' images is found so.
 */
export const rootByStems = (open: OpenSource, faces: readonly NewFace[]): string | null =>
  open.roots
    .map((root) => resolve(root))
    .find((root) => {
      const search = new StemSearch(root);
      return faces.slice(0, TRIED).some(({ path }) => search.has(path));
    }) ?? null;

/** Of the first faces: those whose image is missing and stands there under another ending or case. */
export function countByStems(root: string, faces: readonly NewFace[]): number {
  const search = new StemSearch(root);
  return faces.slice(0, TRIED).filter(({ path }) => !existsSync(join(root, path)) && search.has(path, true))
    .length;
}
