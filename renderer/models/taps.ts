import type { ModelTaps, Tap } from '../../core/contract/procedures/jobs.ts';

export type TapValue = ModelTaps['values'][number];

/** '64×112×112' without the batch; '?' for what is not known. */
export const shapeText = (shape: readonly (number | string | null)[] | null): string =>
  shape === null
    ? 'unknown'
    : shape.length <= 1
      ? String(shape[0] ?? '?')
      : shape
          .slice(1)
          .map((dim) => dim ?? '?')
          .join('×');

/** Values that hold all typed words in name, operator or role; those with a role first, the order of the network else. */
export function searchValues(values: readonly TapValue[], typed: string): TapValue[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = values.filter(({ value, op, role, node }) => {
    const text = `${value} ${op} ${role ?? ''} ${node}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return [...found.filter(({ role }) => role !== null), ...found.filter(({ role }) => role === null)];
}

/** What `--taps` and the job take for values of the graph: 'a+b:average:l2'. */
export function tapExpression({
  values,
  pool,
  normalise,
}: Pick<Tap, 'values' | 'pool' | 'normalise'>): string {
  return `${values.join('+')}:${pool}${normalise === 'l2' ? ':l2' : ''}`;
}

/** Values with commas, colons or plus signs cannot be written in a tap expression; they need a tap in the manifest. */
export const expressible = (value: string): boolean =>
  !/[,+]/.test(value) && !/:(none|average|max|l2)$/.test(value);

/** A name that features may have: letters, digits, _ . - */
export const tapName = (value: string): string =>
  value.replaceAll(/[^\w.-]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'tap';

/** Pooling that fits a value: planes are averaged, rows stay. */
export const poolFor = (shape: readonly unknown[] | null): Tap['pool'] =>
  shape !== null && shape.length > 2 ? 'average' : 'none';

/** A manifest's taps with one more, or one changed; a tap of the same name is replaced. */
export const withTap = (taps: readonly Tap[], tap: Tap): Tap[] => [
  ...taps.filter(({ name }) => name !== tap.name),
  tap,
];
