import type { Session, Task } from '../engine/types.ts';
import { Random } from '../foundation/random.ts';
import { freeBatch, verifyBatch } from '../graph/batch.ts';
import { readNetwork, runnableNetwork } from './network-file.ts';

export interface BatchCheckInput {
  /** Absolute paths of the model's files. */
  paths: readonly string[];
  /** The input that takes the picture. */
  input: string;
  /** What black and white become: numbers are drawn between them. */
  range: readonly [black: number, white: number];
  /** How many items are run together. */
  items: number;
}

/** The largest relative deviation over the files; null where outputs had another size or a file's batch is not rewritten. */
export type BatchCheckOutput = number | null;

/** Runs rewritten batches against single runs of the files as they are, on the CPU. */
const checkBatch: Task<BatchCheckInput, BatchCheckOutput> = async (
  { paths, input, range, items },
  context,
) => {
  const random = new Random(items);
  let worst = 0;
  for (const path of paths) {
    const { model: original } = runnableNetwork(readNetwork(path), input);
    const { model } = freeBatch(original);
    if (model === undefined) return null;
    const open = new Map<Uint8Array, Session>();
    try {
      // verifyBatch gives the same bytes for every single run: one session serves them all.
      const deviation = await verifyBatch(
        original,
        model,
        async (bytes, feeds) => {
          const session = open.get(bytes) ?? (await context.engine.open(bytes, { device: 'cpu' }));
          open.set(bytes, session);
          return session.run(
            Object.fromEntries(
              Object.entries(feeds).map(([name, { data, dims }]) => [name, { type: 'float32', data, dims }]),
            ),
          );
        },
        () => random.between(...range),
        items,
      );
      if (!Number.isFinite(deviation)) return null;
      worst = Math.max(worst, deviation);
    } finally {
      for (const session of open.values()) await session.dispose();
    }
  }
  return worst;
};
export default checkBatch;
