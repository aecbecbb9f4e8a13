import type { BatchShown } from '../../core/contract/values.ts';

export type StepKind = 'undo' | 'redo';

/** A batch that took another back or brought it back, and the faces that it changed. */
export interface Stepped {
  batch: BatchShown;
  faces: Int32Array;
}

/** What the host does: `next` chooses among a window's own batches by the project's history, `one` takes a named one. */
export interface StepHost {
  next(how: StepKind, own: Int32Array): Promise<{ stepped: Stepped | null; other: BatchShown | null }>;
  one(how: StepKind, batch: number): Promise<Stepped>;
}

/**
 * Which batches of the project are this window's own: what undo and redo go over, in whichever view they were written.
 * What stands and what was taken back is never kept here but asked of the project at each step, so that a step that
 * another view, window or command took back is neither sent again nor mistaken for the next one.
 */
export class OwnSteps {
  readonly #host: StepHost;
  readonly #ids = new Set<number>();
  readonly #writing = new Set<Promise<unknown>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(host: StepHost) {
    this.#host = host;
  }

  /** Writes a batch, which is this window's own from then on. */
  async write<T extends { batch: { id: number } }>(send: () => Promise<T>): Promise<T> {
    const sent = send();
    this.#writing.add(sent);
    try {
      const written = await sent;
      // 0: nothing was to be written.
      if (written.batch.id > 0) this.#ids.add(written.batch.id);
      return written;
    } finally {
      this.#writing.delete(sent);
    }
  }

  /** Takes the next own step back (brings it back), once what is being written is written. */
  async next(how: StepKind): Promise<{ stepped: Stepped | null; other: BatchShown | null }> {
    return this.#inTurn(() => this.#host.next(how, Int32Array.from(this.#ids)));
  }

  /** Takes one batch back (brings it back), whoever wrote it; it is this window's own from then on. */
  async one(how: StepKind, batch: number): Promise<Stepped> {
    return this.#inTurn(async () => {
      const stepped = await this.#host.one(how, batch);
      this.#ids.add(stepped.batch.target ?? batch);
      return stepped;
    });
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(async () => {
      await Promise.allSettled(this.#writing);
      return step();
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

const count = (n: number, what: string): string =>
  `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;

/** 'undo of batch 5: male for 3 faces (3 faces)'. */
export const steppedWords = ({ batch, faces }: Stepped): string =>
  `${batch.description} (${count(faces.length, 'face')})`;

/** What is said where no step of this window is left: whose the next one is, or that there is none at all. */
export function nothingOwn(how: StepKind, other: BatchShown | null): string {
  if (other === null)
    return how === 'undo' ? 'There is nothing to undo.' : 'There is nothing to redo: nothing is undone.';
  const what = `batch ${other.id} by ${other.agent}: ${other.description} (${count(other.events, 'label')})`;
  return how === 'undo'
    ? `No labels of this window are left to undo. The project's latest are ${what}.`
    : `This window has undone nothing that could be redone. What was undone last is ${what}.`;
}
