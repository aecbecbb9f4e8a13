import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CsvError, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { Fault } from '../foundation/fault.ts';
import type { ReadReport } from './report.ts';

/** One row of a csv or of a text table. */
export interface Row {
  cells: readonly string[];
  /** 1-based line on which the row begins. */
  line: number;
}

const CSV = { bom: true, relax_column_count: true, skip_empty_lines: true, trim: false } as const;

/** The first row of a csv's beginning, its cells trimmed; empty when it cannot be read as csv. */
export function csvHeader(head: string): string[] {
  try {
    const rows = parseSync(head, { ...CSV, to: 1, relax_quotes: true });
    return (rows[0] ?? []).map((cell) => cell.trim());
  } catch {
    return [];
  }
}

interface InfoRow {
  record: string[];
  info: { lines: number };
}

/** A row whose quoting is broken: where, and what is wrong. */
type OnBroken = (line: number, problem: string) => void;

/**
 * All rows of a csv: byte order mark, CRLF, quotes and line breaks inside quotes are understood. A stray quote is a
 * character like any other; after one that opens a cell and is never closed no row can be told from the next, which goes
 * to `onBroken`.
 */
export async function* csvRows(path: string, onBroken: OnBroken): AsyncGenerator<Row> {
  const input = createReadStream(path);
  const parser = parse({ ...CSV, info: true, relax_quotes: true, skip_records_with_error: true });
  let last = 0;
  const broken = (error: CsvError): void => {
    const problem =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'a quote is opened in it and never closed, which swallows all rows to the end of the file'
        : error.message;
    onBroken(last + 1, problem);
  };
  parser.on('skip', broken);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<InfoRow>) {
      let breaks = 0;
      for (const cell of record) {
        for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) breaks++;
      }
      last = info.lines;
      yield { cells: record, line: info.lines - breaks };
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
export async function* textRows(path: string): AsyncGenerator<Row> {
  const input = createReadStream(path);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let line = 0;
  try {
    for await (const text of lines) {
      line++;
      const trimmed = (line === 1 ? text.replace(/^\uFEFF/, '') : text).trim();
      if (trimmed !== '') yield { cells: trimmed.split(/\s+/), line };
    }
  } finally {
    lines.close();
    input.destroy();
  }
}

/** A csv with a header: cells by column name, rows of another length rejected. */
export class CsvTable {
  readonly path: string;
  readonly name: string;
  readonly header: readonly string[];
  readonly #index: ReadonlyMap<string, number>;

  /** @param head the beginning of the file, with its first row */
  constructor(path: string, name: string, head: string) {
    this.path = path;
    this.name = name;
    this.header = csvHeader(head);
    this.#index = new Map(this.header.map((column, index) => [column.toLowerCase(), index]));
    if (this.#index.size !== this.header.length) {
      const twice = this.header.find((column, index) => this.#index.get(column.toLowerCase()) !== index);
      throw new Fault(`${name}, line 1: the column '${twice}' stands there twice; each name may stand once.`);
    }
  }

  /** Index of a column (case does not matter), −1 where there is none. */
  column(...names: readonly string[]): number {
    for (const name of names) {
      const index = this.#index.get(name.toLowerCase());
      if (index !== undefined) return index;
    }
    return -1;
  }

  /** As `column`. @throws Fault that lists the columns there are. */
  required(...names: readonly string[]): number {
    const index = this.column(...names);
    if (index < 0) {
      throw new Fault(
        `${this.name}, line 1: there is no column '${names[0]}'; the columns are: ${this.header.map((column) => `'${column}'`).join(', ')}.`,
      );
    }
    return index;
  }

  /** Rows after the header; each is counted, those of a wrong length are rejected. */
  async *rows(report: ReadReport): AsyncGenerator<Row> {
    let first = true;
    for await (const row of csvRows(this.path, (line, problem) => {
      report.rows++;
      report.reject(this.name, line, '', `the row cannot be read as csv: ${problem}.`);
    })) {
      if (first) {
        first = false;
        continue;
      }
      report.rows++;
      if (row.cells.length !== this.header.length) {
        report.reject(
          this.name,
          row.line,
          row.cells.join(',').slice(0, 200),
          `the row has ${row.cells.length} ${row.cells.length === 1 ? 'column' : 'columns'}, the header has ${this.header.length}; as many are needed.`,
        );
        continue;
      }
      yield row;
    }
  }
}
