import { ATTRIBUTES } from '../../attributes/attributes.ts';
import type { ProjectStore } from '../../project/store.ts';
import type { PersonLabels } from '../../project/types.ts';

/** A face of which annotators said different values of one attribute. */
export interface Difference {
  face: number;
  attribute: number;
  /** Value per annotator, in the order asked for; −1: said nothing. */
  values: number[];
  /** True when somebody decided it after all of them had spoken. */
  decided: boolean;
}

/** The faces on which annotators differ about one attribute, ascending. 'unknown' differs from nothing. */
export function differencesIn(
  said: PersonLabels,
  attribute: number,
  annotators: readonly string[],
): Difference[] {
  const columnOf = said.annotators.map((name) => annotators.indexOf(name));
  const found: Difference[] = [];
  for (let i = 0; i < said.faces.length; ) {
    const face = said.faces[i];
    const values = annotators.map(() => -1);
    let spoken = 0;
    let decided = 0;
    for (; i < said.faces.length && said.faces[i] === face; i++) {
      if (said.attributes[i] !== attribute) continue;
      if (said.reconciled[i]) decided = Math.max(decided, said.events[i]);
      else if (columnOf[said.annotator[i]] >= 0) {
        values[columnOf[said.annotator[i]]] = said.values[i];
        spoken = Math.max(spoken, said.events[i]);
      }
    }
    const words = new Set(values.filter((value) => value >= 0));
    if (words.size > 1) found.push({ face, attribute, values, decided: decided > spoken });
  }
  return found;
}

/** All differences that nobody has decided, as columns: by attribute, then face. */
export function openDifferences(
  project: ProjectStore,
  { annotators, attribute }: { annotators?: readonly string[]; attribute?: number } = {},
): { annotators: string[]; faces: Int32Array; attributes: Uint8Array; values: Int8Array[] } {
  const said = project.personLabels();
  const chosen = [...(annotators ?? said.annotators)];
  const wanted = attribute === undefined ? [...ATTRIBUTES.keys()] : [attribute];
  const open = wanted.flatMap((a) => differencesIn(said, a, chosen)).filter(({ decided }) => !decided);
  return {
    annotators: chosen,
    faces: Int32Array.from(open, ({ face }) => face),
    attributes: Uint8Array.from(open, (difference) => difference.attribute),
    values: chosen.map((_, i) => Int8Array.from(open, ({ values }) => values[i])),
  };
}
