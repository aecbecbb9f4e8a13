import type { ClusteringShown } from '../clusters-store.ts';

type Clustering = Pick<ClusteringShown, 'settings' | 'iterations' | 'seconds' | 'device'>;

/** How a clustering came about, in a line: 'k-means, euclidean, seed 1 · 24 iterations, 0.3 s on CPU'. */
export function madeBy({ settings, iterations, seconds, device }: Clustering): string {
  if (settings.assigned === 'classifier') return "assigned by the network's own classifier";
  return `k-means, ${settings.metric}, seed ${settings.seed} · ${iterations} iterations, ${seconds.toFixed(1)} s on ${device}`;
}
