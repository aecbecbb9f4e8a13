import { ATTRIBUTES } from '../attributes/attributes.ts';
import type { WorkOptions } from '../foundation/progress.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { ProjectStore } from '../project/store.ts';
import type { Selection } from '../project/types.ts';

export interface LabelInput {
  /** Which faces: named, or by what holds of them. */
  selection: Selection;
  /** Value per attribute; undefined leaves it, −1 says 'unknown'. */
  values: readonly (number | undefined)[];
  /** Name of the annotator. */
  by: string;
  /** 'label' for faces that a person looked at one by one, 'bulk' for many at once. */
  kind: 'label' | 'bulk';
  /** Counts only. */
  dryRun?: boolean;
}

export interface LabelResult {
  /** null when nothing was written. */
  batch: number | null;
  faces: number;
  events: number;
  /** Faces of which at least one current value becomes another. */
  changed: number;
  seconds: number;
}

/** 'race Indian, age 20–49' */
export function valuesInWords(values: readonly (number | undefined)[]): string {
  return values
    .flatMap((value, a) => {
      if (value === undefined) return [];
      return [`${ATTRIBUTES[a].name} ${value < 0 ? 'unknown' : ATTRIBUTES[a].values[value]}`];
    })
    .join(', ');
}

/** Writes a person's labels for all selected faces as one undoable batch. */
export async function labelFaces(
  project: ProjectStore,
  { selection, values, by, kind, dryRun = false }: LabelInput,
  { signal }: WorkOptions = {},
): Promise<LabelResult> {
  const begun = performance.now();
  const faces = project.select(selection);
  throwIfCancelled(signal);
  const attributes = values.flatMap((value, a) => (value === undefined ? [] : [a]));
  const current = project.labelTable(faces);
  let changed = 0;
  for (let i = 0; i < faces.length; i++) {
    if (attributes.some((a) => current.values[a][i] !== values[a])) changed++;
  }
  const result = { faces: faces.length, changed };
  const seconds = (): number => (performance.now() - begun) / 1000;
  if (dryRun || faces.length === 0 || attributes.length === 0) {
    return { batch: null, ...result, events: 0, seconds: seconds() };
  }
  const n = faces.length * attributes.length;
  const columns = { faces: new Int32Array(n), attributes: new Uint8Array(n), values: new Int8Array(n) };
  for (let i = 0, at = 0; i < faces.length; i++) {
    for (const a of attributes) {
      columns.faces[at] = faces[i];
      columns.attributes[at] = a;
      columns.values[at++] = values[a] as number;
    }
  }
  const counted = faces.length === 1 ? `face ${faces[0]}` : `${faces.length} faces`;
  const batch = project.labelColumns(
    columns,
    { origin: 'human', name: by },
    { kind, description: `${valuesInWords(values)} for ${counted}` },
  );
  return { batch: batch.id, ...result, events: batch.events, seconds: seconds() };
}
