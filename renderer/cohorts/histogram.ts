import type { Data, Layout } from 'plotly.js-basic-dist-min';
import { cohortCode, cohortWords } from '../../core/contract/attributes.ts';
import type { FaceColumns } from '../faces/columns.ts';
import { CATEGORICAL } from '../theme/palettes.ts';

/** Faces per cohort of each source, in the order of `sources`, among the rows of a mask. */
export function countsPerSource(
  columns: FaceColumns,
  mask: Uint8Array,
  sources: readonly { id: number }[],
): Int32Array[] {
  const perSource = sources.map(() => new Int32Array(270));
  const place = new Map(sources.map(({ id }, i) => [id, perSource[i]]));
  for (let row = 0; row < mask.length; row++) {
    const cohort = columns.cohorts[row];
    if (!mask[row] || cohort < 0) continue;
    const counts = place.get(columns.sources[row]);
    if (counts) counts[cohort]++;
  }
  return perSource;
}

/**
 * Images per cohort, largest first, a colour per source (thesis Fig 5.5). Linear: bars, one source on the other. On a
 * logarithmic axis stacked bars would lie, so that there every source has its own points.
 */
export function histogramOf(
  perSource: readonly Int32Array[],
  names: readonly string[],
  log: boolean,
): { data: Data[]; layout: Partial<Layout>; cohorts: number[] } {
  const total = new Int32Array(270);
  for (const counts of perSource) for (let c = 0; c < total.length; c++) total[c] += counts[c];
  const cohorts = [...total.keys()]
    .filter((cohort) => total[cohort] > 0)
    .sort((a, b) => total[b] - total[a] || a - b);
  const x = cohorts.map(cohortCode);
  const data = perSource.map((counts, i): Data => {
    const colour = CATEGORICAL[i % CATEGORICAL.length];
    const shared = {
      name: names[i],
      x,
      text: cohorts.map(
        (cohort) => `${cohortWords(cohort)}<br>${total[cohort].toLocaleString('en-US')} in all sources`,
      ),
      hovertemplate: '%{x} · %{text}<br>%{y:,} of %{fullData.name}<extra></extra>',
    };
    if (!log)
      return {
        ...shared,
        type: 'bar',
        y: cohorts.map((cohort) => counts[cohort]),
        textposition: 'none',
        marker: { color: colour },
      };
    return {
      ...shared,
      type: 'scatter',
      mode: 'markers',
      y: cohorts.map((cohort) => (counts[cohort] > 0 ? counts[cohort] : null)),
      marker: { color: colour, size: 5 },
    };
  });
  return {
    data,
    cohorts,
    layout: {
      barmode: 'stack',
      bargap: 0.15,
      xaxis: {
        title: { text: 'cohort (age, gender, race, pitch, yaw), largest first' },
        type: 'category',
        tickangle: -90,
      },
      yaxis: {
        title: { text: log ? 'images, logarithmic' : 'images' },
        type: log ? 'log' : 'linear',
        ...(log && { dtick: 1 }),
      },
      showlegend: perSource.length > 1,
    },
  };
}
