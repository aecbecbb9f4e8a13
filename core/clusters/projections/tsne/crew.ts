import { Worker } from 'node:worker_threads';
import { attract, type Field, Repeller } from './forces.ts';

/** Places in the control block that the threads share. */
const TURN = 0;
const PHASE = 1;
const NEXT = 2;
const CHUNKS = 3;
const FINISHED = 4;
const FAILED = 5;

export const ATTRACTION = 0;
export const REPULSION = 1;
const STOP = 2;

/** Points, or leaves, that a thread takes at a time. */
const ATTRACTION_CHUNK = 256;
const REPULSION_CHUNK = 16;

/** What a thread of the crew is started with. */
export interface CrewData {
  control: Int32Array;
  field: Field;
}

function work(control: Int32Array, field: Field, repeller: Repeller): void {
  const phase = control[PHASE];
  const chunks = control[CHUNKS];
  for (let chunk = Atomics.add(control, NEXT, 1); chunk < chunks; chunk = Atomics.add(control, NEXT, 1)) {
    if (phase === ATTRACTION) {
      const from = chunk * ATTRACTION_CHUNK;
      attract(field, from, Math.min(field.points, from + ATTRACTION_CHUNK));
    } else {
      const from = chunk * REPULSION_CHUNK;
      repeller.repel(field, from, Math.min(field.tree.sizes[1], from + REPULSION_CHUNK));
    }
  }
}

/** The loop of a thread: waits for a turn, takes chunks until there are none, says that it finished. */
export function crewThread({ control, field }: CrewData): void {
  const repeller = new Repeller();
  for (let turn = 0; ; ) {
    Atomics.wait(control, TURN, turn);
    turn = Atomics.load(control, TURN);
    if (control[PHASE] === STOP) return;
    try {
      work(control, field, repeller);
    } catch (thrown) {
      Atomics.store(control, FAILED, 1);
      throw thrown;
    } finally {
      Atomics.add(control, FINISHED, 1);
      Atomics.notify(control, FINISHED);
    }
  }
}

/**
 * Threads that share a field. Which thread takes which chunk is left to chance, but every point's force is summed by
 * one thread in one order: the result does not depend on the number of threads.
 */
export class Crew {
  readonly #field: Field;
  readonly #control = new Int32Array(new SharedArrayBuffer(6 * 4));
  readonly #repeller = new Repeller();
  readonly #workers: Worker[] = [];

  private constructor(field: Field) {
    this.#field = field;
  }

  /** @param threads in all, this one included */
  static async start(field: Field, threads: number): Promise<Crew> {
    const crew = new Crew(field);
    const data: CrewData = { control: crew.#control, field };
    try {
      for (let thread = 1; thread < threads; thread++) {
        const worker = new Worker(new URL('./crew-thread.ts', import.meta.url), { workerData: data });
        crew.#workers.push(worker);
        await new Promise<void>((resolve, reject) => {
          worker.once('message', () => resolve());
          worker.once('error', reject);
        });
      }
    } catch (thrown) {
      await crew.stop();
      throw thrown;
    }
    return crew;
  }

  /** Runs one phase on all threads; `meanwhile` runs on this one first. Blocks. */
  run(phase: typeof ATTRACTION | typeof REPULSION, meanwhile: () => void = () => {}): void {
    const control = this.#control;
    control[PHASE] = phase;
    control[NEXT] = 0;
    control[CHUNKS] =
      phase === ATTRACTION
        ? Math.ceil(this.#field.points / ATTRACTION_CHUNK)
        : Math.ceil(this.#field.tree.sizes[1] / REPULSION_CHUNK);
    Atomics.store(control, FINISHED, 0);
    Atomics.add(control, TURN, 1);
    Atomics.notify(control, TURN);
    meanwhile();
    work(control, this.#field, this.#repeller);
    for (let finished = 0; finished < this.#workers.length; ) {
      finished = Atomics.load(control, FINISHED);
      if (finished < this.#workers.length) Atomics.wait(control, FINISHED, finished, 1000);
    }
    if (Atomics.load(control, FAILED) !== 0) throw new Error('A thread of the t-SNE failed.');
  }

  async stop(): Promise<void> {
    this.#control[PHASE] = STOP;
    Atomics.add(this.#control, TURN, 1);
    Atomics.notify(this.#control, TURN);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
