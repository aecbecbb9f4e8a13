import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readPlainFile } from '../file-kind.ts';
import { decodeText } from './decode.ts';
import { CSV, contentDialect } from './dialect.ts';
import { type Encoding, encodingOfBytes } from './encoding.ts';
import type { Row } from './rows.ts';

/**
 * A whole text file, without a byte order mark, and how its letters were read.
 * @throws Fault where its encoding cannot be told; as `readPlainFile` where it is no file
 */
export function readText(path: string): { text: string; encoding: Encoding } {
  const bytes = readPlainFile(path);
  const encoding = encodingOfBytes(bytes, basename(path));
  return { text: decodeText(bytes, encoding), encoding };
}

/** The lines of a text, whatever ends them. */
export const linesOfText = (text: string): string[] => text.split(/\r\n|\n|\r/);

/** A row with its text, for messages. */
export interface TextRow extends Row {
  text: string;
}

/** Cells without the empty ones that spreadsheets put behind the last. */
function trimmed(cells: readonly string[]): string[] {
  const words = cells.map((cell) => cell.trim());
  while (words.at(-1) === '') words.pop();
  return words;
}

/**
 * The rows of a small text table that say something: cut at its delimiter (comma, semicolon, tab or bar, or as a line 'sep=;'
 * says), or at blanks where it has none. Cells are trimmed; empty ones at the end are left off.
 */
export function textRows(text: string): TextRow[] {
  const dialect = contentDialect(text.slice(0, 1 << 16));
  const rows: TextRow[] = [];
  if (dialect === undefined) {
    for (const [i, line] of linesOfText(text).entries()) {
      if (line.trim() !== '') rows.push({ cells: line.trim().split(/\s+/), line: i + 1, text: line });
    }
    return rows;
  }
  const { delimiter, by } = dialect;
  const records = parse(text, { ...CSV, delimiter, info: true, ...(by === 'sep' && { from_line: 2 }) });
  for (const { record, info } of records as unknown as { record: string[]; info: { lines: number } }[]) {
    const cells = trimmed(record);
    if (cells.length > 0) rows.push({ cells, line: info.lines, text: record.join(delimiter) });
  }
  return rows;
}

/** What is worth saying of a guess, for a list that has no report; undefined where nothing was guessed. */
export const guessRemark = (path: string, { by, title }: Encoding): string | undefined =>
  by === 'guess'
    ? `${basename(path)} is not UTF-8: it was read as ${title}, which is a guess. Where letters look wrong, save it as UTF-8.`
    : undefined;
