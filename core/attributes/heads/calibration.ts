import { softmax } from './regression.ts';

/**
 * Temperature scaling (Guo et al. 2017, On Calibration of Modern Neural Networks, §4.2): one number T divides all
 * logits so that the log-loss on held-out faces is least. It changes no decision. One parameter is enough for a
 * regression that was fitted by log-loss, and it cannot overfit rare classes as vector scaling can.
 */

/** Mean log-loss of logits · β and its first two derivatives in β = 1/T. */
function lossAt(
  logits: Float64Array,
  labels: Uint8Array,
  classes: number,
  beta: number,
): [number, number, number] {
  let loss = 0;
  let slope = 0;
  let bend = 0;
  for (let i = 0; i < labels.length; i++) {
    const o = i * classes;
    let max = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) max = Math.max(max, beta * logits[o + c]);
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let c = 0; c < classes; c++) {
      const z = logits[o + c];
      const e = Math.exp(beta * z - max);
      sum += e;
      first += e * z;
      second += e * z * z;
    }
    const mean = first / sum;
    loss += Math.log(sum) + max - beta * logits[o + labels[i]];
    slope += mean - logits[o + labels[i]];
    bend += second / sum - mean * mean;
  }
  const n = labels.length;
  return [loss / n, slope / n, bend / n];
}

/** Bounds of T: beyond them the logits say next to nothing, or are always right. */
const LOWEST = 0.05;
const HIGHEST = 20;

/**
 * The temperature of least log-loss, within 0.05 … 20.
 * @param logits n × classes of faces that were not learnt from
 */
export function fitTemperature(logits: Float64Array, labels: Uint8Array, classes: number): number {
  if (labels.length === 0) return 1;
  // The loss is convex in β: Newton, and bisection where Newton would leave the bracket.
  let low = 1 / HIGHEST;
  let high = 1 / LOWEST;
  if (lossAt(logits, labels, classes, low)[1] >= 0) return HIGHEST;
  if (lossAt(logits, labels, classes, high)[1] <= 0) return LOWEST;
  let beta = 1;
  for (let i = 0; i < 100; i++) {
    const [, slope, bend] = lossAt(logits, labels, classes, beta);
    if (slope < 0) low = beta;
    else high = beta;
    let next = beta - slope / bend;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - beta) <= 1e-12 * beta) return 1 / next;
    beta = next;
  }
  return 1 / beta;
}

/**
 * Expected calibration error: over 15 equal bins of confidence (largest probability), the mean distance between
 * accuracy and mean confidence, weighted by the bins' shares (Guo et al. 2017, eq. 3).
 */
export function calibrationError(
  probabilities: Float64Array,
  labels: Uint8Array,
  classes: number,
  bins = 15,
): number {
  const confidence = new Float64Array(bins);
  const correct = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (probabilities[i * classes + c] > probabilities[i * classes + best]) best = c;
    const p = probabilities[i * classes + best];
    // Bins are (low, high], as in the paper.
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1));
    confidence[bin] += p;
    if (best === labels[i]) correct[bin]++;
  }
  let error = 0;
  for (let b = 0; b < bins; b++) error += Math.abs(correct[b] - confidence[b]) / labels.length;
  return error;
}

/** Mean −log of the label's probability. */
export function logLoss(probabilities: Float64Array, labels: Uint8Array, classes: number): number {
  let loss = 0;
  for (let i = 0; i < labels.length; i++)
    loss -= Math.log(Math.max(probabilities[i * classes + labels[i]], 2.220446049250313e-16));
  return loss / labels.length;
}

/**
 * Calibrated probabilities of out-of-fold logits where each fold's temperature is fitted on the other folds: what
 * calibration does to faces that it was not fitted on.
 */
export function crossCalibrated(
  logits: Float64Array,
  labels: Uint8Array,
  classes: number,
  fold: Uint8Array,
  folds: number,
): Float64Array {
  const out = new Float64Array(logits.length);
  for (let f = 0; f < folds; f++) {
    const inside: number[] = [];
    const outside: number[] = [];
    for (let i = 0; i < fold.length; i++) (fold[i] === f ? inside : outside).push(i);
    const take = (items: number[]): Float64Array => {
      const part = new Float64Array(items.length * classes);
      for (let i = 0; i < items.length; i++)
        part.set(logits.subarray(items[i] * classes, (items[i] + 1) * classes), i * classes);
      return part;
    };
    const temperature = fitTemperature(
      take(outside),
      Uint8Array.from(outside, (i) => labels[i]),
      classes,
    );
    const calibrated = softmax(take(inside), classes, 1 / temperature);
    for (let i = 0; i < inside.length; i++)
      out.set(calibrated.subarray(i * classes, (i + 1) * classes), inside[i] * classes);
  }
  return out;
}
