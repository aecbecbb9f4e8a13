import { FOLDINGS } from '../attributes/folding.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import { isAbsent } from '../foundation/tables/absent.ts';
import type { NewFace } from '../project/types.ts';
import { PREDICTOR_COLUMNS, predictedFaces } from './fairface-predictor.ts';
import { nameOf, type SourceListing } from './listing.ts';
import { RowPaths } from './paths.ts';
import { type OpenOptions, type OpenSource, Portions, type Reader } from './reader.ts';
import type { ReadReport } from './report.ts';
import { CsvTable, tablesOf } from './table.ts';

const LABEL_COLUMNS = ['file', 'age', 'gender', 'race'];

const holds = (header: readonly string[], columns: readonly string[]): boolean => {
  const present = new Set(header.map((column) => column.toLowerCase()));
  return columns.every((column) => present.has(column));
};

const csvsOf = (listing: SourceListing): string[] =>
  tablesOf(listing, (header) => holds(header, LABEL_COLUMNS) || holds(header, PREDICTOR_COLUMNS));

function filesOf(listing: SourceListing): { labels: string[]; predictions: string[] } {
  const labels: string[] = [];
  const predictions: string[] = [];
  for (const file of csvsOf(listing)) {
    const header = listing.header(file);
    if (holds(header, PREDICTOR_COLUMNS)) predictions.push(file);
    else if (holds(header, LABEL_COLUMNS)) {
      // Any csv may have these four columns; FairFace's own has 'service_test', or its name says so.
      if (/fairface/i.test(nameOf(file)) || holds(header, ['service_test'])) labels.push(file);
    }
  }
  return { labels, predictions };
}

/** Folds one row's words, of which any may say nothing; rejects it (and gives undefined) at the first that is not allowed. */
export function foldWords(
  report: ReadReport,
  file: string,
  line: number,
  words: readonly string[],
): (number | undefined)[] | undefined {
  const labels: (number | undefined)[] = [];
  for (const [a, name] of (['age', 'gender', 'race'] as const).entries()) {
    if (isAbsent(words[a])) {
      labels.push(undefined);
      continue;
    }
    const reading = FOLDINGS[a].read(words[a]);
    if (reading === undefined) {
      report.reject(
        file,
        line,
        words[a],
        `${name} '${words[a]}' is not allowed; allowed: ${FOLDINGS[a].allowed}.`,
      );
      return undefined;
    }
    if ('repaired' in reading && reading.repaired !== undefined) {
      report.repair(file, line, words[a].trim(), reading.repaired, 'spreadsheet');
    }
    labels.push(reading.value);
  }
  return labels;
}

async function* labelledFaces(
  listing: SourceListing,
  files: readonly string[],
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  const paths = new RowPaths(report, options.images);
  for (const name of files) {
    const table = await CsvTable.open(listing, name);
    const [file, age, gender, race] = LABEL_COLUMNS.map((column) => table.required(column));
    const service = table.column('service_test');
    for await (const { cells, line } of table.rows(report)) {
      const path = paths.take(name, line, cells[file]);
      if (path === undefined) continue;
      const labels = foldWords(report, name, line, [cells[age], cells[gender], cells[race]]);
      if (!labels) continue;
      const raw: Record<string, string> = { age: cells[age], gender: cells[gender], race: cells[race] };
      if (service >= 0) raw.service_test = cells[service];
      const split = /^(train|val|test)\//.exec(path)?.[1];
      portions.add({ path, raw, labels, ...(split !== undefined && { split }) });
      if (portions.full) {
        throwIfCancelled(options.signal);
        yield portions.take();
      }
    }
  }
  yield portions.take();
}

/** FairFace: label csvs, and the csv that its predictor writes (whose labels are a model's). */
export const fairface: Reader = {
  format: 'fairface',
  title: 'FairFace',
  looksFor:
    "a csv with the columns file, age, gender, race (and service_test or 'fairface' in its name), or the predictor's with face_name_align and race_scores_fair",
  match(listing) {
    const { labels, predictions } = filesOf(listing);
    if (labels.length > 0) {
      return { score: 0.95, why: `${labels.join(', ')} with the columns ${LABEL_COLUMNS.join(', ')}` };
    }
    if (predictions.length > 0) {
      return { score: 0.95, why: `${predictions.join(', ')} with the columns of FairFace's predictor` };
    }
    return null;
  },
  open(listing, options): OpenSource {
    let { labels, predictions } = filesOf(listing);
    if (labels.length === 0 && predictions.length === 0) {
      // Asked for by name: any csv with the columns will do.
      labels = csvsOf(listing).filter((file) => holds(listing.header(file), LABEL_COLUMNS));
    }
    if (labels.length === 0 && predictions.length === 0) {
      const seen = tablesOf(listing).map((file) => `${file} has '${listing.header(file).join(', ')}'`);
      throw new Fault(
        `'${listing.path}' holds no FairFace csv: the columns ${LABEL_COLUMNS.join(', ')} are needed${seen.length > 0 ? `, but ${seen.slice(0, 5).join('; ')}` : ''}.`,
      );
    }
    const roots = [listing.folder];
    if (labels.length === 0) {
      return {
        name: 'FairFace predictor',
        roots,
        fromImages: false,
        agent: { name: 'FairFace predictor' },
        faces: (report) => predictedFaces(listing, predictions, report, options),
      };
    }
    return {
      name: 'FairFace',
      roots,
      fromImages: false,
      faces(report) {
        for (const file of predictions) {
          report.note(`${file} was left aside: it holds a model's predictions; import it by its own path.`);
        }
        return labelledFaces(listing, labels, report, options);
      },
    };
  },
};
