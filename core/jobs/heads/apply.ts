import { attributeIndex } from '../../attributes/attributes.ts';
import { argmax } from '../../attributes/heads/evaluation.ts';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { Agent, LabelTable } from '../../project/types.ts';
import { forEachPrediction } from './predictions.ts';
import type { FeatureRows } from './rows.ts';
import { type HeadOfProject, newestHeads } from './stored.ts';
import { isTrusted } from './trusted.ts';

/** What one attribute's head said. */
export interface AppliedHead {
  attribute: string;
  /** Of the head, cross-validated when it was trained; faces: those that it learnt from. */
  accuracy: number;
  balancedAccuracy: number;
  faces: number;
  /** Labels written. */
  labelled: number;
  /** Faces of which this head had said the same before. */
  unchanged: number;
  /** Faces left out: below the least confidence, or with a trusted label. */
  belowConfidence: number;
  trusted: number;
  /** Mean calibrated confidence of the labels written; null when there are none. */
  confidence: number | null;
}

export interface Applied {
  heads: AppliedHead[];
  model: { name: string; hash: string } | null;
  batches: number[];
}

/**
 * Writes what the newest heads of these features say: one undoable batch per stored set of heads (one, unless attributes
 * were trained apart). Faces that a head learnt from get what the fit said that left them out.
 */
export async function applyHeads(
  project: ProjectStore,
  rows: FeatureRows,
  names: readonly string[],
  settings: { all: boolean; minConfidence: number; explicit: boolean },
  options: WorkOptions,
): Promise<Applied> {
  const known = newestHeads(project, rows.sets);
  const chosen = names.flatMap((name) => known.get(name) ?? []);
  if (chosen.length === 0 || (settings.explicit && chosen.length < names.length)) {
    const missing = names.filter((name) => !known.has(name));
    throw new Fault(
      `There is no head for ${missing.join(', ')} on '${rows.name}'; train heads on these features first.`,
    );
  }
  const table = project.labelTable(rows.faces);
  const records = new Map<number, HeadOfProject[]>();
  for (const head of chosen) {
    const list = records.get(head.record.id);
    if (list) list.push(head);
    else records.set(head.record.id, [head]);
  }
  const applied: Applied = { heads: [], model: null, batches: [] };
  for (const heads of records.values()) {
    const { record } = heads[0];
    const agent: Agent = { origin: 'model', name: record.name, hash: record.hash };
    const columns = new Columns();
    for (const head of heads) {
      applied.heads.push(await collect(project, rows, table, head, settings, columns, options));
    }
    applied.model = { name: record.name, hash: record.hash };
    throwIfCancelled(options.signal);
    if (columns.length === 0) continue;
    const what = heads.map(({ attribute }) => attribute).join(', ');
    const batch = project.labelColumns(columns.take(), agent, {
      kind: 'prelabel',
      description: `${what} by heads on ${rows.name}`,
    });
    applied.batches.push(batch.id);
  }
  applied.heads.sort((a, b) => names.indexOf(a.attribute) - names.indexOf(b.attribute));
  return applied;
}

/** Growing columns of label changes. */
class Columns {
  readonly #faces: number[] = [];
  readonly #attributes: number[] = [];
  readonly #values: number[] = [];
  readonly #confidences: number[] = [];

  get length(): number {
    return this.#faces.length;
  }

  add(face: number, attribute: number, value: number, confidence: number): void {
    this.#faces.push(face);
    this.#attributes.push(attribute);
    this.#values.push(value);
    this.#confidences.push(confidence);
  }

  take() {
    return {
      faces: Int32Array.from(this.#faces),
      attributes: Uint8Array.from(this.#attributes),
      values: Int8Array.from(this.#values),
      confidences: Float32Array.from(this.#confidences),
    };
  }
}

async function collect(
  project: ProjectStore,
  rows: FeatureRows,
  table: LabelTable,
  head: HeadOfProject,
  settings: { all: boolean; minConfidence: number },
  columns: Columns,
  options: WorkOptions,
): Promise<AppliedHead> {
  const attribute = attributeIndex(head.attribute) ?? -1;
  const entry = head.manifest.heads.find((one) => one.attribute === head.attribute);
  const items = Int32Array.from(table.faces.keys()).filter(
    (i) => settings.all || !isTrusted(table, attribute, i),
  );
  const faces = items.map((i) => table.faces[i]);
  const before = project
    .opinions(attribute, faces)
    .find(({ agent }) => agent.origin === 'model' && agent.hash === head.record.hash);
  const report: AppliedHead = {
    attribute: head.attribute,
    accuracy: Number(entry?.report.accuracy),
    balancedAccuracy: Number(entry?.report.balancedAccuracy),
    faces: entry?.faces ?? 0,
    labelled: 0,
    unchanged: 0,
    belowConfidence: 0,
    trusted: table.faces.length - items.length,
    confidence: null,
  };
  let sum = 0;
  await forEachPrediction(
    project,
    rows,
    head,
    faces,
    (i, probabilities, o, values) => {
      const best = argmax(probabilities, o, values.length);
      const confidence = probabilities[o + best];
      if (confidence < settings.minConfidence) {
        report.belowConfidence++;
        return;
      }
      if (before?.values[i] === values[best]) {
        report.unchanged++;
        return;
      }
      columns.add(faces[i], attribute, values[best], confidence);
      report.labelled++;
      sum += confidence;
    },
    { ...options, stage: `Applying the head for ${head.attribute}` },
  );
  if (report.labelled > 0) report.confidence = sum / report.labelled;
  return report;
}
