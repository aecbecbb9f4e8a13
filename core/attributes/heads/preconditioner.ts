import { type FeatureMatrix, type FittedScaling, scaleRow } from './features.ts';

/** Beyond this the factorisation costs more than the iterations that it saves. */
const MOST_DIMENSIONS = 512;
const ROWS_PER_DIMENSION = 8;
/** Mean of p(1 − p) that stands for the unknown probabilities. */
const CURVATURE = 0.2;

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
 * The softmax Hessian is bounded by a Kronecker product with XᵀX (Böhning, 1992), so that its inverse is near
 * (c·XᵀX/n + penalty·I)⁻¹ for each class's weights. Correlated features make plain L-BFGS crawl; with this it
 * needs a handful of iterations. A sample of rows is enough, because a preconditioner need not be exact.
 * @returns for a penalty, the in-place product with the approximate inverse; undefined where it does not pay.
 */
export function ridgePreconditioner(
  features: FeatureMatrix,
  rows: Int32Array,
  scaling: FittedScaling,
  classes: number,
): ((penalty: number) => (v: Float64Array) => void) | undefined {
  const d = features.dimensions;
  if (d > MOST_DIMENSIONS) return undefined;
  const count = Math.min(rows.length, ROWS_PER_DIMENSION * d);
  const gram = new Float64Array(d * d);
  const mean = new Float64Array(d);
  const x = new Float64Array(d);
  for (let i = 0; i < count; i++) {
    scaleRow(features, rows[Math.floor((i * rows.length) / count)], scaling, x, 0);
    for (let a = 0; a < d; a++) {
      const scaled = x[a] / count;
      mean[a] += scaled;
      for (let b = 0, o = a * d; b <= a; b++) gram[o + b] += scaled * x[b];
    }
  }
  // Removing the mean decouples the weights from the intercepts.
  for (let a = 0; a < d; a++) for (let b = 0; b <= a; b++) gram[a * d + b] -= mean[a] * mean[b];

  return (penalty) => {
    const factor = gram.map((value) => value * CURVATURE);
    for (let a = 0; a < d; a++) factor[a * d + a] += penalty + 1e-8;
    cholesky(factor, d);
    return (v) => {
      for (let c = 0; c < classes; c++) {
        const o = c * (d + 1);
        // The intercept acts through the mean: in centred coordinates it is b + w·mean.
        const intercept = v[o + d];
        for (let i = 0; i < d; i++) v[o + i] -= mean[i] * intercept;
        for (let i = 0; i < d; i++) {
          let sum = v[o + i];
          for (let k = 0; k < i; k++) sum -= factor[i * d + k] * v[o + k];
          v[o + i] = sum / factor[i * d + i];
        }
        for (let i = d - 1; i >= 0; i--) {
          const value = v[o + i] / factor[i * d + i];
          v[o + i] = value;
          for (let k = 0; k < i; k++) v[o + k] -= factor[i * d + k] * value;
        }
        let shift = 0;
        for (let i = 0; i < d; i++) shift += mean[i] * v[o + i];
        v[o + d] = intercept / CURVATURE - shift;
      }
    };
  };
}
