import { calibrationError, crossCalibrated, fitTemperature, logLoss } from './calibration.ts';
import { softmax } from './regression.ts';

/** One value of an attribute in a head's report. */
export interface ClassReport {
  value: number;
  faces: number;
  recall: number;
  /** null when the head never says this value. */
  precision: number | null;
}

/** How well a head does on faces that it did not learn from. */
export interface HeadReport {
  faces: number;
  accuracy: number;
  /** Mean recall over the classes. */
  balancedAccuracy: number;
  /** Always saying the most frequent value. */
  baseline: { value: number; accuracy: number };
  perClass: ClassReport[];
  /** Rows: label; columns: prediction; in the order of perClass. */
  confusion: number[][];
  /** Before and after calibration; 'after' with each fold's temperature fitted on the other folds. */
  logLoss: { before: number; after: number };
  calibrationError: { before: number; after: number };
  temperature: number;
}

/** Index of the largest of `classes` values from `o`; the first of equals. */
export function argmax(values: ArrayLike<number>, o: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (values[o + c] > values[o + best]) best = c;
  return best;
}

/**
 * @param logits out-of-fold, n × classes
 * @param values attribute value of each class
 */
export function reportOf(
  logits: Float64Array,
  labels: Uint8Array,
  values: readonly number[],
  fold: Uint8Array,
  folds: number,
): HeadReport {
  const classes = values.length;
  const n = labels.length;
  const confusion = values.map(() => new Array<number>(classes).fill(0));
  for (let i = 0; i < n; i++) confusion[labels[i]][argmax(logits, i * classes, classes)]++;
  const counts = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const perClass = values.map((value, c): ClassReport => {
    const said = confusion.reduce((sum, row) => sum + row[c], 0);
    return {
      value,
      faces: counts[c],
      recall: confusion[c][c] / counts[c],
      precision: said > 0 ? confusion[c][c] / said : null,
    };
  });
  const majority = argmax(counts, 0, classes);
  const before = softmax(logits, classes);
  const after = crossCalibrated(logits, labels, classes, fold, folds);
  return {
    faces: n,
    accuracy: confusion.reduce((sum, row, c) => sum + row[c], 0) / n,
    balancedAccuracy: perClass.reduce((sum, { recall }) => sum + recall, 0) / classes,
    baseline: { value: values[majority], accuracy: counts[majority] / n },
    perClass,
    confusion,
    logLoss: { before: logLoss(before, labels, classes), after: logLoss(after, labels, classes) },
    calibrationError: {
      before: calibrationError(before, labels, classes),
      after: calibrationError(after, labels, classes),
    },
    temperature: fitTemperature(logits, labels, classes),
  };
}
