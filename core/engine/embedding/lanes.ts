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

/** Copies of a network on threads of their own. Opened by `openLanes`; to be closed. */
export interface Lanes {
  /** Embeds faces; batches come in the order of the faces. One call at a time. */
  embed(faces: readonly FaceImage[], options: { signal: AbortSignal }): AsyncGenerator<EmbeddedFaces>;
  close(): Promise<void>;
}

/** Starts lanes and waits until each has its network. @throws Fault when one cannot open it */
export async function openLanes(
  plan: NetworkPlan,
  settings: { lanes: number; threads: number; batch: number },
): Promise<Lanes> {
  let answers = new Map<number, PromiseWithResolvers<EmbeddedFaces>>();
  let feed = (): void => {};
  const start = (i: number): { lane: Lane; ready: Promise<void> } => {
    const worker = new Worker(new URL('./lane.ts', import.meta.url), {
      name: `lane ${i}`,
      workerData: { plan, threads: settings.threads, batch: settings.batch } satisfies LaneSettings,
    });
    const lane: Lane = { worker, waiting: new Set() };
    const ready = Promise.withResolvers<void>();
    ready.promise.catch(() => {});
    const lost = (thrown: Error): void => {
      ready.reject(thrown);
      for (const index of lane.waiting) answers.get(index)?.reject(thrown);
      lane.waiting.clear();
    };
    worker.on('message', (answer: LaneAnswer) => {
      if ('ready' in answer) ready.resolve();
      else if (!('batch' in answer)) lost(errorOf(answer));
      else {
        lane.waiting.delete(answer.batch);
        const waiting = answers.get(answer.batch);
        if ('embedded' in answer) waiting?.resolve(answer.embedded);
        else waiting?.reject(errorOf(answer));
        feed();
      }
    });
    worker.on('error', lost);
    worker.on('exit', (code) => lost(new Error(`A lane ended with exit code ${code}.`)));
    return { lane, ready: ready.promise };
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

  async function* embed(
    faces: readonly FaceImage[],
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<EmbeddedFaces> {
    const { batch } = settings;
    const count = Math.ceil(faces.length / batch);
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
          const answer = Promise.withResolvers<EmbeddedFaces>();
          answer.promise.catch(() => {});
          answers.set(index, answer);
          waiting.add(index);
          worker.postMessage({ batch: index, faces: faces.slice(index * batch, (index + 1) * batch) });
        }
      }
    };
    try {
      feed();
      for (let index = 0; index < count; index++) {
        throwIfCancelled(signal);
        const embedded = await answers.get(index)?.promise;
        if (embedded === undefined) throw new Error('A batch was never given to a lane.');
        answers.delete(index);
        taken = index + 1;
        feed();
        yield embedded;
      }
    } finally {
      feed = () => {};
    }
  }
  return { embed, close };
}

const errorOf = ({ fault, failed }: { fault: boolean; failed: string }): Error =>
  fault ? new Fault(failed) : new Error(failed);
