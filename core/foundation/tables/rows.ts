import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { isPlain, textPortions } from './decode.ts';
import { CSV, type Dialect } from './dialect.ts';
import type { Encoding } from './encoding.ts';

/** One row of a csv or of a text table. */
export interface Row {
  cells: readonly string[];
  /** 1-based line on which the row begins. */
  line: number;
}

interface InfoRow {
  record: string[];
  info: { lines: number };
}

/** A row whose quoting is broken: where, and what is wrong. */
export type OnBroken = (line: number, problem: string) => void;

const breaksIn = (cell: string): number => cell.match(/\r\n?|\n/g)?.length ?? 0;

const sumOver = (cells: readonly string[], count: (cell: string) => number): number =>
  cells.reduce((sum, cell) => sum + count(cell), 0);

/** Spreadsheets are told to leave text alone by '="00012"': the text is what is meant. */
const plainCell = (cell: string): string =>
  cell.length > 2 && cell.startsWith('="') && cell.endsWith('"') && !cell.slice(2, -1).includes('"')
    ? cell.slice(2, -1)
    : cell;

/**
 * All rows of a csv that say something: byte order mark, all line ends, quotes and line breaks inside quotes are understood.
 * A stray quote is a character like any other; after one that opens a cell and is never closed no row can be told from the
 * next, which goes to `onBroken`.
 */
export async function* csvRows(
  path: string,
  encoding: Encoding,
  { delimiter, by }: Dialect,
  onBroken: OnBroken,
): AsyncGenerator<Row> {
  const input = isPlain(encoding) ? createReadStream(path) : Readable.from(textPortions(path, encoding));
  const parser = parse({
    ...CSV,
    delimiter,
    info: true,
    skip_records_with_error: true,
    ...(by === 'sep' && { from_line: 2 }),
  });
  let last = by === 'sep' ? 1 : 0;
  // Lines that the parser counts twice: '\r\n' inside quotes.
  let twice = 0;
  const broken = (error: CsvError): void => {
    const problem =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'a quote is opened in it and never closed, which swallows all rows to the end of the file'
        : error.message;
    onBroken(last + 1, problem);
  };
  parser.on('skip', broken);
  input.on('error', (error: Error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<InfoRow>) {
      // A row of one line, which most are, need not be searched for breaks.
      const long = info.lines - twice > last + 1;
      const breaks = long ? sumOver(record, breaksIn) : 0;
      if (long) twice += sumOver(record, (cell) => cell.match(/\r\n/g)?.length ?? 0);
      last = info.lines - twice;
      // Spreadsheets end a table with rows of delimiters alone.
      if (record.every((cell) => cell.trim() === '')) continue;
      const cells = record.some((cell) => cell.startsWith('="')) ? record.map(plainCell) : record;
      yield { cells, line: last - breaks };
    }
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    broken(thrown);
  } finally {
    input.destroy();
    parser.destroy();
  }
}

/** All non-empty lines of a text table, split at blanks and tabs. */
export async function* wordRows(path: string, encoding: Encoding): AsyncGenerator<Row> {
  let line = 0;
  let rest = '';
  const rowOf = (text: string): Row | undefined => {
    line++;
    const trimmed = text.trim();
    return trimmed === '' ? undefined : { cells: trimmed.split(/\s+/), line };
  };
  for await (const portion of textPortions(path, encoding)) {
    const text = rest + portion;
    // A return at the very end may be the first half of a line end.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() as string;
    for (const part of lines) {
      const row = rowOf(part);
      if (row) yield row;
    }
  }
  for (const part of rest.replace(/\r$/, '').split('\r')) {
    const row = rowOf(part);
    if (row) yield row;
  }
}
