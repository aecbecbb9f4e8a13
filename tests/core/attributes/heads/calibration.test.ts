import { expect, test } from 'vitest';
import {
  calibrationError,
  crossCalibrated,
  fitTemperature,
  logLoss,
} from '../../../../core/attributes/heads/calibration.ts';
import { softmax } from '../../../../core/attributes/heads/regression.ts';
import { Random } from '../../../../core/foundation/random.ts';
import { python } from '../python.ts';

/** Labels drawn from softmax(z / T), so that T is the right temperature of z. */
function drawn(
  seed: number,
  n: number,
  classes: number,
  temperature: number,
): { logits: Float64Array; labels: Uint8Array } {
  const random = new Random(seed);
  const logits = Float64Array.from({ length: n * classes }, () => 3 * random.normal());
  const p = softmax(logits, classes, 1 / temperature);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    let u = random.uniform();
    while (labels[i] < classes - 1 && u >= p[i * classes + labels[i]]) u -= p[i * classes + labels[i]++];
  }
  return { logits, labels };
}

test('temperature, log-loss and calibration error equal scipy, scikit-learn and a naive loop', () => {
  const { logits, labels } = drawn(1, 2000, 4, 2.5);
  const reference = python<{ temperature: number; loss: number; error: number }>(
    `
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss
z = np.array(given['logits']).reshape(-1, 4); y = np.array(given['labels'])
nll = lambda t: -log_softmax(z / t, axis=1)[np.arange(len(y)), y].mean()
t = minimize_scalar(nll, bounds=(0.05, 20), method='bounded', options={'xatol': 1e-12}).x
p = softmax(z, axis=1)
error = 0
for b in range(15):
    conf = p.max(1); m = (conf > b / 15) & (conf <= (b + 1) / 15)
    if m.any(): error += m.mean() * abs((p.argmax(1) == y)[m].mean() - conf[m].mean())
answer = {'temperature': t, 'loss': log_loss(y, p, labels=range(4)), 'error': error}
`,
    { logits: [...logits], labels: [...labels] },
  );
  const temperature = fitTemperature(logits, labels, 4);
  expect(temperature).toBeCloseTo(reference.temperature, 6);
  expect(Math.abs(temperature - 2.5)).toBeLessThan(0.25);
  const p = softmax(logits, 4);
  expect(logLoss(p, labels, 4)).toBeCloseTo(reference.loss, 9);
  expect(calibrationError(p, labels, 4)).toBeCloseTo(reference.error, 9);
});

test('calibration on other folds makes overconfident logits honest', () => {
  const { logits, labels } = drawn(2, 3000, 3, 4);
  const fold = Uint8Array.from(labels, (_, i) => i % 5);
  const after = crossCalibrated(logits, labels, 3, fold, 5);
  expect(calibrationError(softmax(logits, 3), labels, 3)).toBeGreaterThan(0.15);
  expect(calibrationError(after, labels, 3)).toBeLessThan(0.04);
});

test('logits that are always right, or worse than none, stay within the bounds', () => {
  const right = Float64Array.from([5, 0, 0, 5]);
  expect(fitTemperature(right, Uint8Array.from([0, 1]), 2)).toBe(0.05);
  expect(fitTemperature(right, Uint8Array.from([1, 0]), 2)).toBe(20);
  expect(fitTemperature(new Float64Array(0), new Uint8Array(0), 2)).toBe(1);
});
