import { createOrtEngine } from '../../core/engine/ort/engine.ts';
import type { Session, Tensor } from '../../core/engine/types.ts';
import { Random } from '../../core/foundation/random.ts';
import { withSampleGroups } from '../../core/graph/sample-groups.ts';
import { faceNetwork, KINDS, type Kind } from '../../core/models/architectures/face-network.ts';
import { type Bench, type BenchResult, median } from './bench.ts';

/** The thesis's networks, and the reproduction's. */
const SUBJECTS = [
  { width: 1, size: 112, batch: 8 },
  { width: 0.25, size: 112, batch: 8 },
  { width: 0.25, size: 48, batch: 16 },
] as const;
type Subject = (typeof SUBJECTS)[number];
const REPEATS = 15;
const MOST = 1.3;

const engine = createOrtEngine();

/** As embedding opens a network on the processor: written for its batch where that saves time. */
function session(kind: Kind, { width, size, batch }: Subject): Promise<Session> {
  const { model } = faceNetwork({ kind, width, size });
  const opened = withSampleGroups(model, batch) ?? model;
  return engine.open(opened.encode(), { device: 'cpu', threads: 1 });
}

/** Processor time of each network over one batch, in milliseconds: wall time says too much of what else the machine does. */
async function times(subject: Subject): Promise<Record<Kind, number>> {
  const { batch, size } = subject;
  const random = new Random(1);
  const dims = [batch, 3, size, size];
  const data = Float32Array.from({ length: batch * 3 * size * size }, () => random.normal());
  const input: Tensor = { type: 'float32', data, dims };
  const spent: Record<Kind, number[]> = { BL: [], DC: [], AS4: [] };
  const sessions = await Promise.all(KINDS.map((kind) => session(kind, subject)));
  // One after the other in each round, so that a slow stretch of the machine meets all of them.
  for (let round = 0; round <= REPEATS; round++) {
    for (const [i, kind] of KINDS.entries()) {
      const begun = process.cpuUsage();
      await sessions[i].run({ input });
      const { user, system } = process.cpuUsage(begun);
      if (round > 0) spent[kind].push((user + system) / 1000);
    }
  }
  for (const session of sessions) await session.dispose();
  return { BL: median(spent.BL), DC: median(spent.DC), AS4: median(spent.AS4) };
}

export const bench: Bench = {
  name: 'dynamic convolution',
  async run() {
    const results: BenchResult[] = [];
    for (const subject of SUBJECTS) {
      const { width, size, batch } = subject;
      const spent = await times(subject);
      for (const kind of ['DC', 'AS4'] as const) {
        const cost = spent[kind] / spent.BL;
        results.push({
          name: `${kind} beside BL, width ${width}, ${size}×${size}, batch ${batch}, one thread`,
          ours: `${spent[kind].toFixed(1)} ms`,
          peer: `${spent.BL.toFixed(1)} ms`,
          ratio: 1 / cost,
          goal: `≤ ${MOST} × BL’s time`,
          met: cost <= MOST,
          note: `${cost.toFixed(2)} × BL’s processor time`,
        });
      }
    }
    return results;
  },
};
