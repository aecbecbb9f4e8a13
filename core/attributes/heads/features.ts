import { Fault } from '../../foundation/fault.ts';

/** A row-major matrix of features; heads read rows of it by index, so that folds need no copies. */
export interface FeatureMatrix {
  /** rows × dimensions. */
  data: Float32Array;
  dimensions: number;
}

/**
 * How a row becomes a regression's input: optionally divided by its ℓ2 norm, then optionally centred and scaled to unit
 * variance with the mean and standard deviation of the *training* rows (population, as scikit-learn's StandardScaler).
 */
export interface Scaling {
  normalise: boolean;
  standardise: boolean;
}

/** A scaling that was fitted: input = (x / ‖x‖ or x − mean) · inverseDeviation. */
export interface FittedScaling {
  normalise: boolean;
  mean: Float64Array;
  inverseDeviation: Float64Array;
}

/** Writes one scaled row into `out` at `to`. A zero row stays zero when it is normalised. */
export function scaleRow(
  matrix: FeatureMatrix,
  row: number,
  scaling: FittedScaling,
  out: Float64Array,
  to: number,
): void {
  const { data, dimensions } = matrix;
  const { mean, inverseDeviation } = scaling;
  const from = row * dimensions;
  let factor = 1;
  if (scaling.normalise) {
    let square = 0;
    for (let j = 0; j < dimensions; j++) square += data[from + j] * data[from + j];
    factor = square > 0 ? 1 / Math.sqrt(square) : 0;
  }
  for (let j = 0; j < dimensions; j++)
    out[to + j] = (data[from + j] * factor - mean[j]) * inverseDeviation[j];
}

/**
 * Fits a scaling to some rows. Constant columns get deviation 1, as in scikit-learn.
 * @throws Fault when a value is not a finite number.
 */
export function fitScaling(matrix: FeatureMatrix, rows: Int32Array, scaling: Scaling): FittedScaling {
  const d = matrix.dimensions;
  const fitted: FittedScaling = {
    normalise: scaling.normalise,
    mean: new Float64Array(d),
    inverseDeviation: new Float64Array(d).fill(1),
  };
  const raw = { ...fitted, mean: new Float64Array(d), inverseDeviation: new Float64Array(d).fill(1) };
  const x = new Float64Array(d);
  const mean = new Float64Array(d);
  const square = new Float64Array(d);
  // Welford's update keeps the variance exact where the mean is far from zero.
  for (let i = 0; i < rows.length; i++) {
    scaleRow(matrix, rows[i], raw, x, 0);
    const share = 1 / (i + 1);
    for (let j = 0; j < d; j++) {
      const before = x[j] - mean[j];
      mean[j] += before * share;
      square[j] += before * (x[j] - mean[j]);
    }
  }
  for (let j = 0; j < d; j++) {
    if (!Number.isFinite(square[j])) {
      throw new Fault(
        `Column ${j} of the features holds values that are not finite numbers (NaN or infinity); extract the features again.`,
      );
    }
    if (!scaling.standardise) continue;
    fitted.mean[j] = mean[j];
    const deviation = Math.sqrt(square[j] / rows.length);
    // A column whose spread is rounding noise is constant: dividing by it would blow the noise up.
    fitted.inverseDeviation[j] =
      deviation > 10 * Number.EPSILON * Math.max(1e-300, Math.abs(mean[j])) ? 1 / deviation : 1;
  }
  return fitted;
}
