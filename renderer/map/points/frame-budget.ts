/** Above this a moving map feels late; below the other there is room for more points. Milliseconds per frame. */
const LATE_MS = 40;
const EARLY_MS = 24;
const LEAST = 0.02;
/** A pause in the hand's movement shorter than this is still movement. */
const SHORTEST_PAUSE_MS = 120;
const LONGEST_PAUSE_MS = 600;

/**
 * How many of the points a moving map draws, so that it keeps up with the hand on slow graphics, and how long the hand
 * must rest before all are drawn. Both are learned from how long frames take, the first whole one included: also the
 * first movement is then in time.
 */
export class FrameBudget {
  #share = 1;
  #whole = 0;

  /** Part of the points to draw while moving, 0 … 1. */
  get share(): number {
    return this.#share;
  }

  /** Milliseconds without movement after which the whole map is drawn: longer where that holds the next movement up. */
  get pause(): number {
    return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, 2 * this.#whole));
  }

  /** @param milliseconds that a frame with the budget's share of points took */
  moved(milliseconds: number): void {
    if (milliseconds > LATE_MS) this.#lower(this.#share * (LATE_MS / milliseconds));
    else if (milliseconds < EARLY_MS) this.#share = Math.min(1, this.#share * 1.15);
  }

  /** @param milliseconds that a frame with all points took */
  whole(milliseconds: number): void {
    this.#whole = milliseconds;
    if (milliseconds > LATE_MS) this.#lower(Math.min(this.#share, LATE_MS / milliseconds));
  }

  #lower(share: number): void {
    this.#share = Math.max(LEAST, share);
  }
}
