import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import { Random } from '../../foundation/random.ts';
import type { Matrix } from '../matrix.ts';
import type { Similarity } from '../similarity.ts';

export interface Principal {
  /** components × columns, unit vectors, the greatest variance first; the entry of greatest magnitude is positive. */
  components: Float64Array;
  /** Share of the variance that each component explains, 0 … 1. */
  explained: number[];
  /** rows × components */
  scores: Float64Array;
}

const BLOCK = 4096;
const LIMIT = 2000;
const RESIDUAL = 1e-9;
const OVERSAMPLING = 10;

/**
 * Principal components of rows whose column means are 0. The covariance is found on the device (Xᵀ·X by blocks), its
 * first eigenvectors by orthogonal iteration with Rayleigh–Ritz steps until their residual is at rounding level.
 */
export async function principalComponents(
  matrix: Matrix,
  count: number,
  similarity: Similarity,
  options: WorkOptions = {},
): Promise<Principal> {
  const { data, rows, columns } = matrix;
  const covariance = await covarianceOf(matrix, similarity, options);
  let total = 0;
  for (let j = 0; j < columns; j++) total += covariance[j * columns + j];
  const { vectors, values } = leadingEigenvectors(
    covariance,
    columns,
    Math.min(count, columns),
    options.signal,
  );
  const components = new Float64Array(count * columns);
  const explained = new Array<number>(count).fill(0);
  for (let c = 0; c < values.length; c++) {
    const vector = vectors[c];
    let greatest = 0;
    for (let j = 1; j < columns; j++) if (Math.abs(vector[j]) > Math.abs(vector[greatest])) greatest = j;
    const sign = vector[greatest] < 0 ? -1 : 1;
    for (let j = 0; j < columns; j++) components[c * columns + j] = sign * vector[j];
    explained[c] = total > 0 ? Math.max(0, values[c]) / total : 0;
  }
  const scores = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < count; c++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += data[i * columns + j] * components[c * columns + j];
      scores[i * count + c] = sum;
    }
  }
  return { components, explained, scores };
}

async function covarianceOf(
  { data, rows, columns }: Matrix,
  similarity: Similarity,
  { signal, onProgress }: WorkOptions,
): Promise<Float64Array> {
  const covariance = new Float64Array(columns * columns);
  const none = new Float32Array(columns);
  for (let from = 0; from < rows; from += BLOCK) {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
    const to = Math.min(rows, from + BLOCK);
    const turned = new Float32Array(columns * (to - from));
    for (let i = from, at = from * columns; i < to; i++) {
      for (let j = 0; j < columns; j++, at++) turned[j * (to - from) + i - from] = data[at];
    }
    const products = await similarity.scores(turned, turned, none, to - from);
    for (let at = 0; at < products.length; at++) covariance[at] += products[at] / rows;
    onProgress?.({ stage: 'Finding principal components', done: to, total: rows, unit: 'faces' });
  }
  // Float32 products differ in their last digits across the diagonal.
  for (let a = 0; a < columns; a++) {
    for (let b = 0; b < a; b++) {
      const mean = (covariance[a * columns + b] + covariance[b * columns + a]) / 2;
      covariance[a * columns + b] = covariance[b * columns + a] = mean;
    }
  }
  return covariance;
}

/** The eigenvectors of the `count` greatest eigenvalues of a symmetric matrix that has no negative ones. */
export function leadingEigenvectors(
  matrix: Float64Array,
  size: number,
  count: number,
  signal?: AbortSignal,
): { vectors: Float64Array[]; values: number[] } {
  const width = Math.min(size, count + OVERSAMPLING);
  const random = new Random(0);
  let basis: Float64Array[] = Array.from({ length: width }, () =>
    Float64Array.from({ length: size }, () => random.normal()),
  );
  const times = (vector: Float64Array): Float64Array => {
    const product = new Float64Array(size);
    for (let a = 0; a < size; a++) {
      let sum = 0;
      for (let b = 0; b < size; b++) sum += matrix[a * size + b] * vector[b];
      product[a] = sum;
    }
    return product;
  };
  let values: number[] = [];
  for (let step = 0; step < LIMIT; step++) {
    throwIfCancelled(signal);
    orthonormalize(basis);
    const images = basis.map(times);
    const small = new Float64Array(width * width);
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) small[a * width + b] = dot(basis[a], images[b]);
    }
    const ritz = symmetricEigen(small, width);
    values = ritz.values;
    const combine = (vectors: readonly Float64Array[], weights: Float64Array): Float64Array => {
      const sum = new Float64Array(size);
      vectors.forEach((vector, v) => {
        for (let j = 0; j < size; j++) sum[j] += weights[v] * vector[j];
      });
      return sum;
    };
    const rotated = ritz.vectors.map((weights) => combine(basis, weights));
    const rotatedImages = ritz.vectors.map((weights) => combine(images, weights));
    let worst = 0;
    for (let c = 0; c < count; c++) {
      let residual = 0;
      for (let j = 0; j < size; j++) residual += (rotatedImages[c][j] - values[c] * rotated[c][j]) ** 2;
      worst = Math.max(worst, Math.sqrt(residual));
    }
    basis = rotated;
    if (worst <= RESIDUAL * Math.max(values[0], Number.MIN_VALUE)) break;
    basis = rotatedImages;
    if (step === LIMIT - 1) basis = rotated;
  }
  return { vectors: basis.slice(0, count), values: values.slice(0, count) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}

/** Gram–Schmidt, twice for each vector; a vector that depends on earlier ones is replaced by a unit vector. */
function orthonormalize(vectors: Float64Array[]): void {
  let spare = 0;
  for (let v = 0; v < vectors.length; v++) {
    const vector = vectors[v];
    for (;;) {
      const before = Math.sqrt(dot(vector, vector));
      for (let round = 0; round < 2; round++) {
        for (let w = 0; w < v; w++) {
          const along = dot(vector, vectors[w]);
          for (let j = 0; j < vector.length; j++) vector[j] -= along * vectors[w][j];
        }
      }
      const length = Math.sqrt(dot(vector, vector));
      if (length > 1e-12 * before && length > 0) {
        for (let j = 0; j < vector.length; j++) vector[j] /= length;
        break;
      }
      vector.fill(0);
      vector[spare++] = 1;
    }
  }
}

/** All eigenvalues, greatest first, of a small symmetric matrix by Jacobi rotations. */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { values: number[]; vectors: Float64Array[] } {
  const a = matrix.slice();
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) off += a[i * size + j] ** 2;
      diagonal += a[i * size + i] ** 2;
    }
    if (off <= 1e-30 * diagonal) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const apq = a[p * size + q];
        if (apq === 0) continue;
        const theta = (a[q * size + q] - a[p * size + p]) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < size; k++) {
          const x = a[k * size + p];
          const y = a[k * size + q];
          a[k * size + p] = c * x - s * y;
          a[k * size + q] = s * x + c * y;
        }
        for (let k = 0; k < size; k++) {
          const x = a[p * size + k];
          const y = a[q * size + k];
          a[p * size + k] = c * x - s * y;
          a[q * size + k] = s * x + c * y;
        }
        for (let k = 0; k < size; k++) {
          const x = v[k * size + p];
          const y = v[k * size + q];
          v[k * size + p] = c * x - s * y;
          v[k * size + q] = s * x + c * y;
        }
      }
    }
  }
  const order = Array.from({ length: size }, (_, i) => i).sort((x, y) => a[y * size + y] - a[x * size + x]);
  return {
    values: order.map((i) => a[i * size + i]),
    vectors: order.map((i) => Float64Array.from({ length: size }, (_, k) => v[k * size + i])),
  };
}
