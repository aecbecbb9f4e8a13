import { Fault } from '../foundation/fault.ts';
import { type TextRow, textRows } from '../foundation/tables/in-memory.ts';

/** Two pictures of one verification pair; numbers count a person's pictures from 1. */
export interface Pair {
  first: { person: string; number: number };
  second: { person: string; number: number };
  same: boolean;
}

export interface PairList {
  folds: number;
  pairs: Pair[];
}

/**
 * Reads LFW's `pairs.txt`: the first line says folds and pairs of each kind per fold (a single number means one fold),
 * then follow, fold by fold, `name i j` (same person) and `nameA i nameB j` (different people), with tabs, blanks, or as a
 * spreadsheet saves it.
 * @throws Fault with the line's number, and when there are fewer or more pairs than the first line says.
 */
export function readPairs(text: string, file: string): PairList {
  const [first, ...rows] = textRows(text);
  const head = (first?.cells ?? ['']).map(Number);
  const [folds, perKind] = head.length === 1 ? [1, head[0]] : head;
  if (head.length > 2 || !Number.isInteger(folds) || !Number.isInteger(perKind) || folds < 1 || perKind < 1) {
    throw new Fault(
      `${file}, line 1: '${first?.text ?? ''}' should be the number of folds and of pairs of each kind per fold, as in '10 300'.`,
    );
  }
  const pairs = rows.map((row) => numberedPair(row, file));
  if (pairs.length !== folds * perKind * 2) {
    throw new Fault(
      `${file} holds ${pairs.length} pairs, but its first line says ${folds} × 2 × ${perKind} = ${folds * perKind * 2}.`,
    );
  }
  return { folds, pairs };
}

/** True for 'name i j' and 'name i name j'. */
export const isNumberedPair = ({ cells }: Pick<TextRow, 'cells'>): boolean =>
  /^\d+$/.test(cells[1] ?? '') &&
  /^\d+$/.test(cells[cells.length - 1]) &&
  /^[34]$/.test(String(cells.length));

/** One row of LFW's `pairs.txt`. @throws Fault with its line where it is none */
export function numberedPair(row: TextRow, file: string): Pair {
  const { cells, line, text } = row;
  if (!isNumberedPair(row)) {
    throw new Fault(
      `${file}, line ${line}: '${text}' is no pair; allowed: 'name i j' or 'name i name j', with tabs.`,
    );
  }
  const same = cells.length === 3;
  return {
    first: { person: cells[0], number: Number(cells[1]) },
    second: { person: same ? cells[0] : cells[2], number: Number(cells.at(-1)) },
    same,
  };
}

/** LFW's path of a picture: 'Abel_Pacheco/Abel_Pacheco_0001.jpg'. */
export function lfwPath({ person, number }: Pair['first']): string {
  return `${person}/${person}_${String(number).padStart(4, '0')}.jpg`;
}

/** Squared Euclidean distance of two rows after L2 normalisation, 0…4. */
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return 2 - (2 * dot) / Math.sqrt(aa * bb);
}
