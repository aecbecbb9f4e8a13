import { Worker } from 'node:worker_threads';
import { physicalCores } from '../ort/cpu.ts';
import type { Made } from './preparing.ts';
import type { Chunk, ChunkDone } from './worker.ts';

/** The threads that decode pictures. They outlive one piece of work, because starting one costs as much as fifty faces. */
class PicturePool {
  readonly size: number;
  readonly #workers: { worker: Worker; waiting: Set<number> }[] = [];
  readonly #answers = new Map<number, PromiseWithResolvers<Made[][]>>();
  #chunks = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** Sends a chunk to the thread with the least to do. */
  run(work: Omit<Chunk, 'chunk'>): Promise<Made[][]> {
    const chunk = this.#chunks++;
    const answer = Promise.withResolvers<Made[][]>();
    this.#answers.set(chunk, answer);
    const lane = this.#lane();
    lane.waiting.add(chunk);
    lane.worker.ref();
    lane.worker.postMessage({ ...work, chunk } satisfies Chunk);
    return answer.promise;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map(({ worker }) => worker.terminate()));
  }

  #lane(): { worker: Worker; waiting: Set<number> } {
    const idle = this.#workers.find((lane) => lane.waiting.size === 0);
    if (idle !== undefined) return idle;
    if (this.#workers.length < this.size) return this.#start();
    return this.#workers.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
  }

  #start(): { worker: Worker; waiting: Set<number> } {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { name: 'pictures' });
    const lane = { worker, waiting: new Set<number>() };
    worker.on('message', (done: ChunkDone) => {
      lane.waiting.delete(done.chunk);
      if (lane.waiting.size === 0) worker.unref();
      const answer = this.#answers.get(done.chunk);
      this.#answers.delete(done.chunk);
      if ('made' in done) answer?.resolve(done.made);
      else answer?.reject(new Error(done.failed));
    });
    const lost = (why: string): void => {
      const at = this.#workers.indexOf(lane);
      if (at >= 0) this.#workers.splice(at, 1);
      for (const chunk of lane.waiting) {
        this.#answers.get(chunk)?.reject(new Error(`A thread that decodes pictures ended: ${why}`));
        this.#answers.delete(chunk);
      }
      lane.waiting.clear();
    };
    worker.on('error', (error) => lost(error.message));
    worker.on('exit', (code) => lost(`exit code ${code}`));
    worker.unref();
    this.#workers.push(lane);
    return lane;
  }
}

let pool: PicturePool | undefined;

/**
 * The pool of this process. One thread keeps up with most networks on a CPU; more of them only help networks that
 * are faster than that, or large pictures, and take time from a network that runs on the same cores.
 */
export function picturePool(): PicturePool {
  pool ??= new PicturePool(Math.max(1, Math.min(8, physicalCores() - 1)));
  return pool;
}

/** Ends the threads; the next use starts new ones. */
export async function closePicturePool(): Promise<void> {
  const closing = pool;
  pool = undefined;
  await closing?.close();
}
