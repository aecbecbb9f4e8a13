/**
 * Lets a few do something at a time. Mean faces take the host seconds, and a browser opens only six connections to it:
 * all at once they would keep every other picture, and other views, waiting. Wishes of the same moment (one screen of a
 * list) are met in their order; a later moment goes first, because the earlier one may have been scrolled past.
 */
export class Turns {
  readonly #limit: number;
  #moments: (() => void)[][] = [];
  #open = false;
  #active = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `start` runs when its turn comes. The function given back ends the turn, or takes the wish back; it may be called twice. */
  ask(start: () => void): () => void {
    let begun = false;
    let over = false;
    const begin = (): void => {
      begun = true;
      this.#active++;
      start();
    };
    if (!this.#open) {
      this.#open = true;
      this.#moments.push([]);
      queueMicrotask(() => {
        this.#open = false;
      });
    }
    this.#moments[this.#moments.length - 1].push(begin);
    this.#next();
    return () => {
      if (over) return;
      over = true;
      this.#moments = this.#moments.map((moment) => moment.filter((other) => other !== begin));
      if (begun) this.#active--;
      this.#next();
    };
  }

  #next(): void {
    while (this.#active < this.#limit) {
      const begin = this.#moments.findLast((moment) => moment.length > 0)?.shift();
      if (begin === undefined) {
        if (!this.#open) this.#moments = [];
        return;
      }
      begin();
    }
  }
}
