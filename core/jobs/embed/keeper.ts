import type { EmbedPart } from '../../engine/tasks/embed.ts';
import { Fault } from '../../foundation/fault.ts';
import type { PreparedModel } from '../../models/prepared.ts';
import type { FeatureAppender, ProjectStore } from '../../project/store.ts';
import type { FeatureSet } from '../../project/types.ts';

/** A feature set of one output, begun as soon as its size is known. */
interface Kept {
  name: string;
  appender: FeatureAppender | null;
}

/** Writes the rows of embedded faces: one feature set per output of the model. */
export class FeatureKeeper {
  readonly #project: ProjectStore;
  readonly #prepared: PreparedModel;
  readonly #model: string;
  readonly #flip: boolean;
  readonly #kept: Kept[];

  constructor(
    project: ProjectStore,
    prepared: PreparedModel,
    options: { name: string; model: string; flip: boolean },
  ) {
    this.#project = project;
    this.#prepared = prepared;
    this.#model = options.model;
    this.#flip = options.flip;
    const known = new Map(project.featureSets().map((set) => [set.name, set]));
    this.#kept = [];
    try {
      for (const [index, { tap }] of prepared.outputs.entries()) {
        // Features with the mirrored face added are other features, so they have a name of their own.
        const name = `${options.name}:${tap}${options.flip ? '+flip' : ''}`;
        const set = known.get(name);
        this.#kept.push({ name, appender: null });
        if (set !== undefined) this.#begin(index, set.dimensions, set.device);
      }
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  /** True when the face has a row in every set. */
  has(face: number): boolean {
    return this.#kept.every(({ appender }) => appender?.facesWithRow.has(face) === true);
  }

  /** Durable on return. @throws Fault when an output is not one row of finite numbers per face */
  keep({ faces, rows, device }: EmbedPart): void {
    if (faces.length === 0) return;
    for (const [index, kept] of this.#kept.entries()) {
      const size = rows[index].length / faces.length;
      const appender = kept.appender ?? this.#begin(index, size, device);
      if (appender.set.dimensions !== size) {
        throw new Fault(
          `The network gives ${size} numbers per face for '${kept.name}', which holds ${appender.set.dimensions}.`,
        );
      }
      const bad = rows[index].findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        throw new Fault(
          `The network gives '${rows[index][bad]}' for '${kept.name}' of the face ${faces[Math.floor(bad / size)]} on ${device}: its weights are damaged, or its input is not prepared as its manifest says.`,
        );
      }
      const fresh = [...faces.keys()].filter((i) => !appender.facesWithRow.has(faces[i]));
      if (fresh.length === faces.length) appender.append(faces, rows[index]);
      else if (fresh.length > 0) {
        const some = new Float32Array(fresh.length * size);
        for (const [to, i] of fresh.entries())
          some.set(rows[index].subarray(i * size, (i + 1) * size), to * size);
        appender.append(
          Int32Array.from(fresh, (i) => faces[i]),
          some,
        );
      }
    }
  }

  /** Ends the sets, and says what each one is. A set is in the project as soon as it has a row. */
  close(): { name: string; dimensions: number }[] {
    return this.#kept.map((kept, index) => {
      const set: FeatureSet | undefined = kept.appender?.close();
      kept.appender = null;
      return { name: kept.name, dimensions: set?.dimensions ?? this.#prepared.outputs[index].dimensions };
    });
  }

  #begin(index: number, dimensions: number, device: string): FeatureAppender {
    const { tap, kind, layout } = this.#prepared.outputs[index];
    const appender = this.#project.beginFeatureSet({
      ...{ name: this.#kept[index].name, model: this.#model, modelHash: this.#prepared.hash },
      ...{ tap: this.#flip ? `${tap}+flip` : tap, dimensions, kind, device, layout },
    });
    this.#kept[index].appender = appender;
    return appender;
  }
}
