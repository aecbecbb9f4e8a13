import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import type { Reject } from '../images/pipeline.ts';
import { physicalCores } from '../ort/cpu.ts';
import type { FaceImage } from '../preparation.ts';
import type { LaneAnswer, LaneSettings } from './lane.ts';
import type { NetworkPlan } from './network.ts';

/** The features of some faces. */
export interface EmbeddedFaces {
  faces: Int32Array;
  /** Per output: one row per face, one after the other. */
  rows: Float32Array[];
  rejects: Reject[];
}

/** Copies of a network may take this much memory for their weights, in bytes. */
const WEIGHTS = 1 << 29;
const MOST_LANES = 16;

/**
 * How many copies of a network run side by side on the CPU, and with how many threads each. One thread runs a small
 * network at three quarters of the speed of two, which wait for each other at every operator; so copies that each take
 * whole faces, decoding included, use the cores better, as long as the weights' copies fit into memory.
 */
export function lanesFor(
  paths: readonly string[],
  threads = physicalCores(),
): { lanes: number; threads: number } {
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const lanes = Math.max(1, Math.min(threads, MOST_LANES, Math.floor(WEIGHTS / Math.max(1, bytes))));
  return { lanes, threads: Math.max(1, Math.floor(threads / lanes)) };
}

interface Lane {
  worker: Worker;
  waiting: Set<number>;
}

/** Embeds faces on lanes of the CPU. Batches come in the order of the faces. */
export async function* embedOnLanes(
  plan: NetworkPlan,
  faces: readonly FaceImage[],
  options: { batch: number; lanes: number; threads: number; signal: AbortSignal },
): AsyncGenerator<EmbeddedFaces> {
  const { batch, threads, signal } = options;
  const count = Math.ceil(faces.length / batch);
  const answers = new Map<number, PromiseWithResolvers<EmbeddedFaces>>();
  const answerOf = (index: number): PromiseWithResolvers<EmbeddedFaces> => {
    let answer = answers.get(index);
    if (answer === undefined) {
      answer = Promise.withResolvers<EmbeddedFaces>();
      answer.promise.catch(() => {});
      answers.set(index, answer);
    }
    return answer;
  };
  const failAll = (thrown: Error): void => {
    for (const { waiting } of lanes) for (const index of waiting) answerOf(index).reject(thrown);
  };

  let next = 0;
  let taken = 0;
  // The reader may be slower than the lanes: this many batches may lie ready before they wait.
  const ahead = 4 * options.lanes;
  const feed = (): void => {
    for (const { worker, waiting } of lanes) {
      // Two batches each: the second is there when the first is done.
      while (waiting.size < 2 && next < count && next < taken + ahead) {
        const index = next++;
        waiting.add(index);
        worker.postMessage({ batch: index, faces: faces.slice(index * batch, (index + 1) * batch) });
      }
    }
  };
  const lanes: Lane[] = Array.from({ length: Math.min(options.lanes, count) }, (_, i) => {
    const worker = new Worker(new URL('./lane.ts', import.meta.url), {
      name: `lane ${i}`,
      workerData: { plan, threads } satisfies LaneSettings,
    });
    const lane: Lane = { worker, waiting: new Set() };
    worker.on('message', (answer: LaneAnswer) => {
      lane.waiting.delete(answer.batch);
      const { resolve, reject } = answerOf(answer.batch);
      if ('embedded' in answer) resolve(answer.embedded);
      else reject(answer.fault ? new Fault(answer.failed) : new Error(answer.failed));
      feed();
    });
    worker.on('error', failAll);
    return lane;
  });
  try {
    feed();
    for (let index = 0; index < count; index++) {
      throwIfCancelled(signal);
      const embedded = await answerOf(index).promise;
      answers.delete(index);
      taken = index + 1;
      feed();
      yield embedded;
    }
  } finally {
    await Promise.all(lanes.map(({ worker }) => worker.terminate()));
  }
}
