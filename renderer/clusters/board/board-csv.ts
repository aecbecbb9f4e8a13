import { csvLine } from '../../charts/csv.ts';
import { type BoardRow, FIGURES } from './scoreboard.ts';

/** The board as csv: a line per clustering, each figure (as a fraction) followed by its chance level and faces. */
export function boardCsv(rows: readonly BoardRow[]): string {
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
  ];
  const lines = rows.map(({ clustering, features, score, cells }) => [
    clustering.name,
    features,
    clustering.k,
    score === null ? null : (score.result.source ?? 'all'),
    score?.result.faces ?? null,
    score?.result.mean ?? null,
    score?.result.permutations ?? null,
    ...cells.flatMap(({ value, chance, n }) => [value, chance, score === null ? null : n]),
  ]);
  return [head, ...lines].map(csvLine).join('');
}
