import { Fault } from '../../foundation/fault.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { FeatureSet, Selection } from '../../project/types.ts';

/** Rows of a feature set and the faces that they are of. */
export interface ChosenRows {
  faces: Int32Array;
  /** Positions in the file. */
  rows: Int32Array;
}

/**
 * The rows of a feature set whose faces are selected (all without a selection), in row order.
 * @throws Fault when there are none
 */
export function chosenRows(project: ProjectStore, set: FeatureSet, selection?: Selection): ChosenRows {
  const all = project.featureFaces(set);
  const restricted = selection !== undefined && Object.values(selection).some((value) => value !== undefined);
  const wanted = restricted ? new Set(project.select(selection)) : undefined;
  const rows: number[] = [];
  for (let row = 0; row < all.length; row++) if (wanted?.has(all[row]) ?? true) rows.push(row);
  if (rows.length === 0) {
    throw new Fault(
      all.length === 0
        ? `The feature set '${set.name}' is empty; extract features with visage embed.`
        : `None of the ${all.length} faces of '${set.name}' is selected.`,
    );
  }
  return { faces: Int32Array.from(rows, (row) => all[row]), rows: Int32Array.from(rows) };
}

/** The row of each face, for faces of a stored clustering or map. @throws Fault for faces that have no row any more */
export function rowsOfFaces(project: ProjectStore, set: FeatureSet, faces: Int32Array): Int32Array {
  const all = project.featureFaces(set);
  // A table by face id: a Map of half a million faces would take the host's time.
  const rowOf = new Int32Array(all.reduce((most, face) => Math.max(most, face), 0) + 1).fill(-1);
  for (let row = 0; row < all.length; row++) rowOf[all[row]] = row;
  return faces.map((face) => {
    const row = rowOf[face] ?? -1;
    if (row < 0) throw new Fault(`Face ${face} has no row in the feature set '${set.name}' any more.`);
    return row;
  });
}

/** The feature set of this number. @throws Fault when it is gone */
export function featureSetById(project: ProjectStore, id: number): FeatureSet {
  const set = project.featureSets().find((one) => one.id === id);
  if (set === undefined)
    throw new Fault(`The feature set with the number ${id} is not in this project any more.`);
  return set;
}
