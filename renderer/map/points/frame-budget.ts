/** Above this a moving map feels late; below the other there is room for more points. Milliseconds per frame. */
const LATE_MS = 40;
const EARLY_MS = 24;
const LEAST = 0.02;

/**
 * How many of the points a moving map draws, so that it keeps up with the hand on slow graphics. It starts with all and
 * learns from how long frames take; a map that stands still is always drawn whole.
 */
export class FrameBudget {
  #share = 1;
  #last = Number.NEGATIVE_INFINITY;

  /** Part of the points to draw while moving, 0 … 1. */
  get share(): number {
    return this.#share;
  }

  /** Tells when a moving frame was drawn. @param now milliseconds */
  drawn(now: number): void {
    const took = now - this.#last;
    this.#last = now;
    // The first frame of a movement; `stopped` ended the one before.
    if (took === Number.POSITIVE_INFINITY) return;
    if (took > LATE_MS) this.#share = Math.max(LEAST, this.#share * Math.max(0.5, LATE_MS / took));
    else if (took < EARLY_MS) this.#share = Math.min(1, this.#share * 1.15);
  }

  /** The map stopped: the time until it moves again is no frame. */
  stopped(): void {
    this.#last = Number.NEGATIVE_INFINITY;
  }
}
