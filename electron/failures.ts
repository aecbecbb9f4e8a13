/** Why a window's process ended, as a sentence; undefined when it ended in order. */
export function goneSentence({ reason, exitCode }: { reason: string; exitCode: number }): string | undefined {
  if (reason === 'clean-exit') return undefined;
  const why: Readonly<Record<string, string>> = {
    oom: 'It ran out of memory.',
    killed: 'It was ended from outside.',
    'launch-failed': 'It could not be started.',
    'integrity-failure': 'Its program files are not the ones that were installed. Install Visage again.',
  };
  return `The window's process ended. ${why[reason] ?? `It crashed (${reason}, code ${exitCode}).`} Every label that was shown as saved is saved, and jobs go on.`;
}

/** What a user reads when the main process cannot go on. */
export function fatalSentence(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return `Visage has to end because of a defect of its own: ${message.replace(/\.?$/, '.')} Labels are saved; a job that ran goes on where it was when it is started again.`;
}

/** True when a window crashes so often that reloading it would go on for ever: the third time within a minute. */
export class CrashCount {
  readonly #now: () => number;
  #times: number[] = [];

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  tooOften(): boolean {
    const now = this.#now();
    this.#times = [...this.#times.filter((time) => now - time < 60_000), now];
    return this.#times.length >= 3;
  }
}
