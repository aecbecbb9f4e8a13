import type { Neighbours } from '../projections/neighbours.ts';

/** Groups by falling size; of equal sizes the one of the lowest row is first. */
export interface Groups {
  /** Per row the number of its group; −1 where it stays alone. */
  assignment: Int32Array;
  /** Rows per group, each at least 2. */
  sizes: Int32Array;
}

/**
 * Connected components of mutual nearest neighbours: two rows are joined where each is among the other's nearest and
 * their cosine similarity is at least `threshold`. Nothing is drawn by chance: the same rows give the same groups.
 * @param neighbours of rows of length 1, so that the squared distance is 2 − 2·cosine
 * @param threshold −1 … 1
 */
export function mutualGroups({ count, indices, squared }: Neighbours, threshold: number): Groups {
  const rows = count === 0 ? 0 : indices.length / count;
  const parent = Int32Array.from({ length: rows }, (_, row) => row);
  const rootOf = (row: number): number => {
    let at = row;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  const farthest = 2 - 2 * threshold;
  for (let row = 0; row < rows; row++) {
    for (let i = row * count; i < (row + 1) * count && squared[i] <= farthest; i++) {
      const other = indices[i];
      if (other < row || !indices.subarray(other * count, (other + 1) * count).includes(row)) continue;
      const [a, b] = [rootOf(row), rootOf(other)];
      // The lowest row is the root, so that equal sizes can be put in order.
      if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
    }
  }
  const members = new Int32Array(rows);
  for (let row = 0; row < rows; row++) members[rootOf(row)]++;
  const roots = [...members.keys()].filter((root) => members[root] > 1);
  roots.sort((a, b) => members[b] - members[a] || a - b);
  const numberOf = new Int32Array(rows).fill(-1);
  for (const [number, root] of roots.entries()) numberOf[root] = number;
  return {
    assignment: Int32Array.from({ length: rows }, (_, row) => numberOf[rootOf(row)]),
    sizes: Int32Array.from(roots, (root) => members[root]),
  };
}
