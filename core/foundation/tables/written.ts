/**
 * Beginnings that spreadsheets take for a formula (=, +, −, @, also full-width) or cut away before they look for one (tab
 * and line ends), after any marks of text that stand there already (OWASP, CSV injection).
 */
const RUNS = /^'*[=+\-@\t\r\n\uFF0B\uFF0D\uFF1D\uFF20]/;

/** A text that a spreadsheet would run is marked as text by an apostrophe in front, the way spreadsheets do it. */
export const inert = (text: string): string => (RUNS.test(text) ? `'${text}` : text);

/** What `inert` was given. */
export const fromInert = (cell: string): string =>
  cell.startsWith("'") && RUNS.test(cell) ? cell.slice(1) : cell;

/** A csv cell: inert, and quoted only where RFC 4180 asks for it. Numbers stay numbers, negative ones too. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? inert(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A csv table with a header and '\n' line ends. */
export function csvTable(header: readonly string[], rows: Iterable<readonly unknown[]>): string {
  const lines = [header.map(csvCell).join(',')];
  for (const row of rows) lines.push(row.map(csvCell).join(','));
  return `${lines.join('\n')}\n`;
}
