import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import type { FeatureMatrix } from './features.ts';
import type { FitResult, FitTask } from './fit.ts';

/** What a thread answers. */
export type FitReply = { result: FitResult } | { problem: string; fault: boolean };

/** An empty matrix that threads can share without copies. */
export function sharedMatrix(rows: number, dimensions: number): FeatureMatrix {
  return { data: new Float32Array(new SharedArrayBuffer(4 * rows * dimensions)), dimensions };
}

/**
 * Runs fits in threads, so that the process that asks (a window's host) never blocks. Results come in the order of the
 * tasks whatever thread is first. Aborting ends the threads at once.
 * @param features made by `sharedMatrix`: other memory would be copied into each thread
 * @param onDone called with the number of finished fits
 */
export async function fitAll(
  features: FeatureMatrix,
  tasks: readonly FitTask[],
  options: { signal?: AbortSignal; threads?: number; onDone?: (done: number) => void } = {},
): Promise<FitResult[]> {
  throwIfCancelled(options.signal);
  const count = Math.min(options.threads ?? availableParallelism(), tasks.length);
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL('./worker.ts', import.meta.url), { workerData: features }),
  );
  const results = new Array<FitResult>(tasks.length);
  // The longest first, so that no thread is left alone with one at the end.
  const order = [...tasks.keys()].sort((a, b) => tasks[b].rows.length - tasks[a].rows.length || a - b);
  let next = 0;
  let done = 0;
  let cancel = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      cancel = () => {
        try {
          throwIfCancelled(options.signal);
        } catch (thrown) {
          reject(thrown);
        }
      };
      options.signal?.addEventListener('abort', cancel, { once: true });
      if (tasks.length === 0) resolve();
      for (const worker of workers) {
        let current = -1;
        const feed = (): void => {
          if (next >= order.length) return;
          current = order[next++];
          worker.postMessage(tasks[current]);
        };
        worker.on('message', (reply: FitReply) => {
          if ('problem' in reply) {
            reject(reply.fault ? new Fault(reply.problem) : new Error(reply.problem));
            return;
          }
          results[current] = reply.result;
          done++;
          options.onDone?.(done);
          if (done === tasks.length) resolve();
          else feed();
        });
        worker.on('error', reject);
        worker.on('exit', (code) => {
          if (done < tasks.length) reject(new Error(`A training thread ended with code ${code}.`));
        });
        feed();
      }
    });
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}
