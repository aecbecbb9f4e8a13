import type { Data, Layout } from 'plotly.js-basic-dist-min';
import type { WholeCurve } from '../../core/contract/procedures/training.ts';
import { smoothed } from './smoothing.ts';

/** What runs over the charts from left to right. */
export const AXES = [
  { id: 'epochs', title: 'epochs' },
  { id: 'steps', title: 'steps' },
  { id: 'time', title: 'training time' },
] as const;
export type Axis = (typeof AXES)[number]['id'];

/** A run as it is drawn. */
export interface Drawn {
  name: string;
  color: string;
  dash: 'solid' | 'dash' | 'dot' | 'dashdot';
  curve: WholeCurve;
  /** λ of the clusters' loss, 0 without clusters. */
  clusterWeight: number;
}

export interface ChartSettings {
  axis: Axis;
  /** 0 … 1 */
  smoothing: number;
  /** Losses and rate on a logarithmic axis. */
  log: boolean;
}

export interface CurveChart {
  id: string;
  title: string;
  /** Under the title. */
  note: string;
  data: Data[];
  layout: Partial<Layout>;
  /** What a saved picture has beside: which run is which. */
  saved: Partial<Layout>;
}

interface ChartKind {
  id: string;
  title: string;
  note?: string;
  unit: string;
  /** Of one run; undefined where it has no such curve. */
  values(run: Drawn): ArrayLike<number> | undefined;
  /** Digits in the hover. */
  format: string;
  smooth?: false;
  log?: true;
  from0?: true;
  /** Few values, each a mark; between them there are rows without one. */
  points?: true;
}

const clustered = ({ clusterWeight }: Drawn): boolean => clusterWeight > 0;

const KINDS: readonly ChartKind[] = [
  {
    ...{ id: 'loss', title: 'Loss', unit: 'loss', format: '.4f', log: true },
    values: ({ curve }) => curve.loss,
  },
  {
    ...{ id: 'identities', title: 'Loss of identities', unit: 'loss', format: '.4f', log: true },
    note: "without the clusters' part",
    values: (run) =>
      clustered(run)
        ? run.curve.loss.map((loss, i) => loss - run.clusterWeight * run.curve.clustering[i])
        : undefined,
  },
  {
    ...{ id: 'clusters', title: 'Loss of clusters', unit: 'loss', format: '.4f', log: true },
    note: 'before its weight λ',
    values: (run) => (clustered(run) ? run.curve.clustering : undefined),
  },
  {
    ...{ id: 'accuracy', title: 'Accuracy', unit: '% of pictures', format: '.2f', from0: true },
    note: 'of training pictures, without margin',
    values: ({ curve }) => curve.accuracy.map((share) => 100 * share),
  },
  {
    ...{ id: 'validation', title: 'Validation', unit: '% of pairs', format: '.2f', smooth: false },
    note: 'people held out, after every epoch',
    points: true,
    values: ({ curve }) =>
      curve.validation.every(Number.isNaN) ? undefined : curve.validation.map((share) => 100 * share),
  },
  {
    ...{ id: 'rate', title: 'Learning rate', unit: 'rate', format: '.4~g', smooth: false, log: true },
    values: ({ curve }) => curve.rate,
  },
  {
    ...{
      id: 'temperature',
      title: 'Routing temperature',
      unit: 'temperature',
      format: '.4~g',
      smooth: false,
    },
    ...{ log: true, from0: true },
    values: ({ curve }) => (curve.temperature.every(Number.isNaN) ? undefined : curve.temperature),
  },
  {
    ...{ id: 'speed', title: 'Throughput', unit: 'images/s', format: '.1f', from0: true },
    values: ({ curve }) => curve.imagesPerSecond,
  },
];

/** Seconds per unit of a time axis, by the longest run. */
export function timeUnit(seconds: number): { title: string; seconds: number } {
  if (seconds < 180) return { title: 's', seconds: 1 };
  return seconds < 3 * 3600 ? { title: 'min', seconds: 60 } : { title: 'h', seconds: 3600 };
}

/** The charts of some runs over each other; those that no run has a curve for are left out. */
export function curveCharts(runs: readonly Drawn[], { axis, smoothing, log }: ChartSettings): CurveChart[] {
  const longest = Math.max(0, ...runs.map(({ curve }) => curve.seconds.at(-1) ?? 0));
  const unit = timeUnit(longest);
  const x = ({ curve }: Drawn): number[] => {
    if (axis === 'time') return Array.from(curve.seconds, (seconds) => seconds / unit.seconds);
    return Array.from(axis === 'steps' ? curve.steps : curve.epochs);
  };
  const xTitle = axis === 'time' ? `training time (${unit.title})` : axis;
  const several = runs.length > 1;
  return KINDS.flatMap((kind): CurveChart[] => {
    const data = runs.flatMap((run) => tracesOf(run, kind, x(run), kind.smooth === false ? 0 : smoothing));
    if (data.length === 0) return [];
    const logarithmic = log && kind.log === true;
    return [
      {
        ...{ id: kind.id, title: kind.title, note: kind.note ?? '', data },
        layout: {
          hovermode: 'x unified',
          // What a user zoomed into stays while steps come in; another axis is another picture.
          uirevision: `${axis} ${logarithmic}`,
          showlegend: false,
          xaxis: { title: { text: xTitle }, hoverformat: axis === 'steps' ? ',d' : '.2f' },
          yaxis: {
            title: { text: kind.unit },
            type: logarithmic ? 'log' : 'linear',
            ...(kind.from0 && { rangemode: 'tozero' as const }),
            ...(logarithmic && { dtick: 'D2', exponentformat: 'power' as const }),
          },
          margin: { l: 56, r: 14, t: 8, b: 40 },
        },
        saved: {
          showlegend: several,
          legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.02, yanchor: 'bottom' },
          margin: { l: 56, r: 14, t: several ? 40 : 8, b: 40 },
        },
      },
    ];
  });
}

/** The curve, smoothed; faint behind it what it was before. */
function tracesOf(run: Drawn, kind: ChartKind, x: number[], smoothing: number): Data[] {
  const values = kind.values(run);
  if (values === undefined) return [];
  const { name, color, dash } = run;
  const known = Array.from(values, (value, i) => ({ x: x[i], value })).filter(
    (row) => !kind.points || !Number.isNaN(row.value),
  );
  const raw = known.map(({ value }) => value);
  const shared = {
    type: 'scatter' as const,
    mode: 'lines' as const,
    x: known.map((row) => row.x),
    legendgroup: name,
  };
  const line = (y: number[], hover: string): Data => ({
    ...{ ...shared, name, y, customdata: raw },
    hovertemplate: hover,
    line: { color, dash, width: 1.8 },
  });
  // One step is a point: a line of it would not be seen.
  const mode = kind.points ? ('lines+markers' as const) : ('markers' as const);
  const marks = kind.points || known.length === 1 ? { mode, marker: { color, size: 7 } } : {};
  const digits = kind.format;
  if (smoothing === 0) return [{ ...line(raw, `%{y:${digits}}`), ...marks } as Data];
  return [
    {
      ...shared,
      y: raw,
      name,
      showlegend: false,
      hoverinfo: 'skip',
      line: { color, width: 1 },
      opacity: 0.28,
    },
    {
      ...line(Array.from(smoothed(raw, smoothing)), `%{y:${digits}} (step: %{customdata:${digits}})`),
      ...marks,
    } as Data,
  ];
}
