import type { FeatureMatrix, Scaling } from './features.ts';
import { stratifiedFolds } from './folds.ts';
import { fitRegressions, logitsOf, type Regression } from './regression.ts';

/** How heads are fitted. */
export interface HeadSettings extends Scaling {
  balanced: boolean;
  /** scikit-learn's C, or 'auto': the best of STRENGTHS by log-loss on inner folds of the training faces. */
  strength: number | 'auto';
  folds: number;
  seed: number;
}

export const DEFAULT_HEAD_SETTINGS: HeadSettings = {
  normalise: true,
  standardise: true,
  balanced: false,
  strength: 'auto',
  folds: 5,
  seed: 0,
};

/** The grid of 'auto', ascending. */
export const STRENGTHS: readonly number[] = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

/** Inner folds of 'auto', and the most faces that it looks at: C is a prior's variance and does not grow with n. */
const INNER_FOLDS = 3;
const MOST_INNER_FACES = 4000;

/** One fit: learn from some rows and, where asked, give the logits of others. */
export interface FitTask {
  rows: Int32Array;
  labels: Uint8Array;
  groups: Int32Array | undefined;
  classes: number;
  settings: HeadSettings;
  /** Rows that are held out. */
  test: Int32Array;
}

export interface FitResult {
  regression: Regression;
  /** test.length × classes, of the held-out rows. */
  logits: Float64Array;
}

/** Mean log-loss of raw logits. */
function meanLoss(logits: Float64Array, labels: Uint8Array, classes: number): number {
  let loss = 0;
  for (let i = 0; i < labels.length; i++) {
    const o = i * classes;
    let max = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) max = Math.max(max, logits[o + c]);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[o + c] - max);
    loss += Math.log(sum) + max - logits[o + labels[i]];
  }
  return loss / labels.length;
}

/** True when each class occurs. */
function hasAll(labels: Uint8Array, classes: number): boolean {
  return new Set(labels).size === classes;
}

/** The strength of least log-loss on inner folds; a tie goes to the stronger penalty. */
function chooseStrength(features: FeatureMatrix, task: FitTask, onIteration?: () => void): number {
  const { classes, settings } = task;
  let { rows, labels, groups } = task;
  if (rows.length > MOST_INNER_FACES) {
    const parts = Math.ceil(rows.length / MOST_INNER_FACES);
    const part = stratifiedFolds(labels, classes, groups, Math.min(255, parts), settings.seed + 1);
    const keep = Int32Array.from(rows.keys()).filter((i) => part[i] === 0);
    const kept = Uint8Array.from(keep, (i) => labels[i]);
    if (hasAll(kept, classes)) {
      const all = { rows, groups };
      rows = keep.map((i) => all.rows[i]);
      labels = kept;
      groups = all.groups && keep.map((i) => (all.groups as Int32Array)[i]);
    }
  }
  const fold = stratifiedFolds(labels, classes, groups, INNER_FOLDS, settings.seed + 2);
  const losses = new Float64Array(STRENGTHS.length);
  for (let f = 0; f < INNER_FOLDS; f++) {
    const items = Int32Array.from(rows.keys());
    const inside = items.filter((i) => fold[i] !== f);
    const outside = items.filter((i) => fold[i] === f);
    const learnt = Uint8Array.from(inside, (i) => labels[i]);
    // A class that only one person has cannot be left out: such a fold says nothing about strength.
    if (outside.length === 0 || !hasAll(learnt, classes)) continue;
    const held = Uint8Array.from(outside, (i) => labels[i]);
    const regressions = fitRegressions(
      {
        features,
        rows: inside.map((i) => rows[i]),
        labels: learnt,
        classes,
        scaling: settings,
        balanced: settings.balanced,
      },
      STRENGTHS,
      { tolerance: 1e-4, maxIterations: 200, onIteration },
    );
    const heldRows = outside.map((i) => rows[i]);
    regressions.forEach((regression, s) => {
      losses[s] += meanLoss(logitsOf(regression, features, heldRows), held, classes) * outside.length;
    });
  }
  let best = 0;
  for (let s = 1; s < losses.length; s++) if (losses[s] < losses[best]) best = s;
  return STRENGTHS[best];
}

/** Chooses the strength inside the task's own rows, fits, and looks at the held-out rows. */
export function fitHead(features: FeatureMatrix, task: FitTask, onIteration?: () => void): FitResult {
  const { rows, labels, classes, settings } = task;
  const strength =
    settings.strength === 'auto' ? chooseStrength(features, task, onIteration) : settings.strength;
  const [regression] = fitRegressions(
    { features, rows, labels, classes, scaling: settings, balanced: settings.balanced },
    [strength],
    { onIteration },
  );
  return { regression, logits: logitsOf(regression, features, task.test) };
}
