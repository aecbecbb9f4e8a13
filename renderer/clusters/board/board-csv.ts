import type { EvaluationShown } from '../../../core/contract/procedures/evaluations.ts';
import { csvLine } from '../../charts/csv.ts';
import { type BoardRow, FIGURES } from './scoreboard.ts';

/**
 * The board as csv: a line per clustering, each figure (as a fraction) followed by its chance level and faces.
 * @param verified how well the network of a row verifies, where that is known
 */
export function boardCsv(
  rows: readonly BoardRow[],
  verified: (row: BoardRow) => EvaluationShown | undefined = () => undefined,
): string {
  const head = [
    'clustering',
    'features',
    'k',
    'source',
    'faces',
    'entropy mean',
    'permutations',
    ...FIGURES.flatMap(({ group, words }) => [
      `${group} ${words}`,
      `${group} ${words} by chance`,
      `${group} ${words} n`,
    ]),
    ...['verification accuracy', 'verification deviation', 'verification pairs'],
  ];
  const lines = rows.map((row) => [...clusteringLine(row), ...verificationOf(verified(row))]);
  return [head, ...lines].map(csvLine).join('');
}

const clusteringLine = ({ clustering, features, score, cells }: BoardRow): (string | number | null)[] => [
  clustering.name,
  features,
  clustering.k,
  score === null ? null : (score.result.source ?? 'all'),
  score?.result.faces ?? null,
  score?.result.mean ?? null,
  score?.result.permutations ?? null,
  ...cells.flatMap(({ value, chance, n }) => [value, chance, score === null ? null : n]),
];

const verificationOf = (one: EvaluationShown | undefined): (number | null)[] =>
  one === undefined ? [null, null, null] : [one.accuracy, one.deviation, one.pairs];
