import type { JobShown } from '../core/contract/procedures/jobs.ts';

interface Preventable {
  preventDefault(): void;
}

export interface QuittingEffects {
  /** Jobs that run or wait. */
  active(): Pick<JobShown, 'kind' | 'state'>[];
  /** Asks the user; true when they want to quit all the same. */
  ask(sentence: string): boolean;
  /** Cancels jobs, closes the project, ends the engines. */
  close(): Promise<void>;
  /** Ends the process at once. */
  exit(code: number): void;
  /** Hears of what went wrong while closing. */
  failed(thrown: unknown): void;
}

/** What is cancelled by quitting, as a question; undefined when nothing runs. */
export function question(active: readonly Pick<JobShown, 'kind' | 'state'>[]): string | undefined {
  if (active.length === 0) return undefined;
  const names = active.map(({ kind }) => `'${kind}'`).join(', ');
  return `${active.length === 1 ? `The job ${names} is` : `The jobs ${names} are`} not finished. What is done so far is kept, and starting the same job again goes on from there.`;
}

/**
 * The way out: asks once when jobs run, then closes everything before the process ends, and ends it even if closing
 * takes longer than `limit` milliseconds (labels are on disk already).
 */
export class Quitting {
  readonly #effects: QuittingEffects;
  readonly #limit: number;
  #agreed = false;
  #closing: Promise<void> | undefined;

  constructor(effects: QuittingEffects, limit: number = 15_000) {
    this.#effects = effects;
    this.#limit = limit;
  }

  /** No question any more: a signal or a failure ends the program. */
  agree(): void {
    this.#agreed = true;
  }

  /** Before windows close. Keeps the program open when the user wants the job to go on. */
  before(event: Preventable): void {
    if (this.#agreed) return;
    const sentence = question(this.#effects.active());
    if (sentence === undefined || this.#effects.ask(sentence)) this.#agreed = true;
    else event.preventDefault();
  }

  /** When all windows are closed: keeps the process until everything else is closed too. */
  last(event: Preventable): Promise<void> {
    event.preventDefault();
    return this.end(0);
  }

  /** Closes everything and ends the process. */
  end(code: number): Promise<void> {
    this.#closing ??= this.#close(code);
    return this.#closing;
  }

  async #close(code: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#effects.failed(
          new Error(`Closing took longer than ${this.#limit / 1000} s; the process is ended.`),
        );
        resolve();
      }, this.#limit);
    });
    await Promise.race([this.#effects.close().catch((thrown) => this.#effects.failed(thrown)), late]);
    clearTimeout(timer);
    this.#effects.exit(code);
  }
}
