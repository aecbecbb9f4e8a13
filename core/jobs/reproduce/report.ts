import { SCORED } from '../../clusters/metrics/scoreboard.ts';
import type { ReproduceResult } from '../reproduce.ts';
import type { OrderingResult, Spread, TableRow } from './summary.ts';

const per = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1));
const shown = (spread: Spread | null): string => {
  if (spread === null) return '–';
  const { mean, deviation } = spread;
  return deviation === null ? per(mean) : `${per(mean)} ± ${per(deviation)}`;
};
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  line(head),
  line(head.map(() => '---')),
  ...rows.map(line),
];

const nameOf = (row: string, k: number): string =>
  row.includes(':') || k === 0 ? row : `${row}:${row.startsWith('AS') ? 'P' : 'C'}=${k}`;
const ways = { kmeans: 'k-means', classifier: 'classifier' } as const;

function clusterLine({ row, k, assigned, figures, chance }: TableRow): string[] {
  return [
    nameOf(row, k),
    `${ways[assigned]}, ${k}`,
    `${shown(figures.strict)} (${per(chance.strict)})`,
    `${shown(figures.tolerant)} (${per(chance.tolerant)})`,
    ...SCORED.map((name) => shown(figures[`ami ${name}`])),
  ];
}

const HEAD = [
  'method',
  'clusters',
  'purity, strict',
  'purity, tolerant',
  ...SCORED.map((name) => `AMI ${name}`),
];

function orderingLine({
  claim,
  better,
  worse,
  figure,
  source,
  mean,
  deviation,
  differences,
  verdict,
}: OrderingResult): string[] {
  const one = ({ row, k, assigned }: OrderingResult['better']): string =>
    figure === 'verification' ? row : `${nameOf(row, k)} (${ways[assigned]})`;
  return [
    claim,
    `${one(better)} − ${one(worse)}`,
    figure === 'ami' ? 'AMI cohort' : figure === 'purity' ? 'purity, strict' : 'accuracy',
    source ?? '',
    `${mean < 0 ? '−' : '+'}${per(Math.abs(mean))}${deviation === null ? '' : ` ± ${per(deviation)}`}`,
    `${differences.filter((difference) => difference > 0).length} of ${differences.length}`,
    verdict,
  ];
}

/** What could not be clustered, and why. */
function problemLines({ networks }: ReproduceResult): string[] {
  const said = networks.flatMap(({ run, projects }) =>
    Object.values(projects).flatMap(({ problems }) => problems.map((problem) => `- ${run}: ${problem}`)),
  );
  return said.length === 0 ? [] : ['Left out of the means:', '', ...said, ''];
}

/** One table per source. */
function clusterTables(rows: readonly TableRow[]): string[] {
  const sources = [...new Set(rows.map(({ source }) => source))];
  return sources.flatMap((source) => [
    `Clusters of '${source}' (in brackets: what the same clusters give over shuffled labels):`,
    '',
    ...table(HEAD, rows.filter((row) => row.source === source).map(clusterLine)),
    '',
  ]);
}

/** The tables as Markdown: figures × 100, mean ± standard deviation over seeds. */
export function reportOf(result: ReproduceResult): string {
  return [
    ...clusterTables(result.table),
    ...problemLines(result),
    ...Object.entries(result.others).flatMap(([path, rows]) => [`In ${path}:`, '', ...clusterTables(rows)]),
    ...(result.verification.length === 0
      ? []
      : [
          'Verification, on people that were not trained on:',
          '',
          ...table(
            [
              'method',
              'accuracy',
              'AUC',
              ...result.verification[0].tarAtFar.map(({ far }) => `TAR at FAR ${far}`),
            ],
            result.verification.map(({ row, accuracy, auc, tarAtFar }) => [
              row,
              shown(accuracy),
              shown(auc),
              ...tarAtFar.map(({ tar }) => shown(tar)),
            ]),
          ),
          '',
        ]),
    ...(result.orderings.length === 0
      ? []
      : [
          'Orderings of the thesis (differences between networks of the same seed):',
          '',
          ...table(
            ['claim', 'difference', 'figure', 'set', 'mean', 'seeds with it', 'verdict'],
            result.orderings.map(orderingLine),
          ),
          '',
        ]),
  ].join('\n');
}
