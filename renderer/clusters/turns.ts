/**
 * Lets a few do something at a time, the latest that asked first. Mean faces take the host seconds, and a browser opens
 * only six connections to it: all at once they would keep every other picture, and other views, waiting.
 */
export class Turns {
  readonly #limit: number;
  #waiting: (() => void)[] = [];
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
    this.#waiting.push(begin);
    this.#next();
    return () => {
      if (over) return;
      over = true;
      this.#waiting = this.#waiting.filter((other) => other !== begin);
      if (begun) this.#active--;
      this.#next();
    };
  }

  #next(): void {
    while (this.#active < this.#limit) {
      const begin = this.#waiting.pop();
      if (begin === undefined) return;
      begin();
    }
  }
}
