import type { Data, Layout, Shape } from 'plotly.js-basic-dist-min';
import { CATEGORICAL } from '../../theme/palettes.ts';

/** Cosines between all pairs of a clustering's centroids, in bins of equal width over [−1, 1]. */
export interface CentroidHistogram {
  name: string;
  counts: ArrayLike<number>;
  pairs: number;
  mean: number;
}

/** Of the first and the second clustering. */
export const CENTROID_COLOURS = [CATEGORICAL[0], CATEGORICAL[1]];

/**
 * Histograms of one or two clusterings over each other (thesis Fig 5.8): shares of pairs, so that clusterings of
 * different k can be compared; dotted lines are the means.
 */
export function centroidChart(histograms: readonly CentroidHistogram[]): {
  data: Data[];
  layout: Partial<Layout>;
} {
  const data = histograms.map(({ name, counts, pairs }, i): Data => {
    const bins = counts.length;
    const width = 2 / bins;
    return {
      type: 'bar',
      name,
      x: Array.from(counts, (_, bin) => -1 + (bin + 0.5) * width),
      y: Array.from(counts, (count) => (pairs === 0 ? 0 : (100 * count) / pairs)),
      customdata: Array.from(counts),
      width,
      hovertemplate: '%{x:.2f}: %{customdata} pairs, %{y:.2f} %<extra></extra>',
      marker: { color: CENTROID_COLOURS[i], line: { width: 0 } },
      opacity: 0.62,
    };
  });
  const shapes = histograms.map(
    ({ mean }, i): Partial<Shape> => ({
      type: 'line',
      x0: mean,
      x1: mean,
      yref: 'paper',
      y0: 0,
      y1: 1,
      line: { color: CENTROID_COLOURS[i], width: 1.5, dash: 'dot' },
    }),
  );
  return {
    data,
    layout: {
      barmode: 'overlay',
      bargap: 0,
      shapes,
      showlegend: false,
      xaxis: { title: { text: 'cosine between two centroids' }, range: rangeOf(histograms) },
      yaxis: { title: { text: '% of pairs' } },
      margin: { l: 52, r: 14, t: 10, b: 40 },
    },
  };
}

/** From the first to the last bin that has a pair in any histogram, with some air; all of [−1, 1] where none has. */
export function rangeOf(histograms: readonly CentroidHistogram[]): [number, number] {
  let low = 1;
  let high = -1;
  for (const { counts } of histograms) {
    for (let bin = 0; bin < counts.length; bin++) {
      if (counts[bin] === 0) continue;
      low = Math.min(low, -1 + (2 * bin) / counts.length);
      high = Math.max(high, -1 + (2 * (bin + 1)) / counts.length);
    }
  }
  if (low > high) return [-1, 1];
  return [Math.max(-1, low - 0.05), Math.min(1, high + 0.05)];
}
