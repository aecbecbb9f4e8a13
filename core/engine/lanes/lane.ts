import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { createOrtEngine } from '../ort/engine.ts';
import type { LaneModule, LaneSettings } from './lanes.ts';

/** One lane on the CPU: a thread that decodes, cuts and runs its own copy of the networks, batch after batch. */

export type LaneAnswer =
  | { ready: true }
  | { batch: number; result: unknown }
  | { batch: number; fault: boolean; failed: string }
  | { fault: boolean; failed: string };

// The lanes are the parallelism, and no picture is read twice in a row.
sharp.concurrency(1);
sharp.cache(false);

const { module, settings, threads, batch } = workerData as LaneSettings;
const work = import(module).then(({ default: open }: { default: LaneModule }) =>
  open(createOrtEngine(), settings, { threads, batch }),
);

let last: Promise<void> = Promise.resolve();
parentPort?.on('message', ({ batch, items }: { batch: number; items: readonly unknown[] }) => {
  last = last.then(async () => {
    let answer: LaneAnswer;
    try {
      answer = { batch, result: await (await work)(items) };
    } catch (thrown) {
      answer = { batch, ...failure(thrown) };
    }
    parentPort?.postMessage(answer);
  });
});

const failure = (thrown: unknown): { fault: boolean; failed: string } => ({
  fault: thrown instanceof Fault,
  failed: sentenceOf(thrown),
});
work.then(
  () => parentPort?.postMessage({ ready: true } satisfies LaneAnswer),
  (thrown: unknown) => parentPort?.postMessage(failure(thrown) satisfies LaneAnswer),
);
