import { type FeatureMatrix, type FittedScaling, fitScaling, type Scaling, scaleRow } from './features.ts';
import { type MinimiseOptions, minimise } from './lbfgs.ts';
import { FEWEST_ROWS_PER_DIMENSION, RidgePreconditioner } from './preconditioner.ts';

/**
 * Multinomial logistic regression with an ℓ2 penalty on the weights (not on the intercepts), the optimum that
 * scikit-learn's LogisticRegression(C) has: the minimum of Σ_i w_i·(−log p_{i,y_i}) + ‖W‖²/(2C). For two classes
 * scikit-learn fits one weight vector; the symmetric two-class softmax here is the same model with the penalty doubled.
 */
export interface RegressionInput {
  features: FeatureMatrix;
  /** Rows of the matrix to learn from. */
  rows: Int32Array;
  /** Class 0 … classes−1 of each of `rows`; every class must occur. */
  labels: Uint8Array;
  classes: number;
  scaling: Scaling;
  /** Weigh each class by n / (classes · n_class), scikit-learn's 'balanced'. */
  balanced: boolean;
}

export interface RegressionOptions {
  /** Made once for many fits of the same features and scaling; default: one of these rows. */
  preconditioner?: RidgePreconditioner;
  /** Largest entry of the mean loss's gradient at which a fit is finished. */
  tolerance?: number;
  maxIterations?: number;
  onIteration?: MinimiseOptions['onIteration'];
}

/** A fitted regression: logit_c = Σ_j weights[c·(d+1)+j] · scaled_j + weights[c·(d+1)+d]. */
export interface Regression {
  classes: number;
  dimensions: number;
  scaling: FittedScaling;
  /** classes × (dimensions + 1), intercept last. */
  weights: Float64Array;
  /** 1 / penalty: scikit-learn's C. */
  strength: number;
  iterations: number;
  converged: boolean;
}

/** Rows that are scaled into double precision together and stay in the nearest cache for all classes and both passes. */
const BLOCK = 4;

/** Scaled rows are kept in double precision up to this many bytes; beyond it they are scaled at each pass. */
const KEPT_BYTES = 64 << 20;

/** logits[b·classes + c] for the block's rows; `x` is BLOCK × d. */
function blockLogits(
  x: Float64Array,
  weights: Float64Array,
  d: number,
  classes: number,
  out: Float64Array,
): void {
  const x1 = d;
  const x2 = 2 * d;
  const x3 = 3 * d;
  let c = 0;
  for (; c + 1 < classes; c += 2) {
    const u = c * (d + 1);
    const v = u + d + 1;
    let a0 = weights[u + d];
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = weights[v + d];
    let b1 = b0;
    let b2 = b0;
    let b3 = b0;
    for (let j = 0; j < d; j++) {
      const p = weights[u + j];
      const q = weights[v + j];
      const r0 = x[j];
      const r1 = x[x1 + j];
      const r2 = x[x2 + j];
      const r3 = x[x3 + j];
      a0 += p * r0;
      a1 += p * r1;
      a2 += p * r2;
      a3 += p * r3;
      b0 += q * r0;
      b1 += q * r1;
      b2 += q * r2;
      b3 += q * r3;
    }
    out[c] = a0;
    out[c + 1] = b0;
    out[classes + c] = a1;
    out[classes + c + 1] = b1;
    out[2 * classes + c] = a2;
    out[2 * classes + c + 1] = b2;
    out[3 * classes + c] = a3;
    out[3 * classes + c + 1] = b3;
  }
  if (c < classes) {
    const u = c * (d + 1);
    let a0 = weights[u + d];
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let j = 0; j < d; j++) {
      const p = weights[u + j];
      a0 += p * x[j];
      a1 += p * x[x1 + j];
      a2 += p * x[x2 + j];
      a3 += p * x[x3 + j];
    }
    out[c] = a0;
    out[classes + c] = a1;
    out[2 * classes + c] = a2;
    out[3 * classes + c] = a3;
  }
}

/** gradient += residualᵀ · [x, 1] for the block; `residual` is BLOCK × classes. */
function blockGradient(
  x: Float64Array,
  residual: Float64Array,
  d: number,
  classes: number,
  gradient: Float64Array,
): void {
  const x1 = d;
  const x2 = 2 * d;
  const x3 = 3 * d;
  let c = 0;
  for (; c + 1 < classes; c += 2) {
    const u = c * (d + 1);
    const v = u + d + 1;
    const a0 = residual[c];
    const a1 = residual[classes + c];
    const a2 = residual[2 * classes + c];
    const a3 = residual[3 * classes + c];
    const b0 = residual[c + 1];
    const b1 = residual[classes + c + 1];
    const b2 = residual[2 * classes + c + 1];
    const b3 = residual[3 * classes + c + 1];
    for (let j = 0; j < d; j++) {
      const r0 = x[j];
      const r1 = x[x1 + j];
      const r2 = x[x2 + j];
      const r3 = x[x3 + j];
      gradient[u + j] += a0 * r0 + a1 * r1 + a2 * r2 + a3 * r3;
      gradient[v + j] += b0 * r0 + b1 * r1 + b2 * r2 + b3 * r3;
    }
    gradient[u + d] += a0 + a1 + a2 + a3;
    gradient[v + d] += b0 + b1 + b2 + b3;
  }
  if (c < classes) {
    const u = c * (d + 1);
    const a0 = residual[c];
    const a1 = residual[classes + c];
    const a2 = residual[2 * classes + c];
    const a3 = residual[3 * classes + c];
    for (let j = 0; j < d; j++) {
      gradient[u + j] += a0 * x[j] + a1 * x[x1 + j] + a2 * x[x2 + j] + a3 * x[x3 + j];
    }
    gradient[u + d] += a0 + a1 + a2 + a3;
  }
}

/** Class weights n / (classes · n_class), or ones. */
function classWeights(labels: Uint8Array, classes: number, balanced: boolean): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]++;
  return counts.map((count) => (balanced ? labels.length / (classes * count) : 1));
}

/**
 * Makes fits of the same rows for one strength after another, each from where the one before ended: cheap when the
 * strengths ascend. A strength is scikit-learn's C, positive.
 */
export function regressionPath(
  input: RegressionInput,
  options: RegressionOptions = {},
): (strength: number) => Regression {
  const { features, rows, labels, classes } = input;
  const d = features.dimensions;
  const width = d + 1;
  const scaling = fitScaling(features, rows, input.scaling);
  const byClass = classWeights(labels, classes, input.balanced);
  let total = 0;
  for (const label of labels) total += byClass[label];
  const x = new Float64Array(BLOCK * d);
  const block = new Float64Array(BLOCK * classes);
  const doubled = classes === 2 ? 2 : 1;
  let penalty = 0;
  let kept: Float64Array | undefined;
  if (8 * rows.length * d <= KEPT_BYTES) {
    kept = new Float64Array(rows.length * d);
    for (let i = 0; i < rows.length; i++) scaleRow(features, rows[i], scaling, kept, i * d);
  }

  const objective = (weights: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let loss = 0;
    for (let start = 0; start < rows.length; start += BLOCK) {
      const count = Math.min(BLOCK, rows.length - start);
      if (kept) x.set(kept.subarray(start * d, (start + count) * d));
      else for (let b = 0; b < count; b++) scaleRow(features, rows[start + b], scaling, x, b * d);
      if (count < BLOCK) x.fill(0, count * d);
      blockLogits(x, weights, d, classes, block);
      for (let b = 0; b < BLOCK; b++) {
        const o = b * classes;
        if (b >= count) {
          block.fill(0, o, o + classes);
          continue;
        }
        const label = labels[start + b];
        const weight = byClass[label] / total;
        let max = block[o];
        for (let c = 1; c < classes; c++) if (block[o + c] > max) max = block[o + c];
        const own = block[o + label];
        let sum = 0;
        for (let c = 0; c < classes; c++) {
          const e = Math.exp(block[o + c] - max);
          block[o + c] = e;
          sum += e;
        }
        loss += weight * (Math.log(sum) + max - own);
        const share = weight / sum;
        for (let c = 0; c < classes; c++) block[o + c] *= share;
        block[o + label] -= weight;
      }
      blockGradient(x, block, d, classes, gradient);
    }
    let square = 0;
    for (let c = 0; c < classes; c++) {
      for (let j = c * width; j < c * width + d; j++) {
        square += weights[j] * weights[j];
        gradient[j] += penalty * weights[j];
      }
    }
    return loss + (penalty / 2) * square;
  };

  const preconditioner =
    rows.length < FEWEST_ROWS_PER_DIMENSION * d
      ? undefined
      : (options.preconditioner ?? RidgePreconditioner.of(features, input.scaling, rows));
  let weights: Float64Array = new Float64Array(classes * width);
  return (strength) => {
    penalty = doubled / (strength * total);
    const found = minimise(objective, weights, {
      tolerance: options.tolerance ?? 1e-5,
      maxIterations: options.maxIterations ?? 500,
      precondition: preconditioner?.for(penalty, classes),
      onIteration: options.onIteration,
    });
    weights = centred(found.x, classes, width);
    return {
      classes,
      dimensions: d,
      scaling,
      weights,
      strength,
      iterations: found.iterations,
      converged: found.converged,
    };
  };
}

/** Softmax does not change when all classes' intercepts move together: the one with mean zero is given back. */
function centred(weights: Float64Array, classes: number, width: number): Float64Array {
  const out = Float64Array.from(weights);
  let mean = 0;
  for (let c = 0; c < classes; c++) mean += out[c * width + width - 1] / classes;
  for (let c = 0; c < classes; c++) out[c * width + width - 1] -= mean;
  return out;
}

/** Logits of some rows, rows.length × classes. */
export function logitsOf(
  regression: Pick<Regression, 'classes' | 'dimensions' | 'scaling' | 'weights'>,
  features: FeatureMatrix,
  rows: Int32Array,
): Float64Array {
  const { classes, scaling, weights, dimensions: d } = regression;
  const out = new Float64Array(rows.length * classes);
  const x = new Float64Array(BLOCK * d);
  const block = new Float64Array(BLOCK * classes);
  for (let start = 0; start < rows.length; start += BLOCK) {
    const count = Math.min(BLOCK, rows.length - start);
    for (let b = 0; b < count; b++) scaleRow(features, rows[start + b], scaling, x, b * d);
    blockLogits(x, weights, d, classes, block);
    for (let i = 0; i < count * classes; i++) out[start * classes + i] = block[i];
  }
  return out;
}

/** Softmax of logits · inverseTemperature, row by row. */
export function softmax(logits: Float64Array, classes: number, inverseTemperature = 1): Float64Array {
  const out = new Float64Array(logits.length);
  for (let o = 0; o < logits.length; o += classes) {
    let max = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) max = Math.max(max, logits[o + c] * inverseTemperature);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      out[o + c] = Math.exp(logits[o + c] * inverseTemperature - max);
      sum += out[o + c];
    }
    for (let c = 0; c < classes; c++) out[o + c] /= sum;
  }
  return out;
}
