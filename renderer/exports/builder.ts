import type { Data, Layout } from 'plotly.js-basic-dist-min';
import { cohortWords, parseCohortCode } from '../../core/contract/attributes.ts';
import type { ExportPreview } from '../../core/contract/procedures/exports.ts';
import { CATEGORICAL } from '../theme/palettes.ts';

export interface PlanChoice {
  perCohort: number;
  seed: number;
  balance: { sources: boolean; identities: boolean };
  short: 'leave-out' | 'take-all';
}
export type LayoutName = 'visage' | 'cohorts' | 'fairface' | 'imagefolder';
export type ImageMode = 'copy' | 'link' | 'list';

export const LAYOUT_TITLES: readonly { value: LayoutName; title: string }[] = [
  { value: 'visage', title: 'Visage (csv and json)' },
  { value: 'cohorts', title: 'a folder per cohort' },
  { value: 'fairface', title: "FairFace's csv" },
  { value: 'imagefolder', title: 'Hugging Face folder' },
];
export const MODE_TITLES: readonly { value: ImageMode; title: string }[] = [
  { value: 'copy', title: 'copied' },
  { value: 'link', title: 'linked' },
  { value: 'list', title: 'only listed' },
];

/** What keeps a plan from being asked for, as a sentence; '' where nothing does. */
export function planProblem({ perCohort, seed }: PlanChoice): string {
  if (!Number.isInteger(perCohort) || perCohort < 1)
    return `'${perCohort}' pictures per cohort are not possible: a whole number of at least 1 is expected.`;
  if (!Number.isInteger(seed) || seed < 0)
    return `'${seed}' is no seed: a whole number of at least 0 is expected.`;
  return '';
}

/** Words of the command that writes the same set. */
export function exportWords(
  project: string,
  choice: PlanChoice,
  how: { layout: LayoutName; mode: ImageMode; out: string },
  selection: readonly string[],
): string[] {
  const { perCohort, seed, balance, short } = choice;
  const even = [balance.sources && 'sources', balance.identities && 'identities'].filter(Boolean).join(',');
  return [
    ...['export', project, '--per-cohort', String(perCohort), '--seed', String(seed)],
    ...(even === 'sources,identities' ? [] : ['--balance', even || 'none']),
    ...(short === 'leave-out' ? [] : ['--short', short]),
    ...(how.layout === 'visage' ? [] : ['--layout', how.layout]),
    ...(how.mode === 'copy' ? [] : ['--images', how.mode]),
    ...(how.out === '' ? [] : ['--out', how.out]),
    ...selection,
  ];
}

/** Pictures per cohort, stacked by source, in the order of the export. */
export function compositionChart({ cohorts, sources }: ExportPreview): {
  data: Data[];
  layout: Partial<Layout>;
} {
  const codes = cohorts.map(({ code }) => code);
  const words = codes.map((code) => cohortWords(parseCohortCode(code)));
  return {
    data: sources.map(({ name, perCohort }, i) => ({
      type: 'bar',
      name,
      x: codes,
      y: perCohort,
      text: words,
      textposition: 'none',
      hovertemplate: '%{text}<br>%{y} pictures<extra>%{fullData.name}</extra>',
      marker: { color: CATEGORICAL[i % CATEGORICAL.length] },
    })),
    layout: {
      barmode: 'stack',
      bargap: 0.15,
      xaxis: { title: { text: 'cohort (age, gender, race, pitch, yaw)' }, type: 'category', tickangle: -90 },
      yaxis: { title: { text: 'pictures' } },
      showlegend: sources.length > 1,
    },
  };
}

export interface ShortRow {
  code: string;
  words: string;
  count: number;
  missing: number;
}
export const shortRows = (short: ExportPreview['short']): ShortRow[] =>
  short.map((one) => ({ ...one, words: cohortWords(parseCohortCode(one.code)) }));

/** '12.3 MB' */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toFixed(value >= 100 ? 0 : 1)} ${units[step]}`;
}
