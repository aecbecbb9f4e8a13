import type { Neighbours } from '../neighbours.ts';

/** A symmetric sparse matrix: entries of row i are at starts[i] … starts[i + 1] − 1. */
export interface SparseRows {
  starts: Int32Array;
  columns: Int32Array;
  values: Float64Array;
}

const STEPS = 100;
const PRECISION = 1e-5;

/**
 * Conditional affinities p(j|i) ∝ exp(−β_i‖x_i − x_j‖²) over the neighbours, β_i found by bisection so that row i has
 * the wanted perplexity (van der Maaten & Hinton 2008).
 * @returns rows × count, each row summing to 1
 */
export function conditionalAffinities({ count, squared }: Neighbours, perplexity: number): Float64Array {
  const rows = squared.length / count;
  const affinities = new Float64Array(squared.length);
  const wanted = Math.log(perplexity);
  for (let i = 0; i < rows; i++) {
    const from = i * count;
    // Distances beyond the nearest one only: the same affinities, and exp() cannot underflow for all of them.
    const least = squared[from];
    let beta = 1;
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    for (let step = 0; step < STEPS; step++) {
      let sum = 0;
      let weighted = 0;
      for (let at = from; at < from + count; at++) {
        const p = Math.exp(-beta * (squared[at] - least));
        affinities[at] = p;
        sum += p;
        weighted += p * (squared[at] - least);
      }
      const entropy = Math.log(sum) + (beta * weighted) / sum;
      for (let at = from; at < from + count; at++) affinities[at] /= sum;
      const difference = entropy - wanted;
      if (Math.abs(difference) <= PRECISION) break;
      if (difference > 0) {
        low = beta;
        beta = high === Number.POSITIVE_INFINITY ? beta * 2 : (beta + high) / 2;
      } else {
        high = beta;
        beta = (beta + low) / 2;
      }
    }
  }
  return affinities;
}

/** p_ij = (p(j|i) + p(i|j)) / 2n: the joint affinities, which sum to 1. */
export function jointAffinities({ count, indices }: Neighbours, conditional: Float64Array): SparseRows {
  const rows = indices.length / count;
  return symmetric(indices, conditional, count, (a, b) => (a + b) / (2 * rows));
}

/** Joins entries (i, j) and (j, i) of a matrix given by neighbours; an entry that is missing counts as 0. */
export function symmetric(
  indices: Int32Array,
  values: Float64Array,
  count: number,
  join: (there: number, back: number) => number,
): SparseRows {
  const rows = indices.length / count;
  const back = new Float64Array(indices.length);
  const mutual = new Uint8Array(indices.length);
  const sizes = new Int32Array(rows + 1);
  const placeOf = new Int32Array(rows).fill(-1);
  // Entries (j, i) by column i, so that each row sees its incoming ones.
  const incoming = new Int32Array(rows + 1);
  for (const j of indices) incoming[j + 1]++;
  for (let j = 0; j < rows; j++) incoming[j + 1] += incoming[j];
  const from = new Int32Array(indices.length);
  const fill = incoming.slice();
  for (let at = 0; at < indices.length; at++) from[fill[indices[at]]++] = at;
  const lone: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let at = i * count; at < (i + 1) * count; at++) placeOf[indices[at]] = at;
    let extra = 0;
    for (let e = incoming[i]; e < incoming[i + 1]; e++) {
      const entry = from[e];
      const j = Math.floor(entry / count);
      const place = placeOf[j];
      if (place >= 0) {
        back[place] = values[entry];
        mutual[place] = 1;
      } else {
        lone.push(entry);
        extra++;
      }
    }
    for (let at = i * count; at < (i + 1) * count; at++) placeOf[indices[at]] = -1;
    sizes[i + 1] = count + extra;
  }
  for (let i = 0; i < rows; i++) sizes[i + 1] += sizes[i];
  const columns = new Int32Array(sizes[rows]);
  const joined = new Float64Array(sizes[rows]);
  for (let i = 0, at = 0, next = 0; i < rows; i++) {
    for (let e = i * count; e < (i + 1) * count; e++, at++) {
      columns[at] = indices[e];
      joined[at] = join(values[e], mutual[e] === 1 ? back[e] : 0);
    }
    while (at < sizes[i + 1]) {
      const entry = lone[next++];
      columns[at] = Math.floor(entry / count);
      joined[at] = join(0, values[entry]);
      at++;
    }
  }
  return { starts: sizes, columns, values: joined };
}
