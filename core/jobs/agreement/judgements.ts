import type { PersonLabels } from '../../project/types.ts';

/** What some annotators said of one attribute, over the faces that any of them spoke of. */
export interface Judgements {
  /** Ascending. */
  faces: Int32Array;
  /** A column per annotator, −1 where nothing (or 'unknown') was said. */
  columns: Int8Array[];
}

/** Own judgements only: decisions between annotators are left out. */
export function judgementsOf(
  said: PersonLabels,
  attribute: number,
  annotators: readonly string[],
): Judgements {
  const columnOf = said.annotators.map((name) => annotators.indexOf(name));
  const counts = (i: number): boolean =>
    said.attributes[i] === attribute && !said.reconciled[i] && columnOf[said.annotator[i]] >= 0;
  const faces: number[] = [];
  for (let i = 0; i < said.faces.length; i++)
    if (counts(i) && faces[faces.length - 1] !== said.faces[i]) faces.push(said.faces[i]);
  const columns = annotators.map(() => new Int8Array(faces.length).fill(-1));
  let at = 0;
  for (let i = 0; i < said.faces.length; i++) {
    if (!counts(i)) continue;
    while (faces[at] !== said.faces[i]) at++;
    columns[columnOf[said.annotator[i]]][at] = said.values[i];
  }
  return { faces: Int32Array.from(faces), columns };
}
