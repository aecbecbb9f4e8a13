import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createOrtEngine } from '../../core/engine/ort/engine.ts';
import type { Tensor } from '../../core/engine/types.ts';
import { Random } from '../../core/foundation/random.ts';
import { faceNetwork, type NetworkSettings } from '../../core/models/architectures/face-network.ts';
import { crossEntropy } from '../../core/training/losses/cross-entropy.ts';
import { sgd } from '../../core/training/optimisers/sgd.ts';
import { TrainingRun } from '../../core/training/run.ts';
import { trainingStep } from '../../core/training/step.ts';
import { type Bench, type BenchResult, median } from './bench.ts';
import { PEER } from './training-peer.ts';

interface Subject {
  name: string;
  /** PyTorch's speed that ours is to reach. */
  goal: number;
  /** Threads of both sides; one measures processor time, which other work on the machine troubles least. */
  threads: 1 | 2;
  settings: NetworkSettings;
  batch: number;
}

const CLASSES = 1000;
const QUARTER = { width: 0.25, embedding: 128 } as const;
const SUBJECTS: Subject[] = [
  { name: 'IR-18', settings: { kind: 'BL', size: 112, embedding: 512 }, batch: 32, goal: 1, threads: 2 },
  {
    name: 'CondFace at a quarter of its width (AS4)',
    settings: { kind: 'AS4', size: 112, ...QUARTER },
    ...{ batch: 32, goal: 1, threads: 2 },
  },
  { name: 'AS4, width ¼', settings: { kind: 'AS4', size: 48, ...QUARTER }, batch: 64, goal: 1.2, threads: 1 },
  { name: 'BL, width ¼', settings: { kind: 'BL', size: 48, ...QUARTER }, batch: 64, goal: 1, threads: 1 },
  { name: 'AS4, width ¼', settings: { kind: 'AS4', size: 32, ...QUARTER }, batch: 128, goal: 1, threads: 1 },
  { name: 'DC, width ¼', settings: { kind: 'DC', size: 32, ...QUARTER }, batch: 128, goal: 1, threads: 1 },
  { name: 'BL, width ¼', settings: { kind: 'BL', size: 32, ...QUARTER }, batch: 128, goal: 1, threads: 1 },
];
/** Alternating with the peer, so that both meet the same other work on the machine. */
const ROUNDS = 3;
const STEPS = 3;

interface Measured {
  /** Seconds per step. */
  seconds: number[];
  /** Largest resident memory of the process, MB. */
  memory: number;
}

/** Seconds of the processor where there is one thread, else on the clock. */
const clock = (threads: number): number => {
  const { user, system } = process.cpuUsage();
  return threads === 1 ? (user + system) / 1e6 : performance.now() / 1000;
};

/** Our side, in a process of its own: memory counts from nothing. */
async function ours({ settings, batch, threads }: Subject): Promise<Measured> {
  const { size = 112, embedding = 512 } = settings;
  const random = new Random(5);
  const step = trainingStep({
    ...{ network: faceNetwork(settings).model, batch, optimiser: sgd() },
    loss: ({ a, b, value }) => {
      const data = Float32Array.from({ length: CLASSES * embedding }, () => 0.04 * random.normal());
      const weight = b.constant('head.weight', data, [CLASSES, embedding]);
      const logits = b.op('Gemm', [value('embedding'), weight], { transB: 1 });
      return { loss: crossEntropy(a, logits, b.input('labels', [batch], 'int64')) };
    },
  });
  const engine = createOrtEngine();
  const run = await TrainingRun.open(engine, step, { device: 'cpu', threads });
  const pixels = Float32Array.from({ length: batch * 3 * size * size }, () => random.normal());
  const feeds: Record<string, Tensor> = {
    input: { type: 'float32', data: pixels, dims: [batch, 3, size, size] },
    labels: {
      type: 'int64',
      data: BigInt64Array.from({ length: batch }, (_, i) => BigInt((i * 37) % CLASSES)),
      dims: [batch],
    },
  };
  const seconds: number[] = [];
  for (let i = 0; i <= STEPS; i++) {
    const begun = clock(threads);
    await run.step(feeds, 0.01);
    if (i > 0) seconds.push(clock(threads) - begun);
  }
  await engine.release();
  return { seconds, memory: process.resourceUsage().maxRSS / 1000 };
}

function inProcess(command: string, args: string[], threads: number, input?: string): Measured {
  const out = execFileSync(command, args, {
    input,
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return JSON.parse(out.toString()) as Measured;
}

async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const [i, { name, settings, batch, goal, threads }] of SUBJECTS.entries()) {
    const sides = { ours: [] as Measured[], peer: [] as Measured[] };
    for (let round = 0; round < ROUNDS; round++) {
      sides.ours.push(inProcess(process.execPath, [fileURLToPath(import.meta.url), String(i)], threads));
      const peer = { ...settings, batch, threads, classes: CLASSES, steps: STEPS };
      sides.peer.push(inProcess('/usr/bin/python3', ['-c', PEER], threads, JSON.stringify(peer)));
    }
    const rate = (side: Measured[]): number => batch / median(side.flatMap(({ seconds }) => seconds));
    const memory = (side: Measured[]): number => Math.max(...side.map((each) => each.memory));
    const [mine, theirs] = [rate(sides.ours), rate(sides.peer)];
    results.push({
      name: `Training step of ${name}, ${settings.size}×${settings.size}, batch ${batch}, ${threads === 1 ? 'one thread, processor time' : 'two threads'}`,
      ours: `${mine.toFixed(2)} images/s`,
      peer: `PyTorch ${theirs.toFixed(2)} images/s`,
      ratio: mine / theirs,
      goal: `≥ ${goal} × PyTorch`,
      met: mine >= goal * theirs,
      note: `peak memory ${memory(sides.ours).toFixed(0)} MB, PyTorch ${memory(sides.peer).toFixed(0)} MB`,
    });
  }
  return results;
}

export const bench: Bench = { name: 'Training', run };

if (import.meta.main) {
  process.stdout.write(JSON.stringify(await ours(SUBJECTS[Number(process.argv[2])])));
}
