import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adjustedMutualInformation } from '../../core/clusters/metrics/agreement.ts';
import { contingencyOf } from '../../core/clusters/metrics/contingency.ts';
import { writeNpy } from '../../core/foundation/npy.ts';
import { Random } from '../../core/foundation/random.ts';
import { python } from '../core/clusters/sklearn.ts';
import { type Bench, median } from './bench.ts';

const LABELS = 500_000;
const REPEATS = 5;

/** AMI of 500,000 labels, 300 clusters against 270 cohorts of unequal sizes, from the labels to the number. */
export const bench: Bench = {
  name: 'AMI',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'visage-bench-'));
    try {
      const random = new Random(1);
      const classes = Int32Array.from({ length: LABELS }, () => Math.floor(270 * random.uniform() ** 2));
      const clusters = classes.map((label) => (random.uniform() < 0.4 ? label : random.below(300)));
      writeNpy(join(folder, 'classes.npy'), classes);
      writeNpy(join(folder, 'clusters.npy'), clusters);
      const times: number[] = [];
      let ours = 0;
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const begun = performance.now();
        ours = adjustedMutualInformation(contingencyOf(classes, clusters));
        times.push((performance.now() - begun) / 1000);
      }
      const theirs = python<{ times: number[]; ami: number }>(
        `
import time
from sklearn.metrics import adjusted_mutual_info_score
t, p = np.load(folder + '/classes.npy'), np.load(folder + '/clusters.npy')
times = []
for _ in range(${REPEATS}):
    begun = time.time()
    ami = adjusted_mutual_info_score(t, p)
    times.append(time.time() - begun)
result = {'times': times, 'ami': float(ami)}
`,
        null,
        folder,
      );
      const ratio = median(theirs.times) / median(times);
      const difference = Math.abs(ours - theirs.ami);
      return [
        {
          name: `AMI of ${LABELS.toLocaleString('en-US')} labels`,
          ours: `${(1000 * median(times)).toFixed(0)} ms`,
          peer: `scikit-learn ${(1000 * median(theirs.times)).toFixed(0)} ms`,
          ratio,
          goal: '≥ 1 ×, equal to 1e-9',
          met: ratio >= 1 && difference < 1e-9,
          note: `difference ${difference.toExponential(1)}`,
        },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
