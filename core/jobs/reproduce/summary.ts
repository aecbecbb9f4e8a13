import { SCORED, type Scored } from '../../clusters/metrics/scoreboard.ts';
import type { Judged, JudgedClusters } from './judge.ts';
import { type Assigned, ORDERINGS, type Ordering } from './plan.ts';

/** One network of one seed, judged. */
export interface Trained {
  row: string;
  seed: number;
  run: string;
  hash: string;
  /** Of its last epoch. */
  loss: number;
  accuracy: number;
  imagesPerSecond: number;
  device: string;
  judged: Judged;
}

/** Mean over seeds and standard deviation of the sample; null where the figure does not exist. */
export interface Spread {
  mean: number;
  /** Null for a single seed. */
  deviation: number | null;
}

const FIGURES = ['strict', 'tolerant', ...SCORED.map((name) => `ami ${name}` as const)] as const;
type Figure = (typeof FIGURES)[number];

/** A row of the table: one network's clusters on one source, over seeds. */
export interface TableRow {
  row: string;
  k: number;
  assigned: Assigned;
  source: string;
  seeds: number;
  figures: Record<Figure, Spread | null>;
  /** Means of what chance gives at this k. */
  chance: { strict: number | null; tolerant: number | null };
}

export interface VerificationRow {
  row: string;
  seeds: number;
  accuracy: Spread;
  auc: Spread;
  tarAtFar: { far: number; tar: Spread }[];
}

/** One of the thesis's orderings, seed by seed. */
export interface OrderingResult extends Ordering {
  /** Source, for figures of clusters. */
  source: string | null;
  /** Better minus worse, as fractions, one per seed that has both. */
  differences: number[];
  mean: number;
  deviation: number | null;
  verdict: 'holds' | 'does not hold' | 'not clear';
}

export function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

function figureOf(clusters: JudgedClusters, source: string, figure: Figure): number | null {
  const { purity, ami } = clusters.scores[source];
  if (figure === 'strict' || figure === 'tolerant') return purity[figure];
  return ami[figure.slice('ami '.length) as Scored];
}

const present = (values: readonly (number | null | undefined)[]): number[] =>
  values.filter((value): value is number => value !== null && value !== undefined);

/** The table of clusters: every way that a row was clustered, on every source. */
export function tableOf(trained: readonly Trained[]): TableRow[] {
  const rows = [...new Set(trained.map(({ row }) => row))];
  return rows.flatMap((row) => {
    const own = trained.filter((each) => each.row === row);
    const all = own.flatMap(({ judged }) => judged.clusters);
    const same = (a: JudgedClusters, b: JudgedClusters): boolean => a.k === b.k && a.assigned === b.assigned;
    const ways = all.filter((each, i) => all.findIndex((other) => same(each, other)) === i);
    return ways.flatMap((way) =>
      Object.keys(way.scores).map((source): TableRow => {
        const { k, assigned } = way;
        const found = all.filter((each) => same(each, way));
        const figures = Object.fromEntries(
          FIGURES.map((figure) => [
            figure,
            spread(present(found.map((each) => figureOf(each, source, figure)))),
          ]),
        ) as TableRow['figures'];
        const chance = (name: 'strict' | 'tolerant'): number | null =>
          spread(present(found.map((each) => each.scores[source].chance?.purity[name])))?.mean ?? null;
        return {
          ...{ row, k, assigned, source, seeds: found.length, figures },
          chance: { strict: chance('strict'), tolerant: chance('tolerant') },
        };
      }),
    );
  });
}

export function verificationOf(trained: readonly Trained[]): VerificationRow[] {
  const rows = [...new Set(trained.map(({ row }) => row))];
  return rows.flatMap((row) => {
    const own = trained.flatMap((each) =>
      each.row === row && each.judged.verification !== null ? [each.judged.verification] : [],
    );
    if (own.length === 0) return [];
    const over = (of: (each: (typeof own)[number]) => number): Spread => spread(own.map(of)) as Spread;
    return [
      {
        ...{
          row,
          seeds: own.length,
          accuracy: over(({ accuracy }) => accuracy),
          auc: over(({ auc }) => auc),
        },
        tarAtFar: own[0].tarAtFar.map(({ far }, i) => ({ far, tar: over((each) => each.tarAtFar[i].tar) })),
      },
    ];
  });
}

function rowFigure(
  trained: readonly Trained[],
  seed: number,
  { row, k, assigned }: Ordering['better'],
  figure: Ordering['figure'],
  source: string,
): number | null {
  const one = trained.find((each) => each.row === row && each.seed === seed);
  if (one === undefined) return null;
  if (figure === 'verification') return one.judged.verification?.accuracy ?? null;
  const clusters = one.judged.clusters.find((each) => each.k === k && each.assigned === assigned);
  if (clusters === undefined) return null;
  return figureOf(clusters, source, figure === 'ami' ? 'ami cohort' : 'strict');
}

/**
 * Which of the thesis's orderings hold: seeds are compared in pairs, as equal seeds share first weights' seed and data. One
 * holds where the mean difference is positive and exceeds twice its standard error, does not where it is as clearly
 * negative, and is not clear in between or with fewer than two seeds.
 */
export function orderingsOf(trained: readonly Trained[], sources: readonly string[]): OrderingResult[] {
  const seeds = [...new Set(trained.map(({ seed }) => seed))];
  return ORDERINGS.flatMap((ordering) =>
    (ordering.figure === 'verification' ? [''] : sources).flatMap((source): OrderingResult[] => {
      const differences = present(
        seeds.map((seed) => {
          const better = rowFigure(trained, seed, ordering.better, ordering.figure, source);
          const worse = rowFigure(trained, seed, ordering.worse, ordering.figure, source);
          return better === null || worse === null ? null : better - worse;
        }),
      );
      const found = spread(differences);
      if (found === null) return [];
      return [
        {
          ...ordering,
          ...{ source: source === '' ? null : source, differences, ...found },
          verdict: verdictOf(found, differences.length),
        },
      ];
    }),
  );
}

function verdictOf({ mean, deviation }: Spread, seeds: number): OrderingResult['verdict'] {
  if (deviation === null) return 'not clear';
  const error = (2 * deviation) / Math.sqrt(seeds);
  if (mean > error) return 'holds';
  return mean < -error ? 'does not hold' : 'not clear';
}
