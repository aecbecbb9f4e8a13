import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kmeansSettings } from '../../core/clusters/kmeans/settings.ts';
import type { KMeansInput, KMeansOutput } from '../../core/clusters/kmeans-task.ts';
import { startEngine } from '../../core/engine/client.ts';
import { writeNpy } from '../../core/foundation/npy.ts';
import { python } from '../core/clusters/sklearn.ts';
import { type Bench, median } from './bench.ts';
import { mixture } from './mixture.ts';

const ROWS = 100_000;
const COLUMNS = 96;
const K = 300;
const REPEATS = 3;
const TASK = new URL('../../core/clusters/kmeans-task.ts', import.meta.url);

/**
 * k-means as a user runs it, to convergence by the same tolerance, on the CPU with all its cores; ours includes reading
 * the file and creating the session, scikit-learn's only its fit. Runs alternate; both draw fresh centroids by
 * k-means++ with the run's seed.
 */
export const bench: Bench = {
  name: 'k-means',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'visage-bench-'));
    const engine = startEngine();
    try {
      const file = join(folder, 'x.npy');
      writeNpy(file, mixture(ROWS, COLUMNS, K, 0.5, 1), [ROWS, COLUMNS]);
      await engine.devices();
      const ours: { seconds: number; inertia: number }[] = [];
      const theirs: typeof ours = [];
      for (let seed = 0; seed < REPEATS; seed++) {
        const begun = performance.now();
        const input: KMeansInput = {
          file,
          name: 'x',
          settings: kmeansSettings({ k: K, seed }),
          device: 'cpu',
        };
        const { inertia } = await engine.run<KMeansInput, KMeansOutput>(TASK, input);
        ours.push({ seconds: (performance.now() - begun) / 1000, inertia });
        theirs.push(
          python(
            `
import time
from sklearn.cluster import KMeans
x = np.load(folder + '/x.npy')
begun = time.time()
km = KMeans(${K}, n_init=1, random_state=given).fit(x)
result = {'seconds': time.time() - begun, 'inertia': float(((x.astype('f8') - km.cluster_centers_[km.labels_]) ** 2).sum())}
`,
            seed,
            folder,
          ),
        );
      }
      const seconds = (runs: typeof ours): number => median(runs.map((run) => run.seconds));
      const inertia = (runs: typeof ours): number => median(runs.map((run) => run.inertia));
      const excess = inertia(ours) / inertia(theirs) - 1;
      const ratio = seconds(theirs) / seconds(ours);
      return [
        {
          name: `k-means, ${ROWS.toLocaleString('en-US')} × ${COLUMNS}, k = ${K}`,
          ours: `${seconds(ours).toFixed(2)} s`,
          peer: `scikit-learn ${seconds(theirs).toFixed(2)} s`,
          ratio,
          goal: '≥ 2 × at an inertia within 1 %',
          met: ratio >= 2 && excess <= 0.01,
          note: `inertia ${(100 * excess).toFixed(2)} % above scikit-learn's (medians of ${REPEATS} seeds)`,
        },
      ];
    } finally {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
