import type { SparseRows } from './affinities.ts';
import { CELL, type Quadtree } from './quadtree.ts';

/** Everything that the threads of a t-SNE share. */
export interface Field {
  points: number;
  /** x and y interleaved. */
  positions: Float64Array;
  affinities: SparseRows;
  tree: Quadtree;
  /** Σ_j p_ij q_ij (y_i − y_j), per point. */
  attraction: Float64Array;
  /** Σ_j q_ij² (y_i − y_j), per point, not divided by Z yet. */
  repulsion: Float64Array;
  /** Σ q_ij over the points of each leaf, the point itself included (q = 1). */
  masses: Float64Array;
  /** Squared angle of Barnes–Hut. */
  angle: number;
}

/** Attraction of the points [from, to); q_ij = 1 / (1 + ‖y_i − y_j‖²). */
export function attract(field: Field, from: number, to: number): void {
  const { positions, attraction } = field;
  const { starts, columns, values } = field.affinities;
  for (let i = from; i < to; i++) {
    const x = positions[2 * i];
    const y = positions[2 * i + 1];
    let forceX = 0;
    let forceY = 0;
    for (let at = starts[i], end = starts[i + 1]; at < end; at++) {
      const j = columns[at] << 1;
      const dx = x - positions[j];
      const dy = y - positions[j + 1];
      const force = values[at] / (1 + dx * dx + dy * dy);
      forceX += force * dx;
      forceY += force * dy;
    }
    attraction[2 * i] = forceX;
    attraction[2 * i + 1] = forceY;
  }
}

/** What repels the points of a leaf: x, y and weight of cells far away and of single points nearby. */
const INTERACTION = 3;

/**
 * Repulsion of the points of the leaves [from, to), after Barnes & Hut: a cell acts as one body where its longer side is
 * less than `angle` times its distance from the leaf's bounding box. The list of what acts is made once per leaf, and
 * the criterion is stricter than the usual one, which measures from each point.
 */
export class Repeller {
  #list = new Float64Array(INTERACTION * 4096);

  repel(field: Field, from: number, to: number): void {
    const { tree, repulsion, masses } = field;
    const { leaves, start, leaf, sorted, order } = tree;
    for (let l = from; l < to; l++) {
      const cell = leaves[l];
      const count = this.#listFor(field, l);
      const list = this.#list;
      let mass = 0;
      for (let p = start[cell], end = start[cell] + leaf[cell]; p < end; p++) {
        const x = sorted[2 * p];
        const y = sorted[2 * p + 1];
        let forceX = 0;
        let forceY = 0;
        for (let at = 0; at < count; at += INTERACTION) {
          const dx = x - list[at];
          const dy = y - list[at + 1];
          const q = 1 / (1 + dx * dx + dy * dy);
          const weighted = list[at + 2] * q;
          mass += weighted;
          const force = weighted * q;
          forceX += force * dx;
          forceY += force * dy;
        }
        repulsion[2 * order[p]] = forceX;
        repulsion[2 * order[p] + 1] = forceY;
      }
      masses[l] = mass;
    }
  }

  /** Fills the list for one leaf; gives how many numbers it holds. */
  #listFor({ tree, angle }: Field, l: number): number {
    const { cells, skip, start, leaf, sorted, boxes, sizes } = tree;
    const left = boxes[4 * l];
    const top = boxes[4 * l + 1];
    const right = boxes[4 * l + 2];
    const bottom = boxes[4 * l + 3];
    const end = sizes[0];
    let list = this.#list;
    let count = 0;
    for (let cell = 0; cell < end; ) {
      const at = CELL * cell;
      const x = cells[at];
      const y = cells[at + 1];
      const dx = x < left ? left - x : x > right ? x - right : 0;
      const dy = y < top ? top - y : y > bottom ? y - bottom : 0;
      if (count + INTERACTION * 64 > list.length) {
        const longer = new Float64Array(2 * list.length);
        longer.set(list);
        this.#list = list = longer;
      }
      if (cells[at + 3] === 0 || cells[at + 3] < angle * (dx * dx + dy * dy)) {
        // Points that are all in one place act as one body wherever it is.
        list[count] = x;
        list[count + 1] = y;
        list[count + 2] = cells[at + 2];
        count += INTERACTION;
        cell = skip[cell];
      } else if (leaf[cell] > 0) {
        const members = leaf[cell];
        if (count + INTERACTION * members > list.length) {
          const longer = new Float64Array(2 * (list.length + INTERACTION * members));
          longer.set(list);
          this.#list = list = longer;
        }
        for (let p = start[cell], last = p + members; p < last; p++) {
          list[count] = sorted[2 * p];
          list[count + 1] = sorted[2 * p + 1];
          list[count + 2] = 1;
          count += INTERACTION;
        }
        cell = skip[cell];
      } else cell++;
    }
    return count;
  }
}
