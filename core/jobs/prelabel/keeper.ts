import { ATTRIBUTE_NAMES, attributeIndex } from '../../attributes/attributes.ts';
import type { NetworkSaid } from '../../models/prelabel/said.ts';
import type { FeatureAppender, ProjectStore } from '../../project/store.ts';
import type { ModelSaid } from '../prelabel.ts';
import type { Speaker } from './speaker.ts';

type Counts = Pick<ModelSaid, 'faces' | 'labels' | 'belowConfidence' | 'noneOfOurs'>;

/** The readings of a model that give numbers, in the manifest's order. */
const numbersOf = ({ manifest }: Speaker) =>
  manifest.readings.flatMap((reading, index) => (reading.kind === 'number' ? [{ reading, index }] : []));

/**
 * Keeps what models say: labels as events in one undoable step, numbers (years, degrees) as a feature set of one column
 * per number, so that they can be compared and binned anew.
 */
export class LabelKeeper {
  readonly attributes: Record<string, number> = Object.fromEntries(ATTRIBUTE_NAMES.map((name) => [name, 0]));
  readonly counts: Counts[];
  readonly batches: number[] = [];
  /** Faces that at least one model looked at. */
  readonly seen = new Set<number>();
  readonly #project: ProjectStore;
  readonly #models: readonly Speaker[];
  readonly #minConfidence: number;
  readonly #again: boolean;
  readonly #description: string;
  readonly #numbers: (FeatureAppender | null)[];

  constructor(
    project: ProjectStore,
    models: readonly Speaker[],
    options: { again: boolean; minConfidence: number },
  ) {
    this.#project = project;
    this.#models = models;
    this.#minConfidence = options.minConfidence;
    this.#again = options.again;
    this.counts = models.map(() => ({ faces: 0, labels: 0, belowConfidence: 0, noneOfOurs: 0 }));
    this.#numbers = models.map(() => null);
    this.#description = `Pre-labels by ${models.map(({ manifest }) => manifest.name).join(', ')}`;
  }

  /** @param networks the model that each network of `all` is */
  keep(all: readonly NetworkSaid[], networks: readonly number[]): void {
    for (const said of all) this.#keepOne(said, networks[said.network]);
  }

  #keepOne(said: NetworkSaid, index: number): void {
    const model = this.#models[index];
    const counts = this.counts[index];
    const faces: number[] = [];
    const attributes: number[] = [];
    const values: number[] = [];
    const confidences: number[] = [];
    for (const [r, { attribute }] of model.manifest.readings.entries()) {
      const number = attributeIndex(attribute);
      if (number === undefined) continue;
      const reading = said.readings[r];
      for (const [i, face] of said.faces.entries()) {
        if (reading.values[i] < 0) counts.noneOfOurs++;
        else if (reading.confidences[i] < this.#minConfidence) counts.belowConfidence++;
        else {
          faces.push(face);
          attributes.push(number);
          values.push(reading.values[i]);
          confidences.push(reading.confidences[i]);
          this.attributes[attribute]++;
        }
      }
    }
    counts.faces += said.faces.length;
    for (const face of said.faces) this.seen.add(face);
    counts.labels += faces.length;
    const { name } = model.manifest;
    const agent = { origin: 'model', name, hash: model.hash } as const;
    const batch = this.#project.labelColumns(
      {
        faces: Int32Array.from(faces),
        attributes: Uint8Array.from(attributes),
        values: Int8Array.from(values),
        confidences: Float32Array.from(confidences),
      },
      agent,
      { kind: 'prelabel', description: this.#description, continues: this.batches.at(-1) },
    );
    if (batch.events > 0 && !this.batches.includes(batch.id)) this.batches.push(batch.id);
    this.#keepNumbers(said, index);
  }

  #keepNumbers(said: NetworkSaid, index: number): void {
    const numbers = numbersOf(this.#models[index]);
    if (numbers.length === 0) return;
    this.#numbers[index] ??= this.#beginNumbers(index);
    const appender = this.#numbers[index];
    const fresh = [...said.faces.keys()].filter((i) => !appender.facesWithRow.has(said.faces[i]));
    const rows = fresh.flatMap((i) => numbers.map((at) => said.readings[at.index].numbers[i]));
    if (fresh.length > 0)
      appender.append(
        Int32Array.from(fresh, (i) => said.faces[i]),
        Float32Array.from(rows),
      );
  }

  /** Numbers that were predicted again (from other boxes, say) go into a set of their own. */
  #beginNumbers(index: number): FeatureAppender {
    const { manifest, hash } = this.#models[index];
    const taken = new Set(this.#project.featureSets().map(({ name }) => name));
    const base = `${manifest.name}:numbers`;
    let name = base;
    for (let n = 2; this.#again && taken.has(name); n++) name = `${base}-${n}`;
    const layout = numbersOf(this.#models[index]).map(({ reading }) => reading.attribute);
    return this.#project.beginFeatureSet({
      ...{ name, model: manifest.name, modelHash: hash, tap: 'numbers', kind: 'numbers' },
      ...{ dimensions: layout.length, device: '', layout },
    });
  }

  /** Ends the feature sets; gives the name of each model's, null where there is none. */
  close(): (string | null)[] {
    const names = this.#numbers.map((appender) => appender?.close().name ?? null);
    this.#numbers.fill(null);
    return names;
  }
}
