/** Cosines between the centroids of a clustering, counted (thesis Fig 5.8: 100 bins). */
export interface SimilarityHistogram {
  /** Edges of the bins, one more than counts, over [−1, 1]. */
  edges: number[];
  counts: number[];
  /** Pairs of different centroids: k·(k − 1)/2 less those of centroids that are all zero. */
  pairs: number;
  mean: number;
}

export const SIMILARITY_BINS = 100;

/** @param centroids k × columns, row-major */
export function centroidSimilarity(
  centroids: Float32Array,
  k: number,
  bins = SIMILARITY_BINS,
): SimilarityHistogram {
  const columns = centroids.length / k;
  const unit = Float64Array.from(centroids);
  const zero = new Uint8Array(k);
  for (let c = 0; c < k; c++) {
    let length = 0;
    for (let at = c * columns; at < (c + 1) * columns; at++) length += unit[at] ** 2;
    if (length === 0) zero[c] = 1;
    for (let at = c * columns; at < (c + 1) * columns; at++) unit[at] /= Math.sqrt(length) || 1;
  }
  const counts = new Array<number>(bins).fill(0);
  let pairs = 0;
  let sum = 0;
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < a; b++) {
      if (zero[a] === 1 || zero[b] === 1) continue;
      let cosine = 0;
      for (let j = 0; j < columns; j++) cosine += unit[a * columns + j] * unit[b * columns + j];
      const bin = Math.floor(((cosine + 1) / 2) * bins);
      counts[Math.min(bins - 1, Math.max(0, bin))]++;
      pairs++;
      sum += cosine;
    }
  }
  const edges = Array.from({ length: bins + 1 }, (_, i) => -1 + (2 * i) / bins);
  return { edges, counts, pairs, mean: pairs === 0 ? 0 : sum / pairs };
}
