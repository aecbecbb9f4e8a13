type Value = string | number | null;

/** RFC 4180: quoted where needed. A leading =, +, - or @ of a name is kept from being a formula in a spreadsheet. */
function field(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line of a csv file, with its end. */
export const csvLine = (values: readonly Value[]): string => `${values.map(field).join(',')}\r\n`;

/** Lets the window's user save a text as a file. */
export function saveCsv(text: string, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
