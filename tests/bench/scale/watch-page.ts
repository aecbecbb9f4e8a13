import type { Page } from 'playwright-core';

/**
 * What runs in the page: as text, because the window's policy forbids evaluation there and this project's tests know
 * nothing of the DOM. `record` and `report` watch frames and long tasks; `time` waits from an event to a shown change.
 */
const WATCH = `
window.watch = {
  record() {
    this.times = []; this.tasks = []; this.running = true;
    const step = (now) => { this.times.push(now); if (this.running) requestAnimationFrame(step); };
    requestAnimationFrame(step);
    this.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.tasks.push(entry.duration);
    });
    this.observer.observe({ entryTypes: ['longtask'] });
  },
  report() {
    this.running = false;
    this.observer.disconnect();
    const gaps = this.times.slice(1).map((time, i) => time - this.times[i]);
    return {
      frames: gaps.length, seconds: gaps.reduce((sum, gap) => sum + gap, 0) / 1000, worst: Math.max(...gaps),
      longest: Math.max(0, ...this.tasks), tasks: this.tasks.length,
    };
  },
  read: {
    drawn: () => document.querySelector('canvas')?.dataset.drawn ?? '',
    legend: () => document.querySelector('.legend li:nth-child(2) b')?.textContent ?? '',
    undoable: () => String([...document.querySelectorAll('button')].some((b) => b.textContent.trim() === 'Undo')),
  },
  time(event, what, wanted) {
    const read = this.read[what];
    const before = read();
    this.timed = new Promise((resolve) => {
      window.addEventListener(event, () => {
        const begun = performance.now();
        const look = () => {
          const now = read();
          if (wanted === null ? now === before : now !== wanted) requestAnimationFrame(look);
          // The next frame begins when this one was handed over to be shown.
          else requestAnimationFrame(() => resolve(performance.now() - begun));
        };
        requestAnimationFrame(look);
      }, { capture: true, once: true });
    });
  },
};`;

export interface Frames {
  frames: number;
  seconds: number;
  /** Longest time between two frames, ms. */
  worst: number;
  /** Longest task above 50 ms, ms; 0 for none. */
  longest: number;
  tasks: number;
}

export async function watchPage(page: Page): Promise<void> {
  await page.addInitScript({ content: WATCH });
}

/** Records frames and long tasks until the function given back is called. */
export async function recordFrames(page: Page): Promise<() => Promise<Frames>> {
  await page.evaluate('watch.record()');
  return () => page.evaluate<Frames>('watch.report()');
}

/** What is drawn ('all shown') or the count of the legend's second entry, as it stands. */
export const readNow = (page: Page, what: 'drawn' | 'legend' | 'undoable'): Promise<string> =>
  page.evaluate<string>(`watch.read.${what}()`);

/**
 * Milliseconds from the next event of a kind until `what` has changed (or has become `wanted`) and a frame was shown.
 * Call before the event; call what it gives after it.
 */
export async function timeFrom(
  page: Page,
  event: 'pointerup' | 'click' | 'keydown',
  what: 'drawn' | 'legend' | 'undoable',
  wanted: string | null = null,
): Promise<() => Promise<number>> {
  await page.evaluate(`watch.time(${JSON.stringify(event)}, '${what}', ${JSON.stringify(wanted)})`);
  return () => page.evaluate<number>('watch.timed');
}
