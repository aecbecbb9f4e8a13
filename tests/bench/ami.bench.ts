import { join } from 'node:path';
import { agreement } from '../../core/clusters/metrics/agreement.ts';
import { readNpy } from '../../core/foundation/npy.ts';
import { type Bench, median } from './bench.ts';
import { inScratch, python } from './peer.ts';

const REPEATS = 5;

/** AMI of 500,000 faces: 300 clusters against 270 cohorts of very different size, related by half. */
export const bench: Bench = {
  name: 'AMI',
  run: () =>
    inScratch(async (folder) => {
      const peer = python<{ seconds: number[]; ami: number }>(
        folder,
        `
from sklearn.metrics import adjusted_mutual_info_score
rng = np.random.default_rng(2)
share = rng.exponential(size=270) ** 2
classes = rng.choice(270, size=500000, p=share / share.sum()).astype(np.int32)
clusters = np.where(rng.random(500000) < 0.5, classes, rng.integers(300, size=500000)).astype(np.int32)
np.save('classes.npy', classes); np.save('clusters.npy', clusters)
seconds = []
for _ in range(${REPEATS}):
    start = time.perf_counter()
    ami = adjusted_mutual_info_score(classes, clusters)
    seconds.append(time.perf_counter() - start)
result = {'seconds': seconds, 'ami': float(ami)}`,
      );
      const [classes, clusters] = ['classes', 'clusters'].map(
        (name) => readNpy(join(folder, `${name}.npy`)).data,
      );
      const seconds: number[] = [];
      let ami = 0;
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const begun = performance.now();
        ami = agreement(classes, clusters).ami;
        seconds.push((performance.now() - begun) / 1000);
      }
      const ratio = median(peer.seconds) / median(seconds);
      return [
        {
          name: 'AMI of 500,000 labels, 300 × 270',
          ours: `${median(seconds).toFixed(3)} s`,
          peer: `scikit-learn ${median(peer.seconds).toFixed(3)} s`,
          ratio,
          goal: '≥ 1 × scikit-learn, equal to 1e-9',
          met: ratio >= 1 && Math.abs(ami - peer.ami) <= 1e-9,
          note: `ours gives NMI and ARI as well; difference ${Math.abs(ami - peer.ami).toExponential(1)}`,
        },
      ];
    }),
};
