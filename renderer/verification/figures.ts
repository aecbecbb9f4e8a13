import type { EvaluationShown } from '../../core/contract/procedures/evaluations.ts';

/** A column of the table. */
export interface Figure {
  id: string;
  words: string;
  /** What it says, for the column's title. */
  meaning: string;
  better: 'more' | 'less';
  value(evaluation: EvaluationShown): number | null;
  /** False where the pairs are too few to say it: shown in brackets and never the best. */
  sure(evaluation: EvaluationShown): boolean;
}

/** 0.001 as '1e-3': how the field writes false-accept rates. */
export const rateWords = (rate: number): string =>
  rate.toExponential().replace('.0e', 'e').replace('e-0', 'e-');

const pointAt = ({ tarAtFar }: EvaluationShown, target: number) =>
  tarAtFar.find((point) => point.target === target);

const sure = (): boolean => true;

/** Columns of all evaluations: TAR at every rate that any of them was asked for. */
export function figuresOf(evaluations: readonly EvaluationShown[]): Figure[] {
  const targets = new Set(evaluations.flatMap(({ tarAtFar }) => tarAtFar.map(({ target }) => target)));
  return [
    {
      ...{ id: 'accuracy', words: 'accuracy', better: 'more', value: ({ accuracy }) => accuracy, sure },
      meaning:
        'Share of pairs judged rightly: each fold at the threshold that is best on the others; mean ± deviation over folds',
    },
    {
      ...{ id: 'auc', words: 'AUC', better: 'more', value: ({ auc }) => auc, sure },
      meaning:
        'Area under the ROC curve: how often a pair of one person is more alike than a pair of two; 50 is chance',
    },
    {
      ...{ id: 'eer', words: 'EER', better: 'less', value: ({ eer }) => eer, sure },
      meaning:
        'Equal error rate: where as large a share of pairs is wrongly accepted as wrongly rejected; less is better',
    },
    ...[...targets]
      .sort((a, b) => a - b)
      .map(
        (target): Figure => ({
          id: `tar-${target}`,
          words: `TAR ${rateWords(target)}`,
          meaning: `Share of pairs of one person that are accepted where at most ${rateWords(target)} of the pairs of two are`,
          better: 'more',
          value: (evaluation) => pointAt(evaluation, target)?.tar ?? null,
          sure: (evaluation) => (pointAt(evaluation, target)?.allowed ?? 0) >= 1,
        }),
      ),
  ];
}

/** How many pairs of two people there are. */
export const impostorsOf = ({ pairs, same }: EvaluationShown): number => pairs - same;

/** Evaluations on the same pairs in the same folds, best accuracy first; the set that was last used comes first. */
export interface PairGroup {
  /** Pairs and folds: what makes figures comparable. */
  key: string;
  /** As the latest evaluation calls it. */
  set: string;
  layout: string;
  pairs: number;
  same: number;
  folds: number;
  rows: EvaluationShown[];
}

/** @param evaluations the oldest first */
export function groupsOf(evaluations: readonly EvaluationShown[]): PairGroup[] {
  const protocol = ({ pairsHash, folds }: EvaluationShown): string => `${pairsHash} ${folds}`;
  const groups = [...Map.groupBy(evaluations, protocol)].map(([key, rows]): PairGroup => {
    const { set, layout, pairs, same, folds } = rows[rows.length - 1];
    const sorted = [...rows].sort((a, b) => b.accuracy - a.accuracy || b.id - a.id);
    return { key, set, layout, pairs, same, folds, rows: sorted };
  });
  const latest = ({ rows }: PairGroup): number => Math.max(...rows.map(({ id }) => id));
  return groups.sort((a, b) => latest(b) - latest(a));
}

/** Per figure the evaluations of one group that are best; none where fewer than two can be compared. */
export function bestOf(
  rows: readonly EvaluationShown[],
  figures: readonly Figure[],
): Map<string, Set<number>> {
  return new Map(
    figures.map(({ id, value, better, sure: holds }) => {
      const known = rows.flatMap((row) => {
        const found = value(row);
        return found === null || !holds(row) ? [] : [{ id: row.id, found }];
      });
      if (known.length < 2) return [id, new Set()];
      const all = known.map(({ found }) => found);
      const best = better === 'more' ? Math.max(...all) : Math.min(...all);
      return [id, new Set(known.flatMap((one) => (one.found === best ? [one.id] : [])))];
    }),
  );
}

/** × 100 with two digits. */
export const hundred = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(2));

/** The network as a row is named: what differs from the usual stands behind. */
export function rowName({ model, tap, flip, inProject }: EvaluationShown): string {
  const others = [
    ...(tap === 'embedding' || tap === model ? [] : [tap]),
    ...(flip ? [] : ['not mirrored']),
    ...(inProject ? [] : ['a file']),
  ];
  return others.length === 0 ? model : `${model} (${others.join(', ')})`;
}

/** What a false-accept rate rests on, in words: '1e-3 is 3 pairs of 3,000'. */
export function restsOn(evaluation: EvaluationShown): string {
  const impostors = impostorsOf(evaluation);
  const count = (n: number): string => n.toLocaleString('en-US');
  const targets = evaluation.tarAtFar.map(({ target, allowed }) => ({
    target,
    allowed: Math.floor(allowed + 1e-9),
  }));
  const said = targets
    .filter(({ allowed }) => allowed >= 1)
    .map(({ target, allowed }) => `${rateWords(target)} is ${count(allowed)}`);
  const unsaid = targets.filter(({ allowed }) => allowed < 1).map(({ target }) => rateWords(target));
  return [
    `A false-accept rate is counted on ${count(impostors)} pairs of two people${said.length > 0 ? `: ${said.join(', ')}` : ''}.`,
    ...(unsaid.length > 0
      ? [
          `For ${unsaid.join(' and ')} they are too few: less than one pair, so that figure stands in brackets.`,
        ]
      : []),
  ].join(' ');
}
