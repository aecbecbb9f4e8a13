import type { Data, Layout } from 'plotly.js-basic-dist-min';
import type { EvaluationDetailShown, EvaluationShown } from '../../core/contract/procedures/evaluations.ts';
import { lineOf } from '../charts/lines.ts';
import { CATEGORICAL, NEUTRAL } from '../theme/palettes.ts';
import { impostorsOf, rateWords, rowName } from './figures.ts';

export interface Drawn {
  evaluation: EvaluationShown;
  detail: EvaluationDetailShown;
  /** Name in the legend. */
  name: string;
}

/** Names for a legend: with the set where several sets are drawn. */
export function legendNames(evaluations: readonly EvaluationShown[]): string[] {
  const several = new Set(evaluations.map(({ pairsHash }) => pairsHash)).size > 1;
  return evaluations.map((one) => (several ? `${rowName(one)} · ${one.set}` : rowName(one)));
}

type Chart = { data: Data[]; layout: Partial<Layout> };

/**
 * ROC curves over a logarithmic false-accept rate. A curve is a step: between two rates that the pairs have, the true-accept
 * rate of the lower one holds. Left of the grey border a rate is less than one pair.
 */
export function rocChart(drawn: readonly Drawn[]): Chart {
  const fewest = Math.min(...drawn.map(({ evaluation }) => impostorsOf(evaluation)));
  const most = Math.max(...drawn.map(({ evaluation }) => impostorsOf(evaluation)));
  const targets = drawn.flatMap(({ evaluation }) => evaluation.tarAtFar.map(({ target }) => target));
  const left = Math.min(...targets, 1 / most) / 1.5;
  const data = drawn.map(({ detail, name }, i): Data => {
    const points = detail.roc.far.map((far, at) => ({ far, tar: detail.roc.tar[at] }));
    const clean = Math.max(...points.filter(({ far }) => far === 0).map(({ tar }) => tar));
    const shown = [{ far: left, tar: clean }, ...points.filter(({ far }) => far > 0)];
    return {
      type: 'scatter',
      mode: 'lines',
      name,
      x: shown.map(({ far }) => far),
      y: shown.map(({ tar }) => 100 * tar),
      line: { ...lineOf(i), width: 2, shape: 'hv' },
      hovertemplate: `${name}<br>TAR %{y:.2f} at FAR %{x:.2e}<extra></extra>`,
    };
  });
  const chance = Array.from({ length: 60 }, (_, i) => left ** (1 - i / 59));
  data.push({
    ...{ type: 'scatter', mode: 'lines', name: 'chance', x: chance, y: chance.map((x) => 100 * x) },
    ...{ line: { color: NEUTRAL, width: 1, dash: 'dot' }, hoverinfo: 'skip' },
  } as Data);
  const decades = Array.from({ length: Math.floor(-Math.log10(left)) + 1 }, (_, i) => 10 ** -i);
  return {
    data,
    layout: {
      xaxis: {
        title: { text: 'false-accept rate (FAR)' },
        type: 'log',
        range: [Math.log10(left), 0],
        tickvals: decades,
        ticktext: decades.map((rate) => (rate === 1 ? '1' : rateWords(rate))),
      },
      yaxis: { title: { text: 'true-accept rate × 100' }, range: [0, 101] },
      shapes:
        1 / fewest > left
          ? [
              {
                ...{ type: 'rect', x0: left, x1: 1 / fewest, yref: 'paper', y0: 0, y1: 1, layer: 'below' },
                ...{ fillcolor: NEUTRAL, opacity: 0.16, line: { width: 0 } },
              },
            ]
          : [],
      legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.03, yanchor: 'bottom' },
      margin: { l: 52, r: 14, t: 26, b: 40 },
    },
  };
}

/** Of pairs of one person, and of two. */
export const KIND_COLOURS = { same: CATEGORICAL[0], different: CATEGORICAL[5] } as const;

/** Bins that are put together: the kept ones are finer than the eye needs. */
const TOGETHER = 4;

/** How alike pairs of one person and of two are; dotted: the threshold, as the mean over folds. */
export function similarityChart({ evaluation, detail }: Drawn): Chart {
  const { same, different } = detail.similarities;
  const width = (2 / same.length) * TOGETHER;
  const coarse = (counts: readonly number[]): number[] =>
    Array.from({ length: Math.ceil(counts.length / TOGETHER) }, (_, i) =>
      counts.slice(i * TOGETHER, (i + 1) * TOGETHER).reduce((sum, count) => sum + count, 0),
    );
  const kinds = [
    { title: 'one person', counts: coarse(same), color: KIND_COLOURS.same },
    { title: 'two people', counts: coarse(different), color: KIND_COLOURS.different },
  ];
  const used = kinds.flatMap(({ counts }) => counts.flatMap((count, i) => (count > 0 ? [i] : [])));
  const [low, high] = [Math.min(...used), Math.max(...used)];
  const threshold = thresholdOf(evaluation);
  return {
    data: kinds.map(({ title, counts, color }): Data => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      return {
        ...{ type: 'bar', name: title, width, marker: { color, line: { width: 0 } }, opacity: 0.62 },
        x: counts.map((_, bin) => -1 + (bin + 0.5) * width),
        y: counts.map((count) => (100 * count) / total),
        customdata: counts,
        hovertemplate: `${title}, %{x:.2f}: %{customdata} pairs, %{y:.2f} %<extra></extra>`,
      };
    }),
    layout: {
      barmode: 'overlay',
      bargap: 0,
      shapes: [
        {
          ...{ type: 'line', x0: threshold, x1: threshold, yref: 'paper', y0: 0, y1: 1 },
          line: { color: NEUTRAL, width: 1.5, dash: 'dot' },
        },
      ],
      xaxis: {
        title: { text: 'cosine of the two embeddings' },
        range: [Math.max(-1, -1 + (low - 1) * width), Math.min(1, -1 + (high + 2) * width)],
      },
      yaxis: { title: { text: '% of their pairs' } },
      legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.03, yanchor: 'bottom' },
      margin: { l: 52, r: 14, t: 26, b: 40 },
    },
  };
}

/** The folds' thresholds are squared distances d; as a cosine each is 1 − d/2. Their mean. */
export const thresholdOf = ({ foldThresholds }: EvaluationShown): number =>
  1 - foldThresholds.reduce((sum, value) => sum + value, 0) / foldThresholds.length / 2;

/** Accuracy of every fold: a network that is better should be so in most of them. */
export function foldChart(drawn: readonly Pick<Drawn, 'evaluation' | 'name'>[]): Chart {
  const most = Math.max(...drawn.map(({ evaluation }) => evaluation.folds));
  return {
    data: drawn.map(({ evaluation, name }, i): Data => {
      const { color, dash } = lineOf(i);
      return {
        ...{ type: 'scatter', mode: 'lines+markers', name },
        x: evaluation.foldAccuracies.map((_, fold) => fold + 1),
        y: evaluation.foldAccuracies.map((value) => 100 * value),
        line: { color, dash, width: 1.25 },
        marker: { color, size: 7 },
        hovertemplate: `${name}<br>fold %{x}: %{y:.2f}<extra></extra>`,
      };
    }),
    layout: {
      xaxis: { title: { text: 'fold' }, range: [0.5, most + 0.5], dtick: most <= 12 ? 1 : undefined },
      yaxis: { title: { text: 'accuracy × 100' } },
      showlegend: drawn.length > 1,
      legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.03, yanchor: 'bottom' },
      margin: { l: 52, r: 14, t: 26, b: 40 },
    },
  };
}
