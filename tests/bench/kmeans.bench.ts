import { join } from 'node:path';
import { KMEANS_DEFAULTS } from '../../core/clusters/kmeans/settings.ts';
import type { KMeansInput, KMeansOutput } from '../../core/clusters/kmeans-task.ts';
import { startEngine } from '../../core/engine/client.ts';
import { type Bench, median } from './bench.ts';
import { inScratch, python } from './peer.ts';

const TASK = new URL('../../core/clusters/kmeans-task.ts', import.meta.url);
const K = 300;
const SEEDS = [0, 1, 2];

/** Both to convergence from k-means++ starts of their own, defaults elsewhere; sessions and file reading included. */
export const bench: Bench = {
  name: 'k-means',
  run: () =>
    inScratch(async (folder) => {
      python(folder, `np.save('x.npy', mixture(1, 100000, 96, 400)); result = 1`);
      const engine = startEngine();
      try {
        await engine.devices();
        const ours: { seconds: number; inertia: number }[] = [];
        for (const seed of SEEDS) {
          const begun = performance.now();
          const settings = { ...KMEANS_DEFAULTS, k: K, seed };
          const { inertia } = await engine.run<KMeansInput, KMeansOutput>(TASK, {
            file: join(folder, 'x.npy'),
            name: 'x',
            settings,
            device: 'cpu',
          });
          ours.push({ seconds: (performance.now() - begun) / 1000, inertia });
        }
        const theirs = python<{ seconds: number; inertia: number }[]>(
          folder,
          `
from sklearn.cluster import KMeans
result = []
for seed in ${JSON.stringify(SEEDS)}:
    start = time.perf_counter()
    found = KMeans(${K}, n_init=1, random_state=seed).fit(np.load('x.npy'))
    result.append({'seconds': time.perf_counter() - start, 'inertia': float(found.inertia_)})`,
        );
        const [a, b] = [ours, theirs].map((runs) => ({
          seconds: median(runs.map(({ seconds }) => seconds)),
          inertia: median(runs.map(({ inertia }) => inertia)),
        }));
        const ratio = b.seconds / a.seconds;
        const worse = a.inertia / b.inertia - 1;
        return [
          {
            name: `k-means 100,000×96, k = ${K}`,
            ours: `${a.seconds.toFixed(2)} s`,
            peer: `scikit-learn ${b.seconds.toFixed(2)} s`,
            ratio,
            goal: '≥ 2 × scikit-learn, inertia within 1 %',
            met: ratio >= 2 && worse <= 0.01,
            note: `inertia ${worse >= 0 ? '+' : ''}${(100 * worse).toFixed(2)} %`,
          },
        ];
      } finally {
        await engine.close();
      }
    }),
};
