import { ATTRIBUTE_NAMES } from '../attributes/attributes.ts';
import { Fault } from '../foundation/fault.ts';
import { throwIfCancelled } from '../foundation/progress.ts';
import type { NewFace } from '../project/types.ts';
import { PREDICTOR_COLUMNS, predictedFaces } from './fairface-predictor.ts';
import { LabelColumns } from './label-columns.ts';
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

/** A label csv with its columns; FairFace has no pose, but what is written in its form may (`visage export` does). */
interface LabelFile {
  table: CsvTable;
  labels: LabelColumns;
}

async function labelFile(
  listing: SourceListing,
  name: string,
  values: OpenOptions['mapping'],
): Promise<LabelFile> {
  const table = await CsvTable.open(listing, name);
  for (const column of LABEL_COLUMNS) table.required(column);
  const at = new Map(
    ATTRIBUTE_NAMES.flatMap((attribute) => {
      const column = table.column(attribute);
      return column < 0 ? [] : [[attribute as string, column] as const];
    }),
  );
  const labels = new LabelColumns(table, at, { values: values?.values });
  await labels.survey();
  return { table, labels };
}

async function* labelledFaces(
  files: readonly LabelFile[],
  folder: string,
  report: ReadReport,
  options: OpenOptions,
): AsyncGenerator<NewFace[]> {
  const portions = new Portions();
  const paths = new RowPaths(report, options.images, [folder]);
  for (const { table, labels: columns } of files) {
    const file = table.required('file');
    const count = table.column('pitch', 'yaw') < 0 ? 3 : ATTRIBUTE_NAMES.length;
    const rawAt = [...ATTRIBUTE_NAMES, 'service_test'].flatMap((column) => {
      const at = table.column(column);
      return at < 0 ? [] : [[column, at] as const];
    });
    for await (const { cells, line } of table.rows(report)) {
      const path = paths.take(table.name, line, cells[file]);
      if (path === undefined) continue;
      const labels = columns.read(cells);
      if (Array.isArray(labels)) {
        report.reject(table.name, line, ...labels);
        continue;
      }
      const split = /^(train|val|test)\//.exec(path)?.[1];
      const { repairs, ...said } = labels;
      for (const [value, read] of repairs) report.repair(table.name, line, value, read, 'spreadsheet');
      portions.add({
        path,
        raw: Object.fromEntries(rawAt.map(([column, at]) => [column, cells[at]])),
        ...said,
        labels: said.labels.slice(0, count),
        ...(split !== undefined && { split }),
      });
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
  heeds: ['values'],
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
    let opened: Promise<LabelFile[]> | undefined;
    const files = (): Promise<LabelFile[]> => {
      opened ??= Promise.all(labels.map((file) => labelFile(listing, file, options.mapping)));
      return opened;
    };
    return {
      name: 'FairFace',
      roots,
      fromImages: false,
      questions: async () => (await files()).flatMap(({ labels: columns }) => columns.questions),
      async *faces(report) {
        for (const file of predictions) {
          report.note(`${file} was left aside: it holds a model's predictions; import it by its own path.`);
        }
        yield* labelledFaces(await files(), listing.folder, report, options);
      },
    };
  },
};
