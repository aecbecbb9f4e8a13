import type { FeatureMatrix, Scaling } from './features.ts';
import { stratifiedFolds } from './folds.ts';
import type { RidgePreconditioner } from './preconditioner.ts';
import { logitsOf, type Regression, regressionPath } from './regression.ts';

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

/** At most MOST_INNER_FACES of the task's faces, people kept whole, shares of classes kept. */
function sampleOf(task: FitTask): Pick<FitTask, 'rows' | 'labels' | 'groups'> {
  const { rows, labels, groups, classes, settings } = task;
  if (rows.length <= MOST_INNER_FACES) return { rows, labels, groups };
  const parts = Math.min(255, Math.ceil(rows.length / MOST_INNER_FACES));
  const part = stratifiedFolds(labels, classes, groups, parts, settings.seed + 1);
  const keep = Int32Array.from(rows.keys()).filter((i) => part[i] === 0);
  const kept = Uint8Array.from(keep, (i) => labels[i]);
  if (!hasAll(kept, classes)) return { rows, labels, groups };
  return { rows: keep.map((i) => rows[i]), labels: kept, groups: groups && keep.map((i) => groups[i]) };
}

/**
 * The strength of least log-loss on inner folds; a tie goes to the stronger penalty. Strengths ascend until one is
 * worse than the best: the loss falls and rises once along a penalty's path, and weak penalties cost most.
 */
function chooseStrength(
  features: FeatureMatrix,
  task: FitTask,
  preconditioner?: RidgePreconditioner,
): number {
  const { classes, settings } = task;
  const { rows, labels, groups } = sampleOf(task);
  const fold = stratifiedFolds(labels, classes, groups, INNER_FOLDS, settings.seed + 2);
  const items = Int32Array.from(rows.keys());
  const folds = Array.from({ length: INNER_FOLDS }, (_, f) => {
    const inside = items.filter((i) => fold[i] !== f);
    const outside = items.filter((i) => fold[i] === f);
    const learnt = Uint8Array.from(inside, (i) => labels[i]);
    // A class that only one person has cannot be left out: such a fold says nothing about strength.
    if (outside.length === 0 || !hasAll(learnt, classes)) return undefined;
    const path = regressionPath(
      {
        features,
        rows: inside.map((i) => rows[i]),
        labels: learnt,
        classes,
        scaling: settings,
        balanced: settings.balanced,
      },
      { tolerance: 1e-3, maxIterations: 200, preconditioner },
    );
    return { path, rows: outside.map((i) => rows[i]), labels: Uint8Array.from(outside, (i) => labels[i]) };
  }).filter((one) => one !== undefined);
  let best = STRENGTHS[0];
  let least = Number.POSITIVE_INFINITY;
  for (const strength of STRENGTHS) {
    let loss = 0;
    for (const { path, rows: held, labels: truth } of folds)
      loss += meanLoss(logitsOf(path(strength), features, held), truth, classes) * held.length;
    if (loss < least) {
      best = strength;
      least = loss;
    } else break;
  }
  return best;
}

/** Chooses the strength inside the task's own rows, fits, and looks at the held-out rows. */
export function fitHead(
  features: FeatureMatrix,
  task: FitTask,
  preconditioner?: RidgePreconditioner,
): FitResult {
  const { rows, labels, classes, settings } = task;
  const strength =
    settings.strength === 'auto' ? chooseStrength(features, task, preconditioner) : settings.strength;
  const { balanced } = settings;
  const path = regressionPath(
    { features, rows, labels, classes, scaling: settings, balanced },
    { preconditioner },
  );
  const regression = path(strength);
  return { regression, logits: logitsOf(regression, features, task.test) };
}
