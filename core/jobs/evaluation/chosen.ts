import { isAbsolute, resolve } from 'node:path';
import type { Crop } from '../../engine/preparation.ts';
import { type PairSet, readPairSet } from '../../evaluation/pair-lists.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { fileHash, textHash } from '../../models/hash.ts';
import type { ProjectStore } from '../../project/store.ts';
import { drawnFromProject, type PairDraw } from './drawn.ts';
import { facesOfFiles, facesOfProject, type PairedFaces } from './pictures.ts';

/** Pairs and the faces that they are of. */
export interface ChosenPairs {
  set: PairSet;
  paired: PairedFaces;
  /** True where the pictures are the project's faces, which its points align. */
  fromProject: boolean;
  /** Identities that pairs were drawn from, and the seed; null where a set says the pairs. */
  drawn: { identities: number; seed: number } | null;
  folds: number;
  remarks: string[];
}

export interface ListedChoice {
  frontal?: boolean;
  images?: string;
  source?: string;
  folds?: number;
}

/** Pairs that a file or folder says. @throws Fault where it cannot be read, or pictures are missing */
export function listedPairs(
  project: ProjectStore | undefined,
  path: string,
  { frontal, images, source, folds: given }: ListedChoice,
): ChosenPairs {
  const set = readPairSet(path, frontal);
  const folds = given ?? set.folds;
  if (folds < 2 || folds > set.pairs.length) {
    throw new Fault(
      `${set.pairs.length} pairs cannot be cut into ${folds} folds; allowed: 2 to the number of pairs.`,
    );
  }
  const genuine = set.pairs.filter(({ same }) => same).length;
  if (genuine === 0 || genuine === set.pairs.length) {
    throw new Fault(
      `All ${set.pairs.length} pairs of '${path}' are of ${genuine === 0 ? 'two people' : 'one person'}. Accuracy, ROC, AUC and TAR at FAR compare pairs of one person with pairs of two: take a list that has both, or let pairs be drawn from a project's identities.`,
    );
  }
  const own = { set, drawn: null, folds, remarks: set.remarks ?? [] };
  if (project === undefined || images !== undefined || set.roots.length === 0) {
    return { ...own, paired: facesOfFiles(set, images), fromProject: false };
  }
  return { ...own, paired: facesOfProject(set, project, source), fromProject: true };
}

/** Pairs of the project's own identities, of faces that `crop` can cut. @throws Fault where they are too few */
export async function drawnPairs(
  project: ProjectStore | undefined,
  draw: PairDraw,
  crop: Crop,
  options: WorkOptions,
): Promise<ChosenPairs> {
  if (project === undefined) throw new Fault('Pairs are drawn from the faces of a project; say which.');
  const { identities, ...found } = await drawnFromProject(project, draw, crop, options);
  return {
    ...found,
    fromProject: true,
    drawn: { identities, seed: draw.seed ?? 0 },
    folds: found.set.folds,
  };
}

/**
 * Says which pairs these are: equal for the same pairs of the same pictures, wherever the list lies. A list names pictures
 * by paths that another source or folder may have too.
 */
export function pairsHash(
  { set: { pairs }, paired, fromProject }: Pick<ChosenPairs, 'set' | 'paired' | 'fromProject'>,
  from: string | PairDraw,
  images: string | undefined,
): string {
  if (typeof from === 'string' && pairs.some(({ first }) => isAbsolute(first))) return fileHash(from);
  const list = pairs.map((pair) => Object.values(pair));
  if (typeof from !== 'string') return textHash(JSON.stringify(list));
  const pictures = fromProject ? paired.ids : images && resolve(images);
  return textHash(JSON.stringify([list, ...(pictures === undefined ? [] : [pictures])]));
}
