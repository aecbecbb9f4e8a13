/** Pauses between two looks at news are at least this long. */
const LEAST_MS = 400;
/** And so many times as long as showing the last ones took: a machine that trains has little left for drawing. */
const PAUSES = 4;
/** Nobody waits longer for what is known already. */
const MOST_MS = 3000;

/**
 * Shows what comes in, in portions: a busy machine falls behind with how often, never with what is shown.
 * @param show shows a portion; its promise ends when that is on the screen
 * @returns takes news; `stop` lets go of those that were not shown
 */
export function paced<News>(
  show: (news: News[]) => Promise<void>,
  clock: () => number = () => performance.now(),
): { take(news: News): void; stop(): void } {
  let waiting: News[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = LEAST_MS;
  let showing = false;

  async function look(): Promise<void> {
    timer = undefined;
    showing = true;
    const begun = clock();
    const portion = waiting;
    waiting = [];
    try {
      await show(portion);
    } finally {
      // What failed once must not end what comes after it.
      pause = Math.min(MOST_MS, Math.max(LEAST_MS, PAUSES * (clock() - begun)));
      showing = false;
      if (waiting.length > 0) timer ??= setTimeout(() => void look(), pause);
    }
  }

  return {
    take(news) {
      waiting.push(news);
      if (!showing) timer ??= setTimeout(() => void look(), pause);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
