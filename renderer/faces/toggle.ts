/** A list of allowed values with one added or taken away; an empty list is no condition. */
export function toggledIn(list: readonly number[] | undefined, value: number): readonly number[] | undefined {
  const now = list ?? [];
  const next = now.includes(value) ? now.filter((other) => other !== value) : [...now, value];
  return next.length > 0 ? next : undefined;
}

/** A list of allowed values with all of `values` in it, or without any of them when all were. */
export function toggledAll(
  list: readonly number[] | undefined,
  values: readonly number[],
): readonly number[] | undefined {
  const now = new Set(list ?? []);
  const all = values.every((value) => now.has(value));
  for (const value of values) {
    if (all) now.delete(value);
    else now.add(value);
  }
  return now.size > 0 ? [...now] : undefined;
}
