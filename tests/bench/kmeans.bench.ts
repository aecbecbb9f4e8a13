import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kmeansSettings } from '../../core/clusters/kmeans/settings.ts';
import type { KMeansInput, KMeansOutput } from '../../core/clusters/kmeans-task.ts';
import { startEngine } from '../../core/engine/client.ts';
import type { EngineClient } from '../../core/engine/types.ts';
import { writeNpy } from '../../core/foundation/npy.ts';
import { type Bench, type BenchResult, median } from './bench.ts';
import { heavyTailed, mixture } from './mixture.ts';
import { peerPython } from './peers/python.ts';

const ROWS = 100_000;
const K = 300;
const REPEATS = 3;
const TASK = new URL('../../core/clusters/kmeans-task.ts', import.meta.url);

const SUBJECTS: readonly { name: string; columns: number; make(columns: number): Float32Array }[] = [
  { name: 'overlapping', columns: 96, make: (columns) => mixture(ROWS, columns, K, 0.5, 1) },
  { name: 'well apart', columns: 64, make: (columns) => mixture(ROWS, columns, K, 1.5, 2) },
  {
    name: 'heavy-tailed, like embeddings',
    columns: 128,
    make: (columns) => heavyTailed(ROWS, columns, 2000, 3),
  },
];

interface Run {
  seconds: number;
  inertia: number;
}

const INERTIA = `
def inertia(x, centres, labels):
    return float(sum(((x[i:i+10000].astype('f8') - centres[labels[i:i+10000]]) ** 2).sum() for i in range(0, len(x), 10000)))
`;

/** Both alike: their fit alone, to scikit-learn's tolerance. */
const SCIKIT = `
import json, sys, time, numpy as np, warnings
warnings.filterwarnings('ignore')
from sklearn.cluster import KMeans
given = json.load(sys.stdin)
x = np.load(given['file'])
${INERTIA}
begun = time.time()
km = KMeans(${K}, n_init=1, random_state=given['seed']).fit(x)
print(json.dumps({'seconds': time.time() - begun, 'inertia': inertia(x, km.cluster_centers_, km.labels_)}))
`;

/** FAISS makes a fixed number of iterations: the fewest of a doubling series that reach ours within 0.5 %, or the last. */
const FAISS = `
import json, sys, time, numpy as np, faiss
given = json.load(sys.stdin)
x = np.load(given['file'])
${INERTIA}
for iterations in (12, 25, 50, 100):
    begun = time.time()
    km = faiss.Kmeans(x.shape[1], ${K}, niter=iterations, seed=given['seed'] + 1, max_points_per_centroid=len(x))
    km.train(x)
    labels = km.index.search(x, 1)[1][:, 0]
    found = {'seconds': time.time() - begun, 'inertia': inertia(x, km.centroids, labels)}
    if found['inertia'] <= given['ours'] * 1.005: break
print(json.dumps(found))
`;

const peer = (python: string, code: string, given: unknown): Run =>
  JSON.parse(execFileSync(python, ['-c', code], { input: JSON.stringify(given) }).toString()) as Run;

/** As a user runs it: with reading the file and creating the session. */
async function ours(engine: EngineClient, file: string, seed: number): Promise<Run> {
  const begun = performance.now();
  const settings = kmeansSettings({ k: K, seed });
  const input: KMeansInput = { file, name: 'x', settings, device: 'cpu' };
  const { inertia } = await engine.run<KMeansInput, KMeansOutput>(TASK, input);
  return { seconds: (performance.now() - begun) / 1000, inertia };
}

/** k-means to convergence on the CPU with all its cores, ours and its peers in turn, each from fresh centroids of the run's seed. */
export const bench: Bench = {
  name: 'k-means',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'visage-bench-'));
    const engine = startEngine();
    const peers = [
      { name: 'scikit-learn', code: SCIKIT, python: peerPython('sklearn'), goal: 2 },
      { name: 'FAISS', code: FAISS, python: peerPython('faiss'), goal: 1 },
    ];
    const results: BenchResult[] = [];
    try {
      await engine.devices();
      for (const { name, columns, make } of SUBJECTS) {
        const file = join(folder, `${columns}.npy`);
        writeNpy(file, make(columns), [ROWS, columns]);
        const mine: Run[] = [];
        const theirs = peers.map((): Run[] => []);
        for (let seed = 0; seed < REPEATS; seed++) {
          const run = await ours(engine, file, seed);
          mine.push(run);
          for (const [i, { python, code }] of peers.entries()) {
            if (python !== undefined) theirs[i].push(peer(python, code, { file, seed, ours: run.inertia }));
          }
        }
        for (const [i, { name: other, python, goal }] of peers.entries()) {
          const what = `k-means, ${name}, ${ROWS.toLocaleString('en-US')} × ${columns}, k = ${K}`;
          results.push(
            python === undefined
              ? missing(what, other)
              : compared(what, { mine, theirs: theirs[i], other, goal }),
          );
        }
      }
      return results;
    } finally {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function compared(
  name: string,
  { mine, theirs, other, goal }: { mine: Run[]; theirs: Run[]; other: string; goal: number },
): BenchResult {
  const seconds = (runs: Run[]): number => median(runs.map((run) => run.seconds));
  const inertia = (runs: Run[]): number => median(runs.map((run) => run.inertia));
  const excess = inertia(mine) / inertia(theirs) - 1;
  const ratio = seconds(theirs) / seconds(mine);
  return {
    name,
    ours: `${seconds(mine).toFixed(2)} s`,
    peer: `${other} ${seconds(theirs).toFixed(2)} s`,
    ratio,
    goal: `≥ ${goal} × at an inertia within 1 %`,
    met: ratio >= goal && excess <= 0.01,
    note: `inertia ${(100 * excess).toFixed(2)} % above ${other}'s (medians of ${REPEATS} seeds)`,
  };
}

const missing = (name: string, other: string): BenchResult => ({
  ...{
    name,
    ours: 'not measured',
    peer: `${other} is not installed`,
    ratio: 0,
    goal: 'measured',
    met: false,
  },
  note: "'node tests/bench/peers/make.ts' installs it",
});
