import { isoLocalTime } from '../../core/contract/csv.ts';
import type { EvaluationShown } from '../../core/contract/procedures/evaluations.ts';
import { csvLine } from '../charts/csv.ts';
import type { Drawn } from './charts.ts';
import { type Figure, impostorsOf } from './figures.ts';

/** The table: a line per evaluation, figures as fractions. */
export function tableCsv(evaluations: readonly EvaluationShown[], figures: readonly Figure[]): string {
  const head = [
    ...['network', 'tap', 'pairs', 'number of pairs', 'of one person', 'of two', 'folds', 'mirrored'],
    ...figures.flatMap(({ id, words }) => (id === 'accuracy' ? [words, 'deviation'] : [words])),
    ...['false accepts', 'false rejects', 'device', 'time'],
  ];
  const lines = evaluations.map((one) => [
    ...[
      one.model,
      one.tap,
      one.set,
      one.pairs,
      one.same,
      impostorsOf(one),
      one.folds,
      one.flip ? 'yes' : 'no',
    ],
    ...figures.flatMap(({ id, value }) => (id === 'accuracy' ? [value(one), one.deviation] : [value(one)])),
    ...[one.falseAccepts, one.falseRejects, one.device, isoLocalTime(one.time)],
  ]);
  return [head, ...lines].map(csvLine).join('');
}

/** The curves as they are drawn: a line per point. */
export const curvesCsv = (drawn: readonly Drawn[]): string =>
  [
    ['network', 'pairs', 'far', 'tar'],
    ...drawn.flatMap(({ evaluation: { model, set }, detail: { roc } }) =>
      roc.far.map((far, i) => [model, set, far, roc.tar[i]]),
    ),
  ]
    .map(csvLine)
    .join('');
