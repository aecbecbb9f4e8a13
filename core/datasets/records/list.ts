/** One picture of a list file (`.lst`), as im2rec takes and writes them. */
export interface ListEntry {
  key: number;
  labels: number[];
  path: string;
}

/** Leading columns of a line that are numbers, the last one of the line left aside: it is, or ends, the path. */
function numbersBefore(columns: readonly string[]): number {
  const first = columns.findIndex((column) => column.trim() === '' || !Number.isFinite(Number(column)));
  return Math.min(first < 0 ? columns.length : first, columns.length - 1);
}

/**
 * Reads a list: `key<TAB>label[<TAB>label…]<TAB>path` per line. All lines have as many labels, so that a tab behind them
 * belongs to the path: people's names may hold one. Other lines are given to `reject` with their number.
 */
export function readList(text: string, reject: (line: number, value: string) => void): ListEntry[] {
  const rows = text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const columns = line.split('\t');
    return [{ line: i + 1, text: line, columns, numbers: numbersBefore(columns) }];
  });
  const sound = rows.filter(({ numbers }) => numbers >= 2);
  const width = sound.reduce((least, { numbers }) => Math.min(least, numbers), Number.POSITIVE_INFINITY);
  return rows.flatMap(({ line, text, columns, numbers }) => {
    const path = columns.slice(width).join('\t').trim();
    const [key, ...labels] = columns.slice(0, width).map(Number);
    if (numbers < 2 || path === '' || !Number.isInteger(key)) {
      reject(line, text);
      return [];
    }
    return [{ key, labels, path }];
  });
}

export const listLine = ({ key, labels, path }: ListEntry): string =>
  `${[key, ...labels, path].join('\t')}\n`;

/** Name of each label: the last folder of its pictures' paths, where these agree and are each another label's. */
export function namesOf(entries: readonly ListEntry[]): Map<number, string> {
  const names = new Map<number, string>();
  const clashing = new Set<number>();
  for (const { labels, path } of entries) {
    const name = path.split(/[/\\]/).at(-2);
    const known = names.get(labels[0]);
    if (name === undefined || (known !== undefined && known !== name)) clashing.add(labels[0]);
    else names.set(labels[0], name);
  }
  for (const label of clashing) names.delete(label);
  const seen = new Map<string, number>();
  for (const [label, name] of names) {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, label);
    else {
      names.delete(label);
      names.delete(first);
    }
  }
  return names;
}
