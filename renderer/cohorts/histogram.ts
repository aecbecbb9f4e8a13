import type { Data, Layout } from 'plotly.js-basic-dist-min';
import { cohortCode, cohortWords } from '../../core/contract/attributes.ts';
import type { FaceColumns } from '../faces/columns.ts';
import { CATEGORICAL } from '../theme/palettes.ts';

/** Images per cohort, a stacked bar per cohort with faces, largest first, a colour per source (thesis Fig 5.5). */
export function histogramOf(
  columns: FaceColumns,
  mask: Uint8Array,
  sources: readonly { id: number; name: string }[],
): { data: Data[]; layout: Partial<Layout> } {
  const perSource = new Map(sources.map(({ id }) => [id, new Int32Array(270)]));
  const total = new Int32Array(270);
  for (let row = 0; row < mask.length; row++) {
    const cohort = columns.cohorts[row];
    if (!mask[row] || cohort < 0) continue;
    total[cohort]++;
    const counts = perSource.get(columns.sources[row]);
    if (counts) counts[cohort]++;
  }
  const order = [...total.keys()]
    .filter((cohort) => total[cohort] > 0)
    .sort((a, b) => total[b] - total[a] || a - b);
  const data = sources.map(({ id, name }, i): Data => {
    const counts = perSource.get(id) as Int32Array;
    return {
      type: 'bar',
      name,
      x: order.map(cohortCode),
      y: order.map((cohort) => counts[cohort]),
      text: order.map(cohortWords),
      hovertemplate: '%{text}<br>%{y} faces<extra>%{fullData.name}</extra>',
      textposition: 'none',
      marker: { color: CATEGORICAL[i % CATEGORICAL.length] },
    };
  });
  return {
    data,
    layout: {
      barmode: 'stack',
      bargap: 0.15,
      xaxis: { title: { text: 'cohort (age, gender, race, pitch, yaw)' }, type: 'category', tickangle: -90 },
      yaxis: { title: { text: 'images' } },
      showlegend: sources.length > 1,
    },
  };
}
