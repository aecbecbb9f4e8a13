import { parse } from 'csv-parse/sync';

/** What stands between the cells of a table, and how that is known. */
export interface Dialect {
  delimiter: string;
  /** 'sep': the first line says it ('sep=;'), and is no row. 'content': it cuts the rows best. */
  by: 'sep' | 'content';
}

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** For messages: 'labels.csv is separated by semicolons'. */
export const DELIMITER_WORDS: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': "'|'",
};

/** Settings of the csv parser that all tables share. */
export const CSV = {
  bom: true,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  trim: false,
};

/** Rows of a table's beginning that are looked at. */
const LOOKED_AT = 20;

/** The first rows of a text, its last one left off where the text is cut there. */
export function firstRows(head: string, { delimiter, by }: Dialect, limit: number): string[][] {
  const read = (to: number): string[][] =>
    parse(head, { ...CSV, delimiter, to, ...(by === 'sep' && { from_line: 2 }) }) as string[][];
  try {
    return read(limit);
  } catch {
    // The text ends inside quotes.
    try {
      return read(1);
    } catch {
      return [];
    }
  }
}

/** The delimiter that a spreadsheet's first line says: 'sep=;'. */
function said(head: string): string | undefined {
  return /^\uFEFF?"?sep=([^\r\n])"?[^\S\r\n]*(?:\r|\n|$)/i.exec(head)?.[1];
}

/** A number alone in its row. */
const isCount = (row: readonly string[]): boolean => {
  const said = row.filter((cell) => cell.trim() !== '');
  return said.length === 1 && /^\s*\d+\s*$/.test(said[0]);
};

/** Columns of the header times the share of rows that have as many; 0 where the delimiter cuts nothing. */
function fit(head: string, delimiter: string): number {
  const rows = firstRows(head, { delimiter, by: 'content' }, LOOKED_AT);
  // CelebA's files begin with a count.
  const [header, ...others] = rows.filter((row, i) => i > 0 || !isCount(row));
  const width = header?.length ?? 0;
  if (width < 2) return 0;
  const same = others.filter((row) => row.length === width).length;
  return width * (others.length === 0 ? 1 : 0.01 + same / others.length);
}

/** What cuts a table's rows best: of several that do equally well the comma, then as listed; undefined where nothing does. */
export function contentDialect(head: string): Dialect | undefined {
  const delimiter = said(head);
  if (delimiter !== undefined) return { delimiter, by: 'sep' };
  // Whole lines only: the last one may be cut.
  const lines = head.slice(0, Math.max(head.lastIndexOf('\n'), head.lastIndexOf('\r')) + 1);
  let best: Dialect | undefined;
  let most = 0;
  for (const candidate of DELIMITERS) {
    const fits = fit(lines === '' ? head : lines, candidate);
    if (fits > most) [best, most] = [{ delimiter: candidate, by: 'content' }, fits];
  }
  return best;
}

/** As `contentDialect`; a table of one column is separated by commas. */
export const dialectOf = (head: string): Dialect => contentDialect(head) ?? { delimiter: ',', by: 'content' };
