/** One measured figure: a row of the table in docs/results.md. */
export interface Figure {
  what: string;
  /** Over how many faces, pairs or pictures. */
  n: number;
  figure: string;
  /** What it has to be, where the goal is stated. */
  goal?: string;
  met?: boolean;
  note?: string;
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A Markdown table. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function figureTable(figures: readonly Figure[]): string {
  return tableOf(
    ['what', 'n', 'figure', 'goal', 'note'],
    figures.map(({ what, n, figure, goal, met, note }) => [
      what,
      n.toLocaleString('en-US'),
      figure,
      goal === undefined ? '' : `${goal}: ${met ? 'met' : '**missed**'}`,
      note ?? '',
    ]),
  );
}
