import type { Thumbnail, ThumbnailRequest } from '../../engine/images/thumbnail-task.ts';
import type { EngineClient } from '../../engine/types.ts';
import { Fault, sentenceOf } from '../../foundation/fault.ts';

const TASK = new URL('../../engine/images/thumbnail-task.ts', import.meta.url);
/** Requests of one run: few enough that a picture which kills the process takes few others with it. */
const MOST = 32;

type Wanted = Omit<ThumbnailRequest, 'id'>;

/**
 * Makes pictures in a process of their own, so that neither a running job delays them nor a damaged file can hurt the
 * host. Requests that come while one run is on its way go together in the next.
 */
export class PictureMaker {
  readonly #engine: EngineClient;
  readonly #waiting: { wanted: Wanted; answer: PromiseWithResolvers<Uint8Array> }[] = [];
  #running = false;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** WebP bytes. @throws Fault for a picture that cannot be read */
  make(wanted: Wanted): Promise<Uint8Array> {
    const answer = Promise.withResolvers<Uint8Array>();
    this.#waiting.push({ wanted, answer });
    if (!this.#running) void this.#run();
    return answer.promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    // What the same turn of the event loop asks for goes along.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      // The latest first: what was asked for long ago has often been scrolled past.
      const chosen = this.#waiting.splice(-MOST).reverse();
      const open = new Map(chosen.map(({ answer }, id) => [id, answer]));
      await this.#engine
        .run<ThumbnailRequest[], null>(
          TASK,
          chosen.map(({ wanted }, id) => ({ ...wanted, id })),
          {
            onPart: (made: Thumbnail) => {
              const answer = open.get(made.id);
              open.delete(made.id);
              if ('bytes' in made) answer?.resolve(made.bytes);
              else answer?.reject(new Fault(made.problem));
            },
          },
        )
        .catch((thrown) => {
          for (const answer of open.values()) answer.reject(new Fault(sentenceOf(thrown)));
          open.clear();
        });
    }
    this.#running = false;
  }
}
