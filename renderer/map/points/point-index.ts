/**
 * A grid over the points: which one is nearest to the pointer, which lie in a rectangle. Built once per map, in one
 * counting sort, without an object per point.
 */
export class PointIndex {
  readonly #xy: Float32Array;
  readonly #side: number;
  readonly #left: number;
  readonly #bottom: number;
  readonly #cellWidth: number;
  readonly #cellHeight: number;
  /** Points of cell c are order[starts[c] … starts[c + 1]). */
  readonly #starts: Int32Array;
  readonly #order: Int32Array;

  constructor(xy: Float32Array) {
    this.#xy = xy;
    const n = xy.length / 2;
    this.#side = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(n / 4))));
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < xy.length; i += 2) {
      left = Math.min(left, xy[i]);
      right = Math.max(right, xy[i]);
      bottom = Math.min(bottom, xy[i + 1]);
      top = Math.max(top, xy[i + 1]);
    }
    this.#left = n > 0 ? left : 0;
    this.#bottom = n > 0 ? bottom : 0;
    this.#cellWidth = n > 0 && right > left ? (right - left) / this.#side : 1;
    this.#cellHeight = n > 0 && top > bottom ? (top - bottom) / this.#side : 1;
    const cells = new Int32Array(n);
    this.#starts = new Int32Array(this.#side * this.#side + 1);
    for (let i = 0; i < n; i++) {
      cells[i] = this.#row(xy[2 * i + 1]) * this.#side + this.#column(xy[2 * i]);
      this.#starts[cells[i] + 1]++;
    }
    for (let c = 0; c < this.#starts.length - 1; c++) this.#starts[c + 1] += this.#starts[c];
    const next = this.#starts.slice();
    this.#order = new Int32Array(n);
    for (let i = 0; i < n; i++) this.#order[next[cells[i]]++] = i;
  }

  /** The point nearest to (x, y) within `radius` that `allowed` lets pass; −1 when there is none. */
  nearest(x: number, y: number, radius: number, allowed: (point: number) => boolean = () => true): number {
    let best = -1;
    let bestDistance = radius * radius;
    this.#visit(x - radius, x + radius, y - radius, y + radius, (i) => {
      const distance = (this.#xy[2 * i] - x) ** 2 + (this.#xy[2 * i + 1] - y) ** 2;
      if ((distance < bestDistance || (distance === bestDistance && best < 0)) && allowed(i)) {
        best = i;
        bestDistance = distance;
      }
    });
    return best;
  }

  /** Calls `visit` for every point in a rectangle, its edges included. */
  inRectangle(
    left: number,
    right: number,
    bottom: number,
    top: number,
    visit: (point: number) => void,
  ): void {
    this.#visit(left, right, bottom, top, (i) => {
      const x = this.#xy[2 * i];
      const y = this.#xy[2 * i + 1];
      if (x >= left && x <= right && y >= bottom && y <= top) visit(i);
    });
  }

  #visit(left: number, right: number, bottom: number, top: number, visit: (point: number) => void): void {
    for (let row = this.#row(bottom); row <= this.#row(top); row++) {
      const from = this.#starts[row * this.#side + this.#column(left)];
      const to = this.#starts[row * this.#side + this.#column(right) + 1];
      for (let at = from; at < to; at++) visit(this.#order[at]);
    }
  }

  #column(x: number): number {
    return Math.max(0, Math.min(this.#side - 1, Math.floor((x - this.#left) / this.#cellWidth)));
  }

  #row(y: number): number {
    return Math.max(0, Math.min(this.#side - 1, Math.floor((y - this.#bottom) / this.#cellHeight)));
  }
}
