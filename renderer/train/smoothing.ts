/**
 * Exponential moving average whose first values are not drawn towards zero: sₙ = Σ wⁿ⁻ⁱ·xᵢ / Σ wⁿ⁻ⁱ (the correction of
 * Adam's moments, arXiv:1412.6980 §3). Values that are not there (NaN) leave it as it is and stay away.
 * @param weight of what was before, 0 (none) up to 1
 */
export function smoothed(values: ArrayLike<number>, weight: number): Float64Array {
  const result = new Float64Array(values.length);
  let mean = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      result[i] = Number.NaN;
      continue;
    }
    total = weight * total + 1;
    // As a step towards the value, so that equal values stay equal to the last bit: an axis would be drawn over rounding.
    mean += (value - mean) / total;
    result[i] = mean;
  }
  return result;
}
