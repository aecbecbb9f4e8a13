/** How many faces of a cluster are of one source or identity. */
export interface Counted {
  id: number;
  count: number;
}

/** Where the faces of a cluster come from. */
export interface Spread {
  /** Sources that occur, the most frequent first. */
  sources: Counted[];
  identities: {
    /** Faces whose identity is known, and how many identities those are. */
    known: number;
    distinct: number;
    /** The most frequent ones. */
    largest: Counted[];
  };
}

/** Identities that are told of each cluster. */
const LARGEST = 5;

/**
 * Sources and identities of every cluster. Many faces of few people mean that a cluster may be about these people and
 * not about what they look like.
 * @param identities −1 where unknown
 */
export function spreadOf(
  clusters: Int32Array,
  k: number,
  sources: Int32Array,
  identities: Int32Array,
): Spread[] {
  const perSource = Array.from({ length: k }, () => new Map<number, number>());
  const perIdentity = Array.from({ length: k }, () => new Map<number, number>());
  const add = (counts: Map<number, number>, id: number): void =>
    void counts.set(id, (counts.get(id) ?? 0) + 1);
  for (let i = 0; i < clusters.length; i++) {
    add(perSource[clusters[i]], sources[i]);
    if (identities[i] >= 0) add(perIdentity[clusters[i]], identities[i]);
  }
  return perSource.map((own, cluster) => {
    const people = perIdentity[cluster];
    let known = 0;
    for (const count of people.values()) known += count;
    return {
      sources: counted(own),
      identities: { known, distinct: people.size, largest: counted(people).slice(0, LARGEST) },
    };
  });
}

/** Most frequent first; of equally frequent ones the smallest id. */
const counted = (counts: Map<number, number>): Counted[] =>
  Array.from(counts, ([id, count]) => ({ id, count })).sort((a, b) => b.count - a.count || a.id - b.id);
