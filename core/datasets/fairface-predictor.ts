import { FAIRFACE_AGES, FAIRFACE_RACES, FOLDINGS, type Reading } from '../attributes/folding.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { isAbsent } from '../foundation/tables/absent.ts';
import type { NewFace } from '../project/types.ts';
import { plainNumber } from './coding.ts';
import type { SourceListing } from './listing.ts';
import { RowPaths } from './paths.ts';
import { type OpenOptions, Portions } from './reader.ts';
import type { ReadReport } from './report.ts';
import { CsvTable } from './table.ts';

/** Columns that only the predictor's csv has. */
export const PREDICTOR_COLUMNS = ['face_name_align', 'race', 'gender', 'age', 'race_scores_fair'];

/** Folded value of each class of the three softmaxes, in the order of the classifier's outputs. */
const GROUPS: readonly { name: string; column: string; groups: readonly number[] }[] = [
  {
    name: 'age',
    column: 'age_scores_fair',
    groups: FAIRFACE_AGES.map((age) => FOLDINGS[0].read(age)?.value ?? -1),
  },
  { name: 'gender', column: 'gender_scores_fair', groups: [1, 0] },
  { name: 'race', column: 'race_scores_fair', groups: FAIRFACE_RACES.map(([, group]) => group) },
];

/** A list as NumPy prints it, '[7.7e-04 1.1e-05\n 2.9e-03]'; undefined when it is none. */
export function numpyList(text: string): number[] | undefined {
  const match = /^\s*\[([^[\]]*)\]\s*$/.exec(text);
  if (!match) return undefined;
  const numbers = match[1]
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  return numbers.every((number) => Number.isFinite(number)) ? numbers : undefined;
}

/**
 * Faces of the predictor's csv. The label is the word that it wrote; its confidence is the probability of the folded
 * group: the sum over the classes that fold into it.
 */
export async function* predictedFaces(
  listing: SourceListing,
  files: readonly string[],
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  const paths = new RowPaths(report, options.images, [listing.folder]);
  for (const name of files) {
    const table = await CsvTable.open(listing, name);
    const file = table.required('face_name_align');
    const words = GROUPS.map((group) => table.required(group.name));
    const scores = GROUPS.map((group) => table.column(group.column));
    rows: for await (const { cells, line } of table.rows(report)) {
      const path = paths.take(name, line, cells[file], '', 'face_name_align');
      if (path === undefined) continue;
      const labels: (number | undefined)[] = [];
      const confidences: (number | undefined)[] = [];
      for (const [a, { name: attribute, column, groups }] of GROUPS.entries()) {
        const word = cells[words[a]];
        if (isAbsent(word)) {
          labels.push(undefined);
          confidences.push(undefined);
          continue;
        }
        const reading: Reading | undefined = FOLDINGS[a].read(word);
        if (reading?.repaired !== undefined) {
          report.repair(name, line, word.trim(), reading.repaired, 'spreadsheet');
        }
        // The predictor writes words: a number is a code of somebody's, and no years.
        const value =
          plainNumber(word) === undefined || reading?.repaired !== undefined ? reading?.value : undefined;
        if (value === undefined) {
          report.reject(
            name,
            line,
            word,
            `${attribute} '${word}' is not allowed; allowed: ${FOLDINGS[a].allowed}.`,
          );
          continue rows;
        }
        let confidence: number | undefined;
        if (scores[a] >= 0 && !isAbsent(cells[scores[a]])) {
          const list = numpyList(cells[scores[a]]);
          if (list?.length !== groups.length) {
            report.reject(
              name,
              line,
              cells[scores[a]],
              `${column} '${cells[scores[a]].slice(0, 40)}' is not allowed; allowed: ${groups.length} numbers in brackets.`,
            );
            continue rows;
          }
          confidence = Math.min(
            1,
            list.reduce((sum, score, c) => (groups[c] === value ? sum + score : sum), 0),
          );
        }
        labels.push(value);
        confidences.push(confidence);
      }
      const raw: Record<string, string> = {};
      for (const [c, column] of table.header.entries()) {
        if (c !== file && column !== '') raw[column] = cells[c].replace(/\s+/g, ' ');
      }
      portions.add({ path, raw, labels, confidences });
      if (portions.full) {
        throwIfCancelled(options.signal);
        yield portions.take();
      }
    }
  }
  yield portions.take();
}
