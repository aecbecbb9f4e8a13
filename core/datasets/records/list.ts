/** One picture of a list file (`.lst`), as im2rec takes and writes them. */
export interface ListEntry {
  key: number;
  labels: number[];
  path: string;
}

/**
 * Reads a list: `key<TAB>label[<TAB>label…]<TAB>path` per line. Other lines are given to `reject` with their number.
 */
export function readList(text: string, reject: (line: number, value: string) => void): ListEntry[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const columns = line.split('\t');
    const path = columns.at(-1)?.trim() ?? '';
    const [key, ...labels] = columns.slice(0, -1).map(Number);
    if (columns.length < 3 || path === '' || !Number.isInteger(key) || labels.some(Number.isNaN)) {
      reject(i + 1, line);
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
