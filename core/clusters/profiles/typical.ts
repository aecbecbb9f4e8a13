/** The faces of a cluster by their distance to its centroid. */
export interface Typical {
  /** Nearest first. */
  exemplars: { face: number; distance: number }[];
  /** Farthest first. */
  outliers: { face: number; distance: number }[];
}

/**
 * Exemplars and outliers of every cluster.
 * @param distances Euclidean distance of each face to its own centroid
 */
export function typicalFaces(
  faces: Int32Array,
  assignment: Int32Array,
  distances: Float32Array,
  k: number,
  count: number,
): Typical[] {
  const members = Array.from({ length: k }, (): number[] => []);
  for (let i = 0; i < faces.length; i++) members[assignment[i]].push(i);
  return members.map((own) => {
    own.sort((a, b) => distances[a] - distances[b] || faces[a] - faces[b]);
    const shown = (i: number) => ({ face: faces[i], distance: distances[i] });
    return {
      exemplars: own.slice(0, count).map(shown),
      outliers: own
        .slice(Math.max(0, own.length - count))
        .reverse()
        .map(shown),
    };
  });
}
