import { ATTRIBUTES, cohortCode } from '../../core/contract/attributes.ts';
import { faceRanges } from '../../core/contract/faces.ts';
import type { FaceColumns } from './columns.ts';
import { type Filter, isEmpty, rowsIn } from './filter.ts';

/** Which faces a job takes, as the host reads it (`selection` of the contract). */
export interface JobSelection {
  faces?: Int32Array;
  sources?: number[];
  cohorts?: number[];
  identities?: number[];
  values?: (number[] | null)[];
}

/** Rows that a mask lets through, as a list of faces. */
export const facesOf = (columns: FaceColumns, mask: Uint8Array): JobSelection => ({
  faces: Int32Array.from(rowsIn(mask), (row) => columns.faces[row]),
});

/**
 * The faces that pass a filter: in the filter's own words where the host and the command line know them, so that the job
 * can be written down; else face by face.
 */
export function selectionOf(filter: Filter, columns: FaceColumns, mask: Uint8Array): JobSelection {
  if (isEmpty(filter)) return {};
  const { values, cohorts, sources, identities, ...others } = filter;
  // A job's selection knows no 'without a cohort' or 'without a name'.
  const without = [cohorts, identities].some((wanted) => wanted?.includes(-1));
  if (without || Object.values(others).some((condition) => condition !== undefined))
    return facesOf(columns, mask);
  return {
    ...(values.some((allowed) => allowed) && {
      values: values.map((allowed) => (allowed ? [...allowed] : null)),
    }),
    ...(cohorts && { cohorts: [...cohorts] }),
    ...(sources && { sources: [...sources] }),
    ...(identities && { identities: [...identities] }),
  };
}

/** Longest list of faces that a command line shows. */
const LONGEST = 2000;

/**
 * The same selection as words of a command line.
 * @returns null where no command line can say it: too many single faces, or people by id
 */
export function selectionWords(
  selection: JobSelection,
  sources: readonly { id: number; name: string }[],
): string[] | null {
  const { faces, sources: ids, cohorts, identities, values } = selection;
  if (identities) return null;
  const words: string[] = [];
  for (const id of ids ?? [])
    words.push('--source', sources.find((source) => source.id === id)?.name ?? String(id));
  for (const cohort of cohorts ?? []) words.push('--cohort', cohortCode(cohort));
  for (const [a, allowed] of (values ?? []).entries())
    for (const value of allowed ?? [])
      words.push('--where', `${ATTRIBUTES[a].name}=${value < 0 ? 'unknown' : ATTRIBUTES[a].values[value]}`);
  if (faces) {
    const ranges = faceRanges(faces);
    if (ranges.length > LONGEST) return null;
    words.push('--faces', ranges);
  }
  return words;
}
