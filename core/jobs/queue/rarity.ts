import { ATTRIBUTES, COHORT_COUNT } from '../../attributes/attributes.ts';
import { cohortCode, cohortIndex, cohortWords } from '../../attributes/cohort.ts';
import { argmax } from '../../attributes/heads/evaluation.ts';
import { Ranking } from '../../attributes/queues/ranking.ts';
import { rarityOf } from '../../attributes/queues/rarity.ts';
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

/** What is known or predicted of one attribute of each face. */
interface Column {
  values: Int8Array;
  /** 1 for trusted labels and for models that give no confidence. */
  confidences: Float32Array;
}

/**
 * Faces with at least one attribute that nobody trustworthy has said, whose cohort is rarest. Missing labels are predicted
 * by heads. Score: rarity of the cohort (see `rarityOf`; counted over current labels) × probability that the face is in
 * it, the product of the confidences: what looking at this face can be expected to give.
 */
export async function rarityQueue(
  context: QueueContext,
  target: number | undefined,
  options: WorkOptions,
): Promise<Found> {
  const { project, table } = context;
  const n = table.faces.length;
  const notes: string[] = [];
  const columns: Column[] = [];
  const without: string[] = [];
  for (let attribute = 0; attribute < ATTRIBUTES.length; attribute++) {
    const { name } = ATTRIBUTES[attribute];
    const values = Int8Array.from(table.values[attribute]);
    const confidences = new Float32Array(n);
    const open: number[] = [];
    for (let i = 0; i < n; i++) {
      const confidence = table.confidences[attribute][i];
      confidences[i] = isTrusted(table, attribute, i) || Number.isNaN(confidence) ? 1 : confidence;
      if (values[i] < 0) open.push(i);
    }
    const head = context.heads.get(name);
    if (open.length > 0 && head) {
      const rows = rowsOfHead(project, head);
      const items = withFeatures(table, Int32Array.from(open), rows);
      await forEachPrediction(
        project,
        rows,
        head,
        items.map((i) => table.faces[i]),
        (k, probabilities, o, classes) => {
          const best = argmax(probabilities, o, classes.length);
          values[items[k]] = classes[best];
          confidences[items[k]] = probabilities[o + best];
        },
        { ...options, stage: `Predicting ${name}` },
      );
      notes.push(`${name}: ${items.length} missing labels are predicted by '${head.record.name}'.`);
    }
    if (values.every((value) => value < 0)) without.push(name);
    columns.push({ values, confidences });
  }
  if (without.length > 0) {
    throw new Fault(
      `No face has a cohort, because nothing says ${without.join(', ')}: run prelabel, or train heads, first.`,
    );
  }

  const counts = new Int32Array(COHORT_COUNT);
  for (const cohort of table.cohorts) if (cohort >= 0) counts[cohort]++;
  const ranking = new Ranking<Candidate>(context.limit);
  let total = 0;
  let unplaced = 0;
  const own = new Int8Array(ATTRIBUTES.length);
  for (let i = 0; i < n; i++) {
    let probability = 1;
    let check = -1;
    let placed = true;
    for (let a = 0; a < columns.length; a++) {
      own[a] = columns[a].values[i];
      if (own[a] < 0) placed = false;
      probability *= columns[a].confidences[i];
      if (isTrusted(table, a, i) || !context.attributes.includes(a)) continue;
      if (check < 0 || columns[a].confidences[i] < columns[check].confidences[i]) check = a;
    }
    if (!placed) unplaced++;
    if (!placed || check < 0) continue;
    const cohort = cohortIndex(own);
    const count = counts[cohort];
    const score = rarityOf(count, target) * probability;
    if (score === 0) continue;
    total++;
    const face = table.faces[i];
    if (!ranking.admits(face, score)) continue;
    const suggested = own[check];
    const least = columns[check].confidences[i];
    ranking.add({
      face,
      attribute: check,
      current: table.values[check][i],
      suggested,
      score,
      cohort,
      why: () => {
        const short = target === undefined ? '' : `, ${target - count} short of ${target}`;
        const { name, values } = ATTRIBUTES[check];
        return `Cohort ${cohortCode(cohort)} (${cohortWords(cohort)}) has ${count} ${count === 1 ? 'face' : 'faces'}${short}; this face is in it with ${percent(probability)}, least sure of ${name} '${(values as readonly string[])[suggested]}' (${percent(least)}).`;
      },
    });
  }
  if (unplaced > 0)
    notes.push(`${unplaced} faces lack an attribute that no head predicts and are in no cohort.`);
  return { candidates: ranking.items(), total, notes };
}
