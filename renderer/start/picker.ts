/**
 * Entries that go on as the last part of a typed path does; all of them while the path is the folder that is shown, or is
 * somewhere else.
 */
export function matching<Entry extends { name: string }>(
  entries: readonly Entry[],
  typed: string,
  folder: string,
): Entry[] {
  const base = folder.replace(/[/\\]$/, '');
  if (!typed.startsWith(base) || !/^[/\\]/.test(typed.slice(base.length))) return [...entries];
  const begun = typed.slice(base.length + 1).toLowerCase();
  if (/[/\\]/.test(begun)) return [...entries];
  return entries.filter(({ name }) => name.toLowerCase().startsWith(begun));
}

/** Where an arrow key, Home or End leads in a list; undefined for other keys. */
export function nextIndex(at: number, key: string, length: number): number | undefined {
  if (length === 0) return undefined;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: length - 1 }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(length - 1, to));
}
