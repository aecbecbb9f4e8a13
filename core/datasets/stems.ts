import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isPictureName } from '../foundation/pictures/kinds.ts';

/** A path without its picture's ending, in small letters: what is left equal when a set was converted or renamed. */
export const stemOf = (path: string): string =>
  (isPictureName(path) ? path.slice(0, path.lastIndexOf('.')) : path).normalize('NFC').toLowerCase();

/** Rows and files that differ in ending or case alone. */
export interface StemPairs {
  /** Row's key → file. */
  files: Map<number, string>;
  /** Row's key → why it was not decided. */
  doubts: Map<number, string>;
}

/** Pairs rows with files of the same stem; where several of either could be meant, none is. */
export function pairStems(
  rows: readonly { id: number; path: string }[],
  candidates: Iterable<string>,
): StemPairs {
  const byStem = Map.groupBy(candidates, stemOf);
  const wanted = Map.groupBy(rows, ({ path }) => stemOf(path));
  const pairs: StemPairs = { files: new Map(), doubts: new Map() };
  for (const [stem, same] of wanted) {
    const files = byStem.get(stem) ?? [];
    if (files.length === 1 && same.length === 1) pairs.files.set(same[0].id, files[0]);
    else if (files.length > 0) {
      const could = files.slice(0, 3).map((file) => `'${file}'`);
      const meant = same.slice(0, 3).map(({ path }) => `'${path}'`);
      const sentence =
        same.length > 1
          ? `The rows ${meant.join(', ')} could all mean ${could.join(', ')}, so none was taken.`
          : `Several files differ from it in ending or case alone, so none was taken: ${could.join(', ')}.`;
      for (const { id } of same) pairs.doubts.set(id, sentence);
    }
  }
  return pairs;
}

/** Finds out whether a row's picture stands below a root under another ending or case. */
export class StemSearch {
  readonly #root: string;
  readonly #folders = new Map<string, string[]>();

  constructor(root: string) {
    this.#root = root;
  }

  #names(folder: string): string[] {
    let names = this.#folders.get(folder);
    if (names === undefined) {
      try {
        names = readdirSync(join(this.#root, folder));
      } catch {
        names = [];
      }
      this.#folders.set(folder, names);
    }
    return names;
  }

  /** @param renamed only files of another name, not of the same one in a folder of other case */
  has(path: string, renamed = false): boolean {
    const parts = path.split('/');
    let folders = [''];
    for (const [i, part] of parts.entries()) {
      const last = i === parts.length - 1;
      const stem = last ? stemOf(part) : part.normalize('NFC').toLowerCase();
      const fits = (name: string): boolean =>
        last
          ? isPictureName(name) && stemOf(name) === stem && !(renamed && name === part)
          : name.normalize('NFC').toLowerCase() === stem;
      folders = folders.flatMap((folder) =>
        this.#names(folder)
          .filter(fits)
          .map((name) => (folder === '' ? name : `${folder}/${name}`)),
      );
    }
    return folders.length > 0;
  }
}
