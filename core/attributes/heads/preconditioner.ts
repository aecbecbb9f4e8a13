import { type FeatureMatrix, fitScaling, type Scaling, scaleRow } from './features.ts';

/**
 * Beyond this, and with fewer rows per dimension, a solve costs as much as the loss itself and saves nothing (measured at
 * 832 dimensions and 900 rows).
 */
const MOST_DIMENSIONS = 512;
export const FEWEST_ROWS_PER_DIMENSION = 2;
const ROWS_PER_DIMENSION = 4;
const FEWEST_ROWS = 2048;
/** Mean of p(1 − p) that stands for the unknown probabilities. */
const CURVATURE = 0.2;
/** Penalties are rounded to this step of their logarithm, so that fits of like size share a factor. */
const PENALTY_STEP = Math.log(1.5);

/** Rows that are added to the Gram matrix together: each entry is loaded and stored once for all of them. */
const BLOCK = 4;

/** Lower triangle of the covariance of scaled rows, and their mean. */
function covariance(
  features: FeatureMatrix,
  rows: Int32Array,
  scaling: ReturnType<typeof fitScaling>,
): { gram: Float64Array; mean: Float64Array } {
  const d = features.dimensions;
  const gram = new Float64Array(d * d);
  const mean = new Float64Array(d);
  const x = new Float64Array(BLOCK * d);
  for (let start = 0; start < rows.length; start += BLOCK) {
    const count = Math.min(BLOCK, rows.length - start);
    for (let b = 0; b < count; b++) scaleRow(features, rows[start + b], scaling, x, b * d);
    x.fill(0, count * d);
    for (let i = 0; i < d; i++) {
      const x0 = x[i];
      const x1 = x[d + i];
      const x2 = x[2 * d + i];
      const x3 = x[3 * d + i];
      mean[i] += x0 + x1 + x2 + x3;
      const o = i * d;
      for (let j = 0; j <= i; j++)
        gram[o + j] += x0 * x[j] + x1 * x[d + j] + x2 * x[2 * d + j] + x3 * x[3 * d + j];
    }
  }
  for (let i = 0; i < d; i++) mean[i] /= rows.length;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) gram[i * d + j] = gram[i * d + j] / rows.length - mean[i] * mean[j];
  }
  return { gram, mean };
}

/** Lower Cholesky factor of a symmetric positive definite d×d matrix, in place of its lower triangle. */
function cholesky(a: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * d + j];
      for (let k = 0; k < j; k++) sum -= a[i * d + k] * a[j * d + k];
      a[i * d + j] = i === j ? Math.sqrt(sum) : sum / a[j * d + j];
    }
  }
}

/**
 * The softmax Hessian is bounded by a Kronecker product with XᵀX (Böhning 1992, Multinomial logistic regression
 * algorithm), so that its inverse is near (c·cov(X) + penalty·I)⁻¹ for each class's weights. Correlated features make
 * plain L-BFGS crawl; with this it needs a handful of iterations. A preconditioner need not be exact: it is made once
 * from a sample of all rows and serves every fold, attribute and strength.
 */
export class RidgePreconditioner {
  readonly #dimensions: number;
  readonly #gram: Float64Array;
  readonly #mean: Float64Array;
  readonly #factors = new Map<number, Float64Array>();

  private constructor(dimensions: number, gram: Float64Array, mean: Float64Array) {
    this.#dimensions = dimensions;
    this.#gram = gram;
    this.#mean = mean;
  }

  /** undefined where it would not pay. @param rows default: all */
  static of(features: FeatureMatrix, scaling: Scaling, rows?: Int32Array): RidgePreconditioner | undefined {
    const d = features.dimensions;
    if (d > MOST_DIMENSIONS) return undefined;
    const n = rows?.length ?? features.data.length / d;
    const count = Math.min(n, Math.max(FEWEST_ROWS, ROWS_PER_DIMENSION * d));
    const sample = Int32Array.from({ length: count }, (_, i) => {
      const item = Math.floor((i * n) / count);
      return rows ? rows[item] : item;
    });
    const { gram, mean } = covariance(features, sample, fitScaling(features, sample, scaling));
    return new RidgePreconditioner(d, gram, mean);
  }

  /** In-place product of classes × (dimensions + 1) weights with the approximate inverse Hessian. */
  for(penalty: number, classes: number): (v: Float64Array) => void {
    const d = this.#dimensions;
    const mean = this.#mean;
    const factor = this.#factor(penalty);
    return (v) => {
      for (let c = 0; c < classes; c++) {
        const o = c * (d + 1);
        // The intercept acts through the mean: in centred coordinates it is b + w·mean.
        const intercept = v[o + d];
        for (let i = 0; i < d; i++) v[o + i] -= mean[i] * intercept;
        for (let i = 0; i < d; i++) {
          let sum = v[o + i];
          for (let k = 0, r = i * d; k < i; k++) sum -= factor[r + k] * v[o + k];
          v[o + i] = sum / factor[i * d + i];
        }
        for (let i = d - 1; i >= 0; i--) {
          const value = v[o + i] / factor[i * d + i];
          v[o + i] = value;
          for (let k = 0, r = i * d; k < i; k++) v[o + k] -= factor[r + k] * value;
        }
        let shift = 0;
        for (let i = 0; i < d; i++) shift += mean[i] * v[o + i];
        v[o + d] = intercept / CURVATURE - shift;
      }
    };
  }

  #factor(penalty: number): Float64Array {
    const step = Math.round(Math.log(penalty) / PENALTY_STEP);
    let factor = this.#factors.get(step);
    if (factor === undefined) {
      const d = this.#dimensions;
      factor = this.#gram.map((value) => value * CURVATURE);
      const ridge = Math.exp(step * PENALTY_STEP) + 1e-8;
      for (let i = 0; i < d; i++) factor[i * d + i] += ridge;
      cholesky(factor, d);
      this.#factors.set(step, factor);
    }
    return factor;
  }
}
