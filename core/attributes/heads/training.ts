import type { WorkOptions } from '../../foundation/progress.ts';
import { type HeadReport, reportOf } from './evaluation.ts';
import type { FeatureMatrix } from './features.ts';
import type { FitTask, HeadSettings } from './fit.ts';
import type { HeadPlan } from './plan.ts';
import { fitAll } from './pool.ts';
import { logitsOf, type Regression, softmax } from './regression.ts';

/** What cross-validation found about one attribute. */
export interface CrossValidation {
  report: HeadReport;
  /** Raw logits of each of the plan's faces by the fit that left its fold out, faces × classes. */
  outOfFold: Float64Array;
  /** Number of groups of several faces that were kept together; 0: every face stood alone. */
  groups: number;
}

/** A trained head: it says probabilities for any features of the same set. */
export interface Head {
  /** Attribute value of each class. */
  values: number[];
  regression: Regression;
  temperature: number;
}

function groupsOfSeveral(groups: Int32Array | undefined): number {
  const sizes = new Map<number, number>();
  for (const group of groups ?? []) if (group >= 0) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return [...sizes.values()].filter((size) => size > 1).length;
}

/**
 * Cross-validates several attributes at once and, with `final`, fits each on all its faces. The temperature comes from
 * out-of-fold logits: those fits saw a fold less than the final one, so that it is, if anything, too cautious.
 * @param features a shared matrix (`sharedMatrix`)
 */
export async function trainHeads(
  features: FeatureMatrix,
  plans: readonly HeadPlan[],
  settings: HeadSettings,
  final: boolean,
  options: WorkOptions & { threads?: number } = {},
): Promise<{ validation: CrossValidation; head: Head | undefined }[]> {
  const tasks: FitTask[] = [];
  const heldOut: { plan: number; items: Int32Array }[] = [];
  plans.forEach((plan, p) => {
    const items = Int32Array.from(plan.rows.keys());
    for (let f = 0; f <= (final ? plan.folds : plan.folds - 1); f++) {
      // The last one, f = folds, leaves nothing out.
      const inside = items.filter((i) => plan.fold[i] !== f);
      const outside = items.filter((i) => plan.fold[i] === f);
      const { groups } = plan;
      tasks.push({
        rows: inside.map((i) => plan.rows[i]),
        labels: Uint8Array.from(inside, (i) => plan.labels[i]),
        groups: groups && inside.map((i) => groups[i]),
        classes: plan.values.length,
        settings,
        test: outside.map((i) => plan.rows[i]),
      });
      heldOut.push({ plan: p, items: outside });
    }
  });
  const stage = final ? 'Training and cross-validating heads' : 'Cross-validating heads';
  const report = (done: number): void =>
    options.onProgress?.({ stage, done, total: tasks.length, unit: 'fits' });
  report(0);
  const results = await fitAll(features, tasks, {
    signal: options.signal,
    threads: options.threads,
    onDone: report,
  });
  return plans.map((plan, p) => {
    const classes = plan.values.length;
    const outOfFold = new Float64Array(plan.rows.length * classes);
    let regression: Regression | undefined;
    results.forEach((result, t) => {
      if (heldOut[t].plan !== p) return;
      const { items } = heldOut[t];
      for (let i = 0; i < items.length; i++)
        outOfFold.set(result.logits.subarray(i * classes, (i + 1) * classes), items[i] * classes);
      if (items.length === 0) regression = result.regression;
    });
    const validation: CrossValidation = {
      report: reportOf(outOfFold, plan.labels, plan.values, plan.fold, plan.folds),
      outOfFold,
      groups: groupsOfSeveral(plan.groups),
    };
    const { temperature } = validation.report;
    return {
      validation,
      head: final && regression ? { values: plan.values, regression, temperature } : undefined,
    };
  });
}

/** Calibrated probabilities of some rows, rows × values. */
export function predict(head: Head, features: FeatureMatrix, rows: Int32Array): Float64Array {
  return softmax(logitsOf(head.regression, features, rows), head.values.length, 1 / head.temperature);
}
