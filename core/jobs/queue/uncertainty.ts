import { ATTRIBUTES } from '../../attributes/attributes.ts';
import { argmax } from '../../attributes/heads/evaluation.ts';
import { Ranking } from '../../attributes/queues/ranking.ts';
import { type UncertaintyMeasure, uncertaintyOf } from '../../attributes/queues/uncertainty.ts';
import { Fault } from '../../foundation/fault.ts';
import type { WorkOptions } from '../../foundation/progress.ts';
import { forEachPrediction } from '../heads/predictions.ts';
import { isTrusted } from '../heads/trusted.ts';
import {
  type Candidate,
  type Found,
  percent,
  type QueueContext,
  rowsOfHead,
  withFeatures,
} from './candidates.ts';

/** 'Black 41 %, Indian 38 %': the two most probable values. */
function topTwo(values: readonly string[], classes: readonly number[], probabilities: number[]): string {
  return [...classes.keys()]
    .sort((a, b) => probabilities[b] - probabilities[a] || a - b)
    .slice(0, 2)
    .map((c) => `${values[classes[c]]} ${percent(probabilities[c])}`)
    .join(', ');
}

/**
 * Faces without a trusted label, least certain first: by the newest head's calibrated probabilities, or, for an
 * attribute without a head, by the confidence that the current label's model gave.
 */
export async function uncertaintyQueue(
  context: QueueContext,
  measure: UncertaintyMeasure,
  options: WorkOptions,
): Promise<Found> {
  const { project, table } = context;
  const ranking = new Ranking<Candidate>(context.limit);
  const notes: string[] = [];
  let total = 0;
  for (const attribute of context.attributes) {
    const { name, values } = ATTRIBUTES[attribute];
    const items = Int32Array.from(table.faces.keys()).filter((i) => !isTrusted(table, attribute, i));
    const head = context.heads.get(name);
    if (head) {
      const rows = rowsOfHead(project, head);
      const seen = withFeatures(table, items, rows);
      if (seen.length < items.length)
        notes.push(
          `${name}: ${items.length - seen.length} faces have no row in '${rows.name}' and cannot be judged.`,
        );
      notes.push(`${name}: by the head '${head.record.name}'.`);
      total += seen.length;
      await forEachPrediction(
        project,
        rows,
        head,
        seen.map((i) => table.faces[i]),
        (k, probabilities, o, classes) => {
          const score = uncertaintyOf(probabilities, o, classes.length, measure);
          const face = table.faces[seen[k]];
          if (!ranking.admits(face, score)) return;
          const own = Array.from({ length: classes.length }, (_, c) => probabilities[o + c]);
          ranking.add({
            face,
            attribute,
            current: table.values[attribute][seen[k]],
            suggested: classes[argmax(own, 0, own.length)],
            score,
            why: () => `The head is unsure of ${name}: ${topTwo(values, classes, own)}.`,
          });
        },
        { ...options, stage: `Judging ${name}` },
      );
      continue;
    }
    const said = items.filter(
      (i) => table.values[attribute][i] >= 0 && !Number.isNaN(table.confidences[attribute][i]),
    );
    if (said.length === 0) {
      if (context.explicit)
        throw new Fault(
          `Nothing says how sure the labels of ${name} are: train a head (visage heads) or run a model (visage prelabel) first.`,
        );
      continue;
    }
    if (measure !== 'least confident' && context.explicit) {
      throw new Fault(
        `'${measure}' needs the probabilities of all values of ${name}, which only a head has; train one (visage heads), or take 'least confident'.`,
      );
    }
    notes.push(
      `${name}: by the confidences of its models, without a head${measure === 'least confident' ? '' : ` (where '${measure}' is not known, 1 − confidence stands)`}.`,
    );
    if (said.length < items.length)
      notes.push(`${name}: ${items.length - said.length} faces have no label yet and cannot be judged.`);
    total += said.length;
    for (const i of said) {
      const confidence = table.confidences[attribute][i];
      const value = table.values[attribute][i];
      const score = 1 - confidence;
      ranking.add({
        face: table.faces[i],
        attribute,
        current: value,
        suggested: value,
        score,
        why: () => `Its model is only ${percent(confidence)} sure of ${name} '${values[value]}'.`,
      });
    }
  }
  if (total === 0 && notes.length === 0)
    throw new Fault(
      'There is nothing to judge certainty by: train heads (visage heads) or run a model (visage prelabel) first.',
    );
  return { candidates: ranking.items(), total, notes };
}
