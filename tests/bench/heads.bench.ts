import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logLoss } from '../../core/attributes/heads/calibration.ts';
import { logitsOf, regressionPath, softmax } from '../../core/attributes/heads/regression.ts';
import { writeNpy } from '../../core/foundation/npy.ts';
import { gaussians } from '../core/attributes/heads/gaussians.ts';
import { type Bench, median } from './bench.ts';

const FACES = 100_000;
const DIMENSIONS = 128;
const SHARES = [5, 4, 3, 2, 1];
const STRENGTH = 0.1;
const REPEATS = 3;

const PEER = `
import json, sys, time
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler
X = np.load(sys.argv[1] + '/x.npy'); y = np.load(sys.argv[1] + '/y.npy'); seconds = []
for _ in range(${REPEATS}):
    start = time.perf_counter()
    Z = StandardScaler().fit_transform(X.astype(np.float64))
    model = LogisticRegression(C=${STRENGTH}, tol=1e-5, max_iter=1000).fit(Z, y)
    seconds.append(time.perf_counter() - start)
print(json.dumps({'seconds': seconds, 'loss': log_loss(y, model.predict_proba(Z))}))
`;

/** One head of five values on 100,000 embeddings, scaling included, one thread against scikit-learn's BLAS. */
export const bench: Bench = {
  name: 'attribute heads',
  async run() {
    const drawn = gaussians(1, FACES, DIMENSIONS, SHARES);
    const folder = mkdtempSync(join(tmpdir(), 'visage-heads-bench-'));
    try {
      const seconds: number[] = [];
      let loss = 0;
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        const start = performance.now();
        const path = regressionPath({
          ...drawn,
          classes: SHARES.length,
          scaling: { normalise: false, standardise: true },
          balanced: false,
        });
        const found = path(STRENGTH);
        seconds.push((performance.now() - start) / 1000);
        loss = logLoss(
          softmax(logitsOf(found, drawn.features, drawn.rows), SHARES.length),
          drawn.labels,
          SHARES.length,
        );
      }
      writeNpy(join(folder, 'x.npy'), drawn.features.data, [FACES, DIMENSIONS]);
      writeNpy(join(folder, 'y.npy'), drawn.labels);
      const peer = JSON.parse(
        execFileSync('/usr/bin/python3', ['-W', 'ignore', '-c', PEER, folder], { encoding: 'utf8' }),
      ) as { seconds: number[]; loss: number };
      const ours = median(seconds);
      const theirs = median(peer.seconds);
      return [
        {
          name: `head of ${SHARES.length} values, ${FACES.toLocaleString('en-US')}×${DIMENSIONS}`,
          ours: `${ours.toFixed(2)} s, log-loss ${loss.toFixed(6)}`,
          peer: `scikit-learn LogisticRegression ${theirs.toFixed(2)} s, log-loss ${peer.loss.toFixed(6)}`,
          ratio: theirs / ours,
          goal: 'in seconds (≤ 10 s), the same optimum',
          met: ours <= 10 && Math.abs(loss - peer.loss) < 1e-4,
          note: 'one thread of ours; folds and attributes run beside each other',
        },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
