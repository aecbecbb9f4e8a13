import type { Data, Layout } from 'plotly.js-basic-dist-min';
import { lineOf } from '../../charts/lines.ts';
import { type BoardRow, FIGURES } from './scoreboard.ts';

/** Points of one feature set over k, with what chance gives there. */
interface Series {
  features: string;
  points: { k: number; value: number; chance: number | null; name: string; n: number }[];
}

export function seriesOf(rows: readonly BoardRow[], column: number): Series[] {
  const series = new Map<string, Series>();
  for (const { clustering, features, cells } of rows) {
    const { value, chance, n } = cells[column];
    if (value === null) continue;
    const own = series.get(features) ?? { features, points: [] };
    own.points.push({ k: clustering.k, value, chance, name: clustering.name, n });
    series.set(features, own);
  }
  return [...series.values()]
    .map((own) => ({ ...own, points: own.points.sort((a, b) => a.k - b.k) }))
    .sort((a, b) => a.features.localeCompare(b.features, 'en', { numeric: true }));
}

/** Names without the part up to a colon that all of them share: one model's feature sets need not name it each time. */
export function shortNames(names: readonly string[]): Map<string, string> {
  const at = (names[0] ?? '').lastIndexOf(':') + 1;
  const prefix = (names[0] ?? '').slice(0, at);
  const shared = names.length > 1 && at > 0 && names.every((name) => name.startsWith(prefix));
  return new Map(names.map((name) => [name, shared ? name.slice(at) : name]));
}

/** One figure over the number of clusters: a line per feature set, and its chance level dashed. */
export function overK(rows: readonly BoardRow[], column: number): { data: Data[]; layout: Partial<Layout> } {
  const { group, words } = FIGURES[column];
  const series = seriesOf(rows, column);
  const names = shortNames(series.map(({ features }) => features));
  const data = series.flatMap(({ features, points }, i): Data[] => {
    const color = lineOf(i).color;
    const x = points.map(({ k }) => k);
    const shared = { type: 'scatter' as const, x, legendgroup: features };
    return [
      {
        ...shared,
        name: names.get(features),
        mode: 'lines+markers',
        y: points.map(({ value }) => 100 * value),
        text: points.map(({ name, n }) => `${name}<br>${n.toLocaleString('en-US')} faces`),
        hovertemplate: `%{text}<br>k = %{x}: %{y:.2f}<extra></extra>`,
        line: { color, width: 2 },
        marker: { color, size: 7 },
      },
      {
        ...shared,
        name: `${features} by chance`,
        mode: 'lines+markers',
        showlegend: false,
        y: points.map(({ chance }) => (chance === null ? null : 100 * chance)),
        hovertemplate: `by chance, k = %{x}: %{y:.2f}<extra></extra>`,
        line: { color, width: 1.25, dash: 'dot' },
        marker: { color, size: 4, symbol: 'circle-open' },
      },
    ];
  });
  const ks = [...new Set(rows.map(({ clustering }) => clustering.k))].sort((a, b) => a - b);
  return {
    data,
    layout: {
      xaxis: {
        title: { text: 'k, number of clusters' },
        type: 'log',
        tickmode: 'array',
        tickvals: ks,
        ticktext: ks.map(String),
      },
      yaxis: { title: { text: `${group} ${words} × 100` }, rangemode: 'tozero' },
      legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.03, yanchor: 'bottom' },
      margin: { l: 52, r: 14, t: 26, b: 40 },
    },
  };
}
