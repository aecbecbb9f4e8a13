/**
 * A quadtree over points in the plane, in arrays that threads share. Points are sorted along a Morton curve, so that
 * every cell is a run of them; cells stand in depth-first order, `skip` leading past a cell's descendants. Leaves hold
 * up to LEAF points.
 */
export interface Quadtree {
  /** Point numbers in Morton order. */
  order: Int32Array;
  /** Coordinates in that order, x and y interleaved. */
  sorted: Float64Array;
  /** Per cell: mean x, mean y, number of points, squared longer side of their bounding box. */
  cells: Float64Array;
  /** Per cell: number of the next cell that is not its descendant. */
  skip: Int32Array;
  /** Per cell: where its points begin in the order, and how many they are for a leaf, 0 otherwise. */
  start: Int32Array;
  leaf: Int32Array;
  /** Cell numbers of the leaves, and bounding boxes of their points (left, top, right, bottom). */
  leaves: Int32Array;
  boxes: Float64Array;
  /** Numbers of cells and leaves in use. */
  sizes: Int32Array;
}

export const LEAF = 12;
export const CELL = 4;
const LEVELS = 16;

const shared = <T>(
  Type: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number },
  length: number,
): T => new Type(new SharedArrayBuffer(length * Type.BYTES_PER_ELEMENT));

/** Room for a tree over `points` points. */
export function emptyQuadtree(points: number): Quadtree {
  // Every inner cell has at least two children with points, so cells < 2·leaves, plus chains of single children,
  // which are never made (see build).
  const cells = 2 * points + 2;
  return {
    order: shared(Int32Array, points),
    sorted: shared(Float64Array, 2 * points),
    cells: shared(Float64Array, CELL * cells),
    skip: shared(Int32Array, cells),
    start: shared(Int32Array, cells),
    leaf: shared(Int32Array, cells),
    leaves: shared(Int32Array, points + 1),
    boxes: shared(Float64Array, 4 * (points + 1)),
    sizes: shared(Int32Array, 2),
  };
}

/** Spreads the low 16 bits to the even places. */
function spread(value: number): number {
  let v = value;
  v = (v | (v << 8)) & 0x00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f;
  v = (v | (v << 2)) & 0x33333333;
  return (v | (v << 1)) & 0x55555555;
}

/** Builds trees over changing positions of the same number of points. */
export class QuadtreeBuilder {
  readonly tree: Quadtree;
  readonly #points: number;
  readonly #codes: Uint32Array;
  readonly #spareCodes: Uint32Array;
  readonly #spareOrder: Int32Array;
  readonly #spareSorted: Float64Array;
  readonly #places: Int32Array;
  readonly #sparePlaces: Int32Array;
  readonly #box = new Float64Array(4);

  constructor(points: number) {
    this.#points = points;
    this.tree = emptyQuadtree(points);
    this.#codes = new Uint32Array(points);
    this.#spareCodes = new Uint32Array(points);
    this.#spareOrder = new Int32Array(points);
    this.#spareSorted = new Float64Array(2 * points);
    this.#places = new Int32Array(points);
    this.#sparePlaces = new Int32Array(points);
  }

  /** @param positions x and y interleaved */
  build(positions: Float64Array): void {
    const { order, sorted, sizes } = this.tree;
    for (let i = 0; i < this.#points; i++) order[i] = i;
    sorted.set(positions);
    sizes[0] = 0;
    sizes[1] = 0;
    this.#cell(0, this.#points, LEVELS);
  }

  /**
   * Codes the points [from, to) by their place in their own bounding box, and sorts them by code. Codes have 16 bits a
   * side; a cell in which these run out is coded anew, so that far outliers do not blunt the tree for all others.
   * @returns false where all these points are one
   */
  #code(from: number, to: number): boolean {
    const { sorted } = this.tree;
    const codes = this.#codes;
    this.#measure(from, to);
    const [left, top, right, bottom] = this.#box;
    const side = Math.max(right - left, bottom - top);
    const scale = 65535 / side;
    if (!(side > 0) || !Number.isFinite(scale)) return false;
    for (let i = from; i < to; i++) {
      const x = ((sorted[2 * i] - left) * scale) | 0;
      const y = ((sorted[2 * i + 1] - top) * scale) | 0;
      codes[i] = spread(x) | (spread(y) << 1);
    }
    this.#sort(from, to);
    return true;
  }

  /** Leaves the bounding box of the points [from, to) in #box. */
  #measure(from: number, to: number): void {
    const { sorted } = this.tree;
    const box = this.#box;
    box[0] = box[1] = Number.POSITIVE_INFINITY;
    box[2] = box[3] = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const x = sorted[2 * i];
      const y = sorted[2 * i + 1];
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }
  }

  /** Sorts codes with their points: by radix, eleven bits at a time, or by insertion where they are few. */
  #sort(from: number, to: number): void {
    const { order, sorted } = this.tree;
    const codes = this.#codes;
    const places = this.#places;
    for (let i = from; i < to; i++) places[i] = i;
    if (to - from < 256) {
      places.subarray(from, to).sort((a, b) => codes[a] - codes[b] || a - b);
    } else {
      let source = places;
      let target = this.#sparePlaces;
      const counts = new Int32Array(2049);
      for (let shift = 0; shift < 33; shift += 11) {
        counts.fill(0);
        for (let i = from; i < to; i++) counts[((codes[i] >>> shift) & 2047) + 1]++;
        counts[0] = from;
        for (let b = 0; b < 2048; b++) counts[b + 1] += counts[b];
        for (let i = from; i < to; i++) {
          const place = source[i];
          target[counts[(codes[place] >>> shift) & 2047]++] = place;
        }
        [source, target] = [target, source];
      }
      if (source !== places) places.set(source.subarray(from, to), from);
    }
    this.#spareCodes.set(codes.subarray(from, to), from);
    this.#spareOrder.set(order.subarray(from, to), from);
    this.#spareSorted.set(sorted.subarray(2 * from, 2 * to), 2 * from);
    for (let i = from; i < to; i++) {
      const place = places[i];
      codes[i] = this.#spareCodes[place];
      order[i] = this.#spareOrder[place];
      sorted[2 * i] = this.#spareSorted[2 * place];
      sorted[2 * i + 1] = this.#spareSorted[2 * place + 1];
    }
  }

  /** First place in [from, to) whose code has a two-bit digit of at least `digit` at `shift`. */
  #split(from: number, to: number, shift: number, digit: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (((this.#codes[middle] >>> shift) & 3) >= digit) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Makes the cell of the points [from, to) and its descendants; leaves its bounding box in #box. */
  #cell(from: number, to: number, above: number): void {
    const { cells, skip, start, leaf, leaves, boxes, sorted, sizes } = this.tree;
    const cell = sizes[0]++;
    const count = to - from;
    start[cell] = from;
    const box = this.#box;
    let sumX = 0;
    let sumY = 0;
    // Levels at which all points lie in one quadrant make no cell.
    let level = above;
    const descend = (): void => {
      while (level < LEVELS && ((this.#codes[from] ^ this.#codes[to - 1]) >>> (30 - 2 * level)) % 4 === 0)
        level++;
    };
    descend();
    if (level === LEVELS && count > LEAF && this.#code(from, to)) {
      level = 0;
      descend();
    }
    if (count <= LEAF || level === LEVELS) {
      this.#measure(from, to);
      for (let i = from; i < to; i++) {
        const x = sorted[2 * i];
        const y = sorted[2 * i + 1];
        sumX += x;
        sumY += y;
      }
      leaf[cell] = count;
      const at = sizes[1]++;
      leaves[at] = cell;
      boxes.set(box, 4 * at);
    } else {
      leaf[cell] = 0;
      const shift = 30 - 2 * level;
      let left = Number.POSITIVE_INFINITY;
      let top = Number.POSITIVE_INFINITY;
      let right = Number.NEGATIVE_INFINITY;
      let bottom = Number.NEGATIVE_INFINITY;
      for (let digit = 0, begin = from; digit < 4; digit++) {
        const end = digit === 3 ? to : this.#split(begin, to, shift, digit + 1);
        if (end > begin) {
          const child = sizes[0];
          this.#cell(begin, end, level + 1);
          sumX += cells[CELL * child] * (end - begin);
          sumY += cells[CELL * child + 1] * (end - begin);
          left = Math.min(left, box[0]);
          top = Math.min(top, box[1]);
          right = Math.max(right, box[2]);
          bottom = Math.max(bottom, box[3]);
        }
        begin = end;
      }
      box[0] = left;
      box[1] = top;
      box[2] = right;
      box[3] = bottom;
    }
    const side = Math.max(box[2] - box[0], box[3] - box[1]);
    cells[CELL * cell] = sumX / count;
    cells[CELL * cell + 1] = sumY / count;
    cells[CELL * cell + 2] = count;
    cells[CELL * cell + 3] = side * side;
    skip[cell] = sizes[0];
  }
}
