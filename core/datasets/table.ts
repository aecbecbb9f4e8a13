import { join } from 'node:path';
import { Fault } from '../foundation/fault.ts';
import {
  contentDialect,
  DELIMITER_WORDS,
  type Dialect,
  dialectOf,
  firstRows,
} from '../foundation/tables/dialect.ts';
import { type Encoding, encodingOf } from '../foundation/tables/encoding.ts';
import { headOf } from '../foundation/tables/head.ts';
import { type DecimalMark, decimalMarkOf } from '../foundation/tables/numbers.ts';
import { csvRows, type OnBroken, type Row, wordRows } from '../foundation/tables/rows.ts';
import type { SourceListing } from './listing.ts';
import type { ReadReport } from './report.ts';

/** The names of a header: trimmed, and without the empty ones that spreadsheets put behind the last. */
function namesOf(cells: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim());
  while (names.at(-1) === '') names.pop();
  return names;
}

/** The first row of a table's beginning, its cells trimmed; empty when it cannot be read. */
export const csvHeader = (head: string): string[] => namesOf(firstRows(head, dialectOf(head), 1)[0] ?? []);

/** Files that are tables by their names, or a text file (as spreadsheets export them) whose header `fits`. */
export function tablesOf(
  listing: SourceListing,
  fits: (header: readonly string[]) => boolean = () => false,
): string[] {
  return listing.files.filter((file) => {
    if (/\.(csv|tsv|tab)$/i.test(file)) return true;
    return /\.txt$/i.test(file) && listing.header(file).length > 1 && fits(listing.header(file));
  });
}

/** How the letters of a source's file are written. @throws Fault where it cannot be told */
export async function encodingIn(listing: SourceListing, name: string): Promise<Encoding> {
  return listing.encoding ?? (await encodingOf(join(listing.folder, name), name));
}

/** Tells the report how a file's letters and cells were read, where that is not UTF-8 and commas. */
export function noteReading(
  report: ReadReport,
  name: string,
  { title, by, strays, name: encoding }: Encoding,
  dialect?: Dialect,
): void {
  if (by === 'guess') {
    report.guessed = true;
    const some =
      strays?.lines === 1
        ? `line ${strays.first} was`
        : `%d of its lines (the first is line ${strays?.first}) were`;
    const which = strays?.mixed === true ? some : 'it was';
    report.note(
      `${name} is not UTF-8: ${which} read as ${title}, which is a guess. Where letters look wrong, say --encoding NAME, or save the table as 'CSV UTF-8'.`,
      strays?.lines,
    );
  } else if (encoding !== 'utf-8') report.note(`${name} was read as ${title}.`);
  const delimiter = dialect?.delimiter ?? ',';
  if (delimiter !== ',' && !(delimiter === '\t' && /\.(tsv|tab)$/i.test(name))) {
    report.note(
      `${name} is separated by ${DELIMITER_WORDS[delimiter] ?? `'${delimiter}'`}${dialect?.by === 'sep' ? ', as its first line says' : ''}.`,
    );
  }
}

/**
 * True for a row of letters that were lost when it was decoded: such a name is never taken for one. Where the file is sound
 * UTF-8, the mark of a lost letter stands in it already, and is only told.
 */
export function lostLetters(
  report: ReadReport,
  name: string,
  { cells, line }: Row,
  { title, by, name: encoding }: Encoding,
): boolean {
  const lost = cells.find((cell) => cell.includes('\uFFFD') || !cell.isWellFormed());
  if (lost === undefined) return false;
  if (encoding === 'utf-8' && by === 'content') {
    report.note(
      `%d rows of ${name} hold '\uFFFD', the mark of a letter that was lost when the table was converted; their images are found only if they are called so.`,
    );
    return false;
  }
  report.reject(
    name,
    line,
    lost.slice(0, 200),
    `'${lost.slice(0, 80)}' holds bytes that are no letters of ${title}; say another encoding with --encoding, or save the table as 'CSV UTF-8'.`,
  );
  return true;
}

/**
 * Rows of a file that comes as a text table or as what a spreadsheet made of it: cut at its delimiter, or at blanks where it
 * has none. Each is whole: rows that cannot be read go to the report.
 */
export async function* anyRows(
  listing: SourceListing,
  name: string,
  report: ReadReport,
): AsyncGenerator<Row> {
  const path = join(listing.folder, name);
  const encoding = await encodingIn(listing, name);
  const head = headOf(path, encoding);
  const found = contentDialect(head);
  // Blanks and tabs cut what is separated by tabs as well, and names that hold none.
  const dialect =
    found !== undefined && (found.by === 'sep' || found.delimiter !== '\t' || /\.(csv|tsv|tab)$/i.test(name))
      ? found
      : undefined;
  noteReading(report, name, encoding, dialect);
  const rows = dialect
    ? csvRows(path, encoding, dialect, rejectBroken(report, name))
    : wordRows(path, encoding);
  for await (const row of rows) {
    if (lostLetters(report, name, row, encoding)) report.rows++;
    else yield row;
  }
}

const rejectBroken =
  (report: ReadReport, name: string): OnBroken =>
  (line, problem) => {
    report.rows++;
    report.reject(name, line, '', `the row cannot be read as csv: ${problem}.`);
  };

/** Rows that are looked at to learn how a table writes its numbers. */
const FIGURED = 500;

/** A csv with a header: cells by column name, rows of another length rejected. */
export class CsvTable {
  readonly path: string;
  readonly name: string;
  /** Names of the columns; one that stands there twice has its number behind it from the second on. */
  readonly header: readonly string[];
  /** How its numbers are written, where its first rows give that away. */
  readonly decimalMark: DecimalMark;
  readonly #encoding: Encoding;
  readonly #dialect: Dialect;
  readonly #given: readonly string[];

  /** Opens a table of a source. @throws Fault where its encoding cannot be told */
  static async open(listing: SourceListing, name: string): Promise<CsvTable> {
    const path = join(listing.folder, name);
    const encoding = await encodingIn(listing, name);
    const dialect = dialectOf(headOf(path, encoding));
    const first: (readonly string[])[] = [];
    for await (const { cells } of csvRows(path, encoding, dialect, () => {})) {
      if (first.push(cells) > FIGURED) break;
    }
    return new CsvTable(path, name, encoding, dialect, first);
  }

  private constructor(
    path: string,
    name: string,
    encoding: Encoding,
    dialect: Dialect,
    [header = [], ...rows]: readonly (readonly string[])[],
  ) {
    this.path = path;
    this.name = name;
    this.#encoding = encoding;
    this.#dialect = dialect;
    this.#given = namesOf(header);
    this.header = this.#given.map((column, c) => {
      const earlier = this.#given.slice(0, c).filter((name) => name === column).length;
      return earlier === 0 || column === '' ? column : `${column} ${earlier + 1}`;
    });
    const marks = new Set(rows.flatMap((cells) => cells.map(decimalMarkOf)));
    this.decimalMark = marks.has(',') === marks.has('.') ? undefined : marks.has(',') ? ',' : '.';
    // Where ';' stands between cells, it does so because the comma is taken.
    if (!marks.has('.') && dialect.delimiter === ';') this.decimalMark = ',';
  }

  /** The line of the header. */
  get #headerLine(): string {
    return `${this.name}, line ${this.#dialect.by === 'sep' ? 2 : 1}`;
  }

  /**
   * Index of a column, −1 where there is none. Case matters only between columns that differ in nothing else.
   * @throws Fault where the name stands there twice
   */
  column(...names: readonly string[]): number {
    for (const name of names) {
      const exact = this.#given.flatMap((column, c) => (column === name ? [c] : []));
      const lower = name.toLowerCase();
      const found =
        exact.length > 0
          ? exact
          : this.#given.flatMap((column, c) => (column.toLowerCase() === lower ? [c] : []));
      if (found.length > 1) {
        throw new Fault(
          `${this.#headerLine}: the column '${this.#given[found[1]]}' stands there twice; each name that is read may stand once.`,
        );
      }
      if (found.length === 1) return found[0];
      const numbered = this.header.indexOf(name);
      if (numbered >= 0) return numbered;
    }
    return -1;
  }

  /** As `column`. @throws Fault that lists the columns there are. */
  required(...names: readonly string[]): number {
    const index = this.column(...names);
    if (index < 0) {
      throw new Fault(
        `${this.#headerLine}: there is no column '${names[0]}'; the columns are: ${this.header.map((column) => `'${column}'`).join(', ')}.`,
      );
    }
    return index;
  }

  /** Rows after the header; each is counted, those of a wrong length are rejected. */
  async *rows(report: ReadReport): AsyncGenerator<Row> {
    const { path, name, header } = this;
    noteReading(report, name, this.#encoding, this.#dialect);
    let first = true;
    for await (const row of csvRows(path, this.#encoding, this.#dialect, rejectBroken(report, name))) {
      if (first) {
        first = false;
        continue;
      }
      report.rows++;
      const { cells, line } = row;
      // Cells behind the last named column are of no column; spreadsheets leave empty ones there.
      const width = cells.length > header.length ? cells.findLastIndex((cell) => cell.trim() !== '') + 1 : 0;
      if (cells.length < header.length || width > header.length) {
        report.reject(
          name,
          line,
          cells.join(this.#dialect.delimiter).slice(0, 200),
          `the row has ${cells.length} ${cells.length === 1 ? 'column' : 'columns'}, the header has ${header.length}; as many are needed.`,
        );
        continue;
      }
      if (!lostLetters(report, name, row, this.#encoding)) yield row;
    }
  }
}
