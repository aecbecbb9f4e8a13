/** A ranked list of candidates that keeps only the best: 477,000 faces need not be sorted to show 100. */
export class Ranking<Item extends { face: number; score: number }> {
  readonly #limit: number;
  #items: Item[] = [];
  #floor: Item | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether a candidate with this score could still come in: spares making items that fall out at once. */
  admits(face: number, score: number): boolean {
    if (this.#limit === 0) return false;
    return this.#floor === undefined || before({ face, score }, this.#floor);
  }

  add(item: Item): void {
    if (!this.admits(item.face, item.score)) return;
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#limit + 1000) this.#cut();
  }

  /** Highest score first, equal scores by face id. */
  items(): Item[] {
    this.#cut();
    return this.#items;
  }

  #cut(): void {
    this.#items.sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
    if (this.#items.length >= this.#limit) {
      this.#items.length = this.#limit;
      this.#floor = this.#items[this.#limit - 1];
    }
  }
}

type Ranked = { face: number; score: number; attribute?: number };

function before(a: Ranked, b: Ranked): boolean {
  if (a.score !== b.score) return a.score > b.score;
  if (a.face !== b.face) return a.face < b.face;
  return (a.attribute ?? 0) < (b.attribute ?? 0);
}
