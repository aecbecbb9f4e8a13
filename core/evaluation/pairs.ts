import { Fault } from '../foundation/fault.ts';

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
 * then follow, fold by fold, `name i j` (same person) and `nameA i nameB j` (different people), with tabs.
 * @throws Fault with the line's number, and when there are fewer or more pairs than the first line says.
 */
export function readPairs(text: string, file: string): PairList {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const head = (lines[0] ?? '').trim().split(/\s+/).map(Number);
  const [folds, perKind] = head.length === 1 ? [1, head[0]] : head;
  if (head.length > 2 || !Number.isInteger(folds) || !Number.isInteger(perKind) || folds < 1 || perKind < 1) {
    throw new Fault(
      `${file}, line 1: '${lines[0] ?? ''}' should be the number of folds and of pairs of each kind per fold, as in '10 300'.`,
    );
  }
  const pairs = lines.slice(1).map((line, index): Pair => {
    const columns = line.trim().split(/\s*\t\s*|\s+/);
    const numbers = columns.length === 3 ? [columns[1], columns[2]] : [columns[1], columns[3]];
    const [i, j] = numbers.map(Number);
    if ((columns.length !== 3 && columns.length !== 4) || !Number.isInteger(i) || !Number.isInteger(j)) {
      throw new Fault(
        `${file}, line ${index + 2}: '${line}' is no pair; allowed: 'name i j' or 'name i name j', with tabs.`,
      );
    }
    const same = columns.length === 3;
    return {
      first: { person: columns[0], number: i },
      second: { person: same ? columns[0] : columns[2], number: j },
      same,
    };
  });
  if (pairs.length !== folds * perKind * 2) {
    throw new Fault(
      `${file} holds ${pairs.length} pairs, but its first line says ${folds} × 2 × ${perKind} = ${folds * perKind * 2}.`,
    );
  }
  return { folds, pairs };
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
