import type { DemoState } from '../contract/procedures/project.ts';
import { startEngine } from '../engine/client.ts';
import { Cancelled, sentenceOf } from '../foundation/fault.ts';
import { demo, demoFinished, demoProject } from '../jobs/demo.ts';

/** At most this often a window is told how far the demo is. */
const REPORT_MS = 200;

interface Running {
  controller: AbortController;
  ended: Promise<void>;
}

/** Makes the demo project while windows look on. One at a time; asked again while it runs, it goes on. */
export class DemoMaker {
  readonly #changed: (state: DemoState) => void;
  #state: DemoState;
  #running: Running | undefined;

  constructor(changed: (state: DemoState) => void) {
    this.#changed = changed;
    this.#state = { state: 'absent', path: demoProject(), progress: null, problem: null };
  }

  get state(): DemoState {
    // A demo that the command line made (or its user removed) meanwhile is there (or gone) all the same.
    if (this.#running === undefined && this.#state.state !== 'failed')
      this.#state = { ...this.#state, state: demoFinished() ? 'made' : 'absent' };
    return this.#state;
  }

  make(): Promise<void> {
    this.#running ??= this.#make();
    return this.#running.ended;
  }

  async cancel(): Promise<void> {
    this.#running?.controller.abort(new Cancelled());
    await this.#running?.ended;
  }

  #tell(state: Partial<DemoState>): void {
    this.#state = { ...this.#state, ...state };
    this.#changed(this.#state);
  }

  #make(): Running {
    const controller = new AbortController();
    const engine = startEngine();
    let told = Number.NEGATIVE_INFINITY;
    this.#tell({ state: 'making', progress: null, problem: null });
    const ended = demo(
      engine,
      {},
      {
        signal: controller.signal,
        onProgress: ({ stage, done, total, unit }) => {
          const now = performance.now();
          if (now - told < REPORT_MS && stage === this.#state.progress?.stage) return;
          told = now;
          this.#tell({ progress: { stage, done, ...(total !== undefined && { total }), unit } });
        },
      },
    )
      .then(
        () => ({ state: 'made' as const, problem: null }),
        (thrown) =>
          thrown instanceof Cancelled
            ? { state: 'absent' as const, problem: null }
            : { state: 'failed' as const, problem: sentenceOf(thrown) },
      )
      .then(async (end) => {
        await engine.close();
        this.#running = undefined;
        this.#tell({ ...end, progress: null });
      });
    return { controller, ended };
  }
}
