import type { TrustedLabels } from '../../attributes/heads/plan.ts';
import { throwIfCancelled, type WorkOptions } from '../../foundation/progress.ts';
import type { ProjectStore } from '../../project/store.ts';
import { type LabelTable, ORIGIN_RANK } from '../../project/types.ts';

/** Whether a face's current label may teach: said by a person, a rule or a data set, never by a model. */
export function isTrusted(table: LabelTable, attribute: number, i: number): boolean {
  return table.values[attribute][i] >= 0 && table.origins[attribute][i] >= ORIGIN_RANK.dataset;
}

/**
 * Numbers that faces share which must not be torn apart by folds: faces of one person, and faces of pictures that are
 * copies of each other. −1 for faces that stand alone.
 */
export function personGroups(
  project: ProjectStore,
  table: LabelTable,
  options: WorkOptions = {},
): Int32Array {
  const n = table.faces.length;
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  const join = (a: number, b: number): void => {
    const [x, y] = [root(a), root(b)];
    parent[Math.max(x, y)] = Math.min(x, y);
  };
  const ofIdentity = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const identity = table.identities[i];
    if (identity < 0) continue;
    const first = ofIdentity.get(identity);
    if (first === undefined) ofIdentity.set(identity, i);
    else join(first, i);
  }
  const copyOf = new Map<number, number>();
  for (const images of project.duplicates()) for (const image of images) copyOf.set(image, images[0]);
  if (copyOf.size > 0) {
    const CHUNK = 8192;
    const ofCopy = new Map<string, number>();
    for (let from = 0; from < n; from += CHUNK) {
      throwIfCancelled(options.signal);
      project.faces(table.faces.subarray(from, from + CHUNK)).forEach((face, k) => {
        const image = copyOf.get(face.imageId);
        if (image === undefined) return;
        // Several faces of one picture are several people; the same face of two copies has the same box.
        const key = `${image} ${face.box?.join(' ') ?? ''}`;
        const first = ofCopy.get(key);
        if (first === undefined) ofCopy.set(key, from + k);
        else join(first, from + k);
      });
    }
  }
  const sizes = new Int32Array(n);
  for (let i = 0; i < n; i++) sizes[root(i)]++;
  return Int32Array.from({ length: n }, (_, i) => {
    const own = root(i);
    return sizes[own] > 1 || table.identities[i] >= 0 ? own : -1;
  });
}

/** The trusted labels of one attribute over a table whose order is that of the feature matrix. */
export function trustedLabels(table: LabelTable, attribute: number, groups: Int32Array): TrustedLabels {
  const rows = Int32Array.from(table.faces.keys()).filter((i) => isTrusted(table, attribute, i));
  return {
    rows,
    values: Int8Array.from(rows, (i) => table.values[attribute][i]),
    groups: groups.some((group) => group >= 0) ? rows.map((i) => groups[i]) : undefined,
  };
}
