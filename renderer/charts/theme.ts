import Plotly, { type Config, type Layout } from 'plotly.js-basic-dist-min';
import { CATEGORICAL } from '../theme/palettes.ts';

/** Plotly's layout in the window's own colours and type. */
export function themedLayout(
  layout: Partial<Layout>,
  height: number,
  style: CSSStyleDeclaration,
): Partial<Layout> {
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    gridcolor: token('--line'),
    zerolinecolor: token('--line-strong'),
    linecolor: token('--line-strong'),
    ticks: 'outside' as const,
    tickcolor: token('--line-strong'),
    ticklen: 4,
    automargin: true,
  };
  return {
    ...layout,
    height,
    margin: { l: 52, r: 12, t: 8, b: 40, ...layout.margin },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: style.fontFamily, size: 11, color: token('--ink') },
    colorway: [...CATEGORICAL],
    hoverlabel: {
      bgcolor: token('--raised'),
      bordercolor: token('--line-strong'),
      font: { color: token('--ink') },
    },
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom', ...layout.legend },
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
  };
}

/**
 * No cloud, no logo; the picture can be saved as SVG and as PNG of twice the size on the screen.
 * @param figure what is saved of a chart, where that is not what is seen
 */
export function chartConfig(
  label: string,
  figure: (chart: HTMLElement) => Parameters<typeof Plotly.downloadImage>[0] = (chart) => chart,
): Partial<Config> {
  const filename = label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return {
    displaylogo: false,
    responsive: false,
    modeBarButtonsToRemove: ['lasso2d', 'select2d', 'autoScale2d', 'toImage'],
    modeBarButtonsToAdd: (['svg', 'png'] as const).map((format) => ({
      name: `save-${format}`,
      title: `Save as ${format.toUpperCase()}`,
      icon: format === 'svg' ? Plotly.Icons.disk : Plotly.Icons.camera,
      click: (chart) => {
        const { width, height } = chart.getBoundingClientRect();
        void Plotly.downloadImage(figure(chart), {
          format,
          filename,
          width,
          height,
          ...(format === 'png' && { scale: 2 }),
        });
      },
    })),
  };
}
