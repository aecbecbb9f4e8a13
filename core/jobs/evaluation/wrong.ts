import type { PicturePair } from '../../evaluation/pair-lists.ts';
import type { WrongPair } from '../../evaluation/similarities.ts';
import type { PairedFaces } from './pictures.ts';

/** One picture of a pair: the face of the project that it is, if any. */
export interface PairPicture {
  path: string;
  face: number | null;
}

export interface WrongPicturePair {
  first: PairPicture;
  second: PairPicture;
  cosine: number;
  /** The fold's threshold as a cosine. */
  threshold: number;
}

/** Pairs of each kind that are kept. */
const KEPT = 48;

/** The worst of the wrong pairs with their pictures. */
export function wrongPicturePairs(
  wrong: { accepted: readonly WrongPair[]; rejected: readonly WrongPair[] },
  pairs: readonly PicturePair[],
  { paths, ids }: PairedFaces,
): { accepted: WrongPicturePair[]; rejected: WrongPicturePair[] } {
  const faces = new Map(paths.map((path, i) => [path, ids?.[i] ?? null]));
  const picture = (path: string): PairPicture => ({ path, face: faces.get(path) ?? null });
  const shown = (list: readonly WrongPair[]): WrongPicturePair[] =>
    list.slice(0, KEPT).map(({ pair, cosine, threshold }) => ({
      ...{ first: picture(pairs[pair].first), second: picture(pairs[pair].second), cosine, threshold },
    }));
  return { accepted: shown(wrong.accepted), rejected: shown(wrong.rejected) };
}
