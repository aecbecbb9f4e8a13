import type { FeatureMatrix } from '../../attributes/heads/features.ts';
import type { FeatureSource } from '../../attributes/heads/files.ts';
import { sharedMatrix } from '../../attributes/heads/pool.ts';
import { Fault } from '../../foundation/fault.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { FeatureSet } from '../../project/types.ts';

/** Faces that are read at once: 64 MB of features, because each read looks all of a set's faces up. */
export const chunkOf = (dimensions: number): number => Math.max(4096, Math.floor((16 << 20) / dimensions));

/** One or several feature sets side by side, over the faces that have a row in each. */
export interface FeatureRows {
  sets: FeatureSet[];
  /** Names joined by '+', as the user wrote them. */
  name: string;
  dimensions: number;
  /** Ascending. */
  faces: Int32Array;
}

/**
 * @param names one name, several, or several joined by '+'
 * @throws Fault when a set is not there, or no face has a row in all
 */
export function featureRows(project: ProjectStore, names: string | readonly string[]): FeatureRows {
  const list = (typeof names === 'string' ? [names] : names).flatMap((name) => splitNames(project, name));
  if (list.length === 0) throw new Fault('A feature set is needed: run embed first, then name it.');
  const sets = list.map((name) => project.featureSet(name));
  const name = list.join('+');
  let faces = project.featureFaces(sets[0]);
  for (const set of sets.slice(1)) {
    const has = new Set(project.featureFaces(set));
    faces = faces.filter((face) => has.has(face));
  }
  if (faces.length === 0) {
    throw new Fault(
      sets.length > 1
        ? `No face has features in all of '${list.join("', '")}'.`
        : `The feature set '${name}' has no rows yet; run embed first.`,
    );
  }
  return {
    sets,
    name,
    dimensions: sets.reduce((sum, set) => sum + set.dimensions, 0),
    faces: Int32Array.from(faces).sort(),
  };
}

/** A name may hold '+' itself: it is split only where no set of the whole name is there. */
function splitNames(project: ProjectStore, name: string): string[] {
  if (project.featureSets().some((set) => set.name === name)) return [name];
  return name.split('+').map((part) => part.trim());
}

/** What a head's manifest says about the features. */
export function featureSources(rows: FeatureRows): FeatureSource[] {
  return rows.sets.map(({ name, model, modelHash, tap, dimensions }) => ({
    name,
    model,
    modelHash,
    tap,
    dimensions,
  }));
}

/** The features of some faces, side by side, in memory that threads share. */
export async function featureMatrix(
  project: ProjectStore,
  rows: FeatureRows,
  faces: Int32Array,
  options: WorkOptions = {},
): Promise<FeatureMatrix> {
  const matrix = sharedMatrix(faces.length, rows.dimensions);
  const chunk = chunkOf(rows.dimensions);
  for (let from = 0; from < faces.length; from += chunk) {
    throwIfCancelled(options.signal);
    const part = faces.subarray(from, from + chunk);
    let offset = 0;
    for (const set of rows.sets) {
      const values = project.featureMatrix(set, part);
      const d = set.dimensions;
      if (rows.sets.length === 1) matrix.data.set(values, from * d);
      else {
        for (let i = 0; i < part.length; i++)
          matrix.data.set(values.subarray(i * d, (i + 1) * d), (from + i) * rows.dimensions + offset);
      }
      offset += d;
    }
    options.onProgress?.({
      stage: 'Reading features',
      done: from + part.length,
      total: faces.length,
      unit: 'faces',
    });
    // Lets a window's host answer between chunks.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return matrix;
}
