import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectionInput, ProjectionOutput } from '../../core/clusters/projection-task.ts';
import { projectionSettings } from '../../core/clusters/projections/settings.ts';
import { startEngine } from '../../core/engine/client.ts';
import { writeNpy } from '../../core/foundation/npy.ts';
import { python } from '../core/clusters/sklearn.ts';
import { type Bench, median } from './bench.ts';
import { mixture } from './mixture.ts';

const ROWS = 17_200;
const COLUMNS = 96;
/** One run of scikit-learn's takes over a minute, so one is the default: VISAGE_BENCH_REPEATS=3 for medians. */
const REPEATS = Number(process.env.VISAGE_BENCH_REPEATS ?? 1);
/** Trustworthiness needs all pairs: it is measured on this many of the points, the same for both. */
const JUDGED = 5000;
/** Two maps from different sums of the same forces differ by about this much in trustworthiness. */
const NOISE = 0.002;
const TASK = new URL('../../core/clusters/projection-task.ts', import.meta.url);

/**
 * t-SNE of a set of Sub200's size (17,200 rows, 86 groups), from the features to the map: neighbours, affinities and 1000
 * iterations. Both start from PCA with the automatic learning rate and two threads.
 */
export const bench: Bench = {
  name: 't-SNE',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'visage-bench-'));
    const engine = startEngine();
    try {
      const file = join(folder, 'x.npy');
      writeNpy(file, mixture(ROWS, COLUMNS, 86, 0.5, 2), [ROWS, COLUMNS]);
      await engine.devices();
      const ours: number[] = [];
      const theirs: number[] = [];
      let trust = { ours: 0, theirs: 0, divergence: 0 };
      let divergence = 0;
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const begun = performance.now();
        const settings = projectionSettings({ method: 'tsne', threads: 2 });
        const input: ProjectionInput = { file, name: 'x', settings, device: 'cpu' };
        const output = await engine.run<ProjectionInput, ProjectionOutput>(TASK, input);
        ours.push((performance.now() - begun) / 1000);
        divergence = output.divergence ?? 0;
        writeNpy(join(folder, 'y.npy'), output.xy, [ROWS, 2]);
        const run = python<typeof trust & { seconds: number }>(
          `
import time
from sklearn.manifold import TSNE, trustworthiness
x, y = np.load(folder + '/x.npy'), np.load(folder + '/y.npy')
begun = time.time()
t = TSNE(init='pca', learning_rate='auto', random_state=0, n_jobs=2)
z = t.fit_transform(x)
seconds = time.time() - begun
i = np.random.default_rng(0).choice(len(x), ${JUDGED}, replace=False)
result = {'seconds': seconds, 'divergence': float(t.kl_divergence_), 'ours': trustworthiness(x[i], y[i], n_neighbors=12), 'theirs': trustworthiness(x[i], z[i], n_neighbors=12)}
`,
          null,
          folder,
        );
        theirs.push(run.seconds);
        trust = run;
      }
      const ratio = median(theirs) / median(ours);
      return [
        {
          name: `t-SNE, ${ROWS.toLocaleString('en-US')} × ${COLUMNS}`,
          ours: `${median(ours).toFixed(1)} s`,
          peer: `scikit-learn ${median(theirs).toFixed(1)} s`,
          ratio,
          goal: '≥ 2 × at no lower trustworthiness',
          met: ratio >= 2 && trust.ours >= trust.theirs - NOISE,
          note: `trustworthiness ${trust.ours.toFixed(4)} against ${trust.theirs.toFixed(4)} (${JUDGED} points), divergence ${divergence.toFixed(3)} against ${trust.divergence.toFixed(3)}`,
        },
      ];
    } finally {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
