import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled } from '../../foundation/progress.ts';
import { physicalCores } from '../ort/cpu.ts';
import type { Engine, Placement } from '../types.ts';
import type { LaneAnswer } from './lane.ts';

/** What a lane's thread is started with. */
export interface LaneSettings {
  /** URL of a module whose default export is a `LaneModule`. */
  module: string;
  settings: unknown;
  /** Threads of one run of a network. */
  threads: number;
  /** Items of a batch; the last one can have fewer. */
  batch: number;
}

/** Opens what a lane works with, once; gives what makes a batch's items its result, which is copied to the other thread. */
export type LaneModule<Settings = unknown, Item = unknown, Result = unknown> = (
  engine: Engine,
  settings: Settings,
  options: { threads: number; batch: number },
) => Promise<(items: readonly Item[]) => Promise<Result>>;

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

/**
 * How networks that were found to run at `placement` are copied for so many items, and the placement as it is then said;
 * undefined where one copy does it: lanes are threads of ONNX Runtime's on the CPU.
 */
export function lanesAt(
  placement: Placement,
  paths: readonly string[],
  work: { items: number; batch: number },
): { lanes: number; threads: number; batch: number; placement: Placement } | undefined {
  if (placement.device !== 'cpu' || placement.engine !== 'ort') return undefined;
  const { lanes: most, threads } = lanesFor(paths);
  const lanes = Math.min(most, Math.ceil(work.items / work.batch));
  if (lanes < 2) return undefined;
  const each = threads === 1 ? 'one thread' : `${threads} threads`;
  const reason = `${placement.reason} ${lanes} copies of the network run side by side, ${each} each.`;
  return { lanes, threads, batch: work.batch, placement: { ...placement, reason } };
}

interface Lane {
  worker: Worker;
  waiting: Set<number>;
}

/** Copies of networks on threads of their own. Opened by `openLanes`; to be closed. */
export interface Lanes<Item, Result> {
  /** Works through items; results come batch by batch in their order. One call at a time. */
  run(items: readonly Item[], options: { signal: AbortSignal }): AsyncGenerator<Result>;
  close(): Promise<void>;
}

/** Starts lanes and waits until each has its networks. @throws Fault when one cannot open them */
export async function openLanes<Item, Result>(
  lane: { module: URL; settings: unknown },
  settings: { lanes: number; threads: number; batch: number },
): Promise<Lanes<Item, Result>> {
  let answers = new Map<number, PromiseWithResolvers<Result>>();
  let feed = (): void => {};
  const start = (i: number): { lane: Lane; ready: Promise<void> } => {
    const worker = new Worker(new URL('./lane.ts', import.meta.url), {
      name: `lane ${i}`,
      workerData: {
        ...{ module: lane.module.href, settings: lane.settings },
        ...{ threads: settings.threads, batch: settings.batch },
      } satisfies LaneSettings,
    });
    const started: Lane = { worker, waiting: new Set() };
    const ready = Promise.withResolvers<void>();
    ready.promise.catch(() => {});
    const lost = (thrown: Error): void => {
      ready.reject(thrown);
      for (const index of started.waiting) answers.get(index)?.reject(thrown);
      started.waiting.clear();
    };
    worker.on('message', (answer: LaneAnswer) => {
      if ('ready' in answer) ready.resolve();
      else if (!('batch' in answer)) lost(errorOf(answer));
      else {
        started.waiting.delete(answer.batch);
        const waiting = answers.get(answer.batch);
        if ('result' in answer) waiting?.resolve(answer.result as Result);
        else waiting?.reject(errorOf(answer));
        feed();
      }
    });
    worker.on('error', lost);
    worker.on('exit', (code) => lost(new Error(`A lane ended with exit code ${code}.`)));
    return { lane: started, ready: ready.promise };
  };
  const started = Array.from({ length: settings.lanes }, (_, i) => start(i));
  const lanes = started.map(({ lane }) => lane);
  const close = async (): Promise<void> => {
    await Promise.all(lanes.map(({ worker }) => worker.terminate()));
  };
  try {
    await Promise.all(started.map(({ ready }) => ready));
  } catch (thrown) {
    await close();
    throw thrown;
  }

  async function* run(items: readonly Item[], { signal }: { signal: AbortSignal }): AsyncGenerator<Result> {
    const { batch } = settings;
    const count = Math.ceil(items.length / batch);
    // The reader may be slower than the lanes: this many batches may lie ready before they wait.
    const ahead = 4 * lanes.length;
    let next = 0;
    let taken = 0;
    answers = new Map();
    feed = () => {
      // Every lane has a second batch by the time it is done with the first; idle lanes come first.
      for (const { worker, waiting } of lanes.toSorted((a, b) => a.waiting.size - b.waiting.size)) {
        while (waiting.size < 2 && next < count && next < taken + ahead) {
          const index = next++;
          const answer = Promise.withResolvers<Result>();
          answer.promise.catch(() => {});
          answers.set(index, answer);
          waiting.add(index);
          worker.postMessage({ batch: index, items: items.slice(index * batch, (index + 1) * batch) });
        }
      }
    };
    try {
      feed();
      for (let index = 0; index < count; index++) {
        throwIfCancelled(signal);
        const answer = answers.get(index);
        if (answer === undefined) throw new Error('A batch was never given to a lane.');
        const result = await answer.promise;
        answers.delete(index);
        taken = index + 1;
        feed();
        yield result;
      }
    } finally {
      feed = () => {};
    }
  }
  return { run, close };
}

const errorOf = ({ fault, failed }: { fault: boolean; failed: string }): Error =>
  fault ? new Fault(failed) : new Error(failed);
