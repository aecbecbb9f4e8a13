import { ATTRIBUTES } from '../../attributes/attributes.ts';
import { confidentLearning, type Pruning } from '../../attributes/heads/confident.ts';
import { argmax } from '../../attributes/heads/evaluation.ts';
import { Ranking } from '../../attributes/queues/ranking.ts';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import { isTrusted } from '../heads/trusted.ts';
import { type Candidate, type Found, percent, type QueueContext } from './candidates.ts';

/**
 * Trusted labels that confident learning suspects, from the out-of-fold probabilities of the newest heads and the labels
 * as they are now. Score: 1 − (p(given) − largest other p), halved, so 0.5 … 1. A label that a person has set since the
 * head was trained has been looked at and is not listed again.
 */
export function errorsQueue(context: QueueContext, pruning: Pruning, options: WorkOptions): Found {
  const { project, table } = context;
  const ranking = new Ranking<Candidate>(context.limit);
  const notes: string[] = [];
  let total = 0;
  const missing = context.attributes
    .map((a) => ATTRIBUTES[a].name)
    .filter((name) => !context.heads.has(name));
  if (missing.length > 0 && (context.explicit || missing.length === context.attributes.length)) {
    throw new Fault(
      `Suspected errors rest on a head, and there is none for ${missing.join(', ')}; train one first (visage heads).`,
    );
  }
  const row = new Map<number, number>();
  table.faces.forEach((face, i) => {
    row.set(face, i);
  });
  for (const attribute of context.attributes) {
    throwIfCancelled(options.signal);
    const { name, values } = ATTRIBUTES[attribute];
    const stored = context.heads.get(name);
    if (!stored) continue;
    const { head, outOfFold } = stored.load();
    const classes = head.values.length;
    const classOf = new Map(head.values.map((value, c) => [value, c]));
    const judged: { i: number; k: number; label: number }[] = [];
    outOfFold.faces.forEach((face, k) => {
      const i = row.get(face);
      if (i === undefined || !isTrusted(table, attribute, i)) return;
      const label = classOf.get(table.values[attribute][i]);
      if (label !== undefined) judged.push({ i, k, label });
    });
    const probabilities = new Float64Array(judged.length * classes);
    judged.forEach(({ k }, j) => {
      probabilities.set(outOfFold.probabilities.subarray(k * classes, (k + 1) * classes), j * classes);
    });
    const labels = Uint8Array.from(judged, ({ label }) => label);
    const skill = skillOf(probabilities, labels, classes);
    const found = confidentLearning(probabilities, labels, classes, pruning);
    let listed = 0;
    for (const j of found.suspects) {
      const { i } = judged[j];
      const face = table.faces[i];
      if (lookedAtSince(project, face, attribute, stored.record.time)) continue;
      listed++;
      const best = argmax(probabilities, j * classes, classes);
      const given = labels[j];
      ranking.add({
        face,
        attribute,
        current: head.values[given],
        suggested: head.values[best],
        score: (1 - found.margins[j]) / 2,
        why: () =>
          `Labelled '${values[head.values[given]]}' (${percent(probabilities[j * classes + given])}), but a head that did not see it says '${values[head.values[best]]}' (${percent(probabilities[j * classes + best])}).`,
      });
    }
    total += listed;
    notes.push(
      ...(skill < LEAST_SKILL
        ? [
            `${name}: this head is little better than always saying the commonest value, so most of what follows for ${name} are its own errors. Train one on better features.`,
          ]
        : []),
      `${name}: ${judged.length} trusted labels judged by '${stored.record.name}', about ${(100 * found.noiseRate).toFixed(1)} % estimated wrong, ${listed} suspected${found.suspects.length > listed ? ` (${found.suspects.length - listed} more were looked at since)` : ''}.`,
    );
  }
  return { candidates: ranking.items(), total, notes };
}

/** Below this, a head knows too little for its doubts to mean anything. */
const LEAST_SKILL = 0.3;

/** How much of what always saying the commonest label leaves open the out-of-fold predictions get right; 1 at best. */
function skillOf(probabilities: Float64Array, labels: Uint8Array, classes: number): number {
  const counts = new Int32Array(classes);
  let right = 0;
  labels.forEach((label, j) => {
    counts[label]++;
    if (argmax(probabilities, j * classes, classes) === label) right++;
  });
  const commonest = Math.max(...counts);
  return commonest === labels.length ? 0 : (right - commonest) / (labels.length - commonest);
}

function lookedAtSince(project: ProjectStore, face: number, attribute: number, time: number): boolean {
  return project
    .history(face)
    .some((event) => event.attribute === attribute && event.origin === 'human' && event.time >= time);
}
