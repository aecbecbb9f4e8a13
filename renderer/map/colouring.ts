import { ATTRIBUTES, cohortWords } from '../../core/contract/attributes.ts';
import type { FaceColumns } from '../faces/columns.ts';
import { CATEGORICAL, manyColours, ramp, rgbOf, valueColours } from '../theme/palettes.ts';

/** By what the map's points are coloured. */
export type ColourBy =
  | { by: 'attribute'; attribute: number }
  | { by: 'confidence'; attribute: number }
  | { by: 'origin'; attribute: number }
  | { by: 'cohort' }
  | { by: 'source' }
  | { by: 'identity' }
  | { by: 'cluster'; assignment: Int32Array; k: number };

export interface Colouring {
  /** Colour index per point. */
  colours: Uint16Array;
  /** rgb per index. */
  palette: [number, number, number][];
  /** For the legend; absent where there are too many to list. */
  legend: { words: string; index: number; count: number }[];
  /** Number of categories that occur, for 'n of m shown'. */
  categories: number;
}

const NEUTRAL: [number, number, number] = [150, 156, 162];
const LEGEND = 24;
const STEPS = 64;

/** @param rows row of each point in the columns, −1 for a face that is not there any more */
export function colouringOf(
  columns: FaceColumns,
  rows: Int32Array,
  choice: ColourBy,
  sources: readonly { id: number; name: string }[],
): Colouring {
  switch (choice.by) {
    case 'attribute': {
      const { values } = ATTRIBUTES[choice.attribute];
      const column = columns.values[choice.attribute];
      return categorical(
        rows,
        (row) => column[row] + 1,
        ['unlabelled', ...values],
        [NEUTRAL, ...valueColours(choice.attribute).map(rgbOf)],
      );
    }
    case 'origin': {
      const column = columns.origins[choice.attribute];
      const colours = [
        NEUTRAL,
        ...[CATEGORICAL[1], CATEGORICAL[0], CATEGORICAL[3], CATEGORICAL[2]].map(rgbOf),
      ];
      return categorical(
        rows,
        (row) => column[row] + 1,
        ['unlabelled', 'model', 'data set', 'rule', 'human'],
        colours,
      );
    }
    case 'source': {
      const place = new Map(sources.map(({ id }, i) => [id, i]));
      const palette = sources.map((_, i) => rgbOf(CATEGORICAL[i % CATEGORICAL.length]));
      return categorical(
        rows,
        (row) => place.get(columns.sources[row]) ?? 0,
        sources.map(({ name }) => name),
        palette,
      );
    }
    case 'cohort':
      return categorical(
        rows,
        (row) => columns.cohorts[row] + 1,
        ['no cohort', ...Array.from({ length: 270 }, (_, i) => cohortWords(i))],
        [NEUTRAL, ...manyColours(270).map(rgbOf)],
      );
    case 'cluster':
      return categorical(
        rows,
        (_, point) => choice.assignment[point] + 1,
        ['in no cluster', ...Array.from({ length: choice.k }, (_, i) => `cluster ${i + 1}`)],
        [NEUTRAL, ...manyColours(choice.k).map(rgbOf)],
      );
    case 'identity': {
      const count = Math.min(
        65_000,
        columns.identities.reduce((most, id) => Math.max(most, id), 0),
      );
      return categorical(
        rows,
        (row) => (columns.identities[row] < 0 ? 0 : 1 + (columns.identities[row] % count)),
        ['unknown'],
        [NEUTRAL, ...manyColours(count).map(rgbOf)],
      );
    }
    case 'confidence': {
      const column = columns.confidences[choice.attribute];
      const colours = Uint16Array.from(rows, (row) =>
        row < 0 || Number.isNaN(column[row]) ? 0 : 1 + Math.round(column[row] * (STEPS - 1)),
      );
      const palette = [NEUTRAL, ...Array.from({ length: STEPS }, (_, i) => ramp(i / (STEPS - 1)))];
      const legend = [0, 0.25, 0.5, 0.75, 1].map((t) => ({
        words: t.toFixed(2),
        index: 1 + Math.round(t * (STEPS - 1)),
        count: -1,
      }));
      return {
        colours,
        palette,
        legend: [{ words: 'none given', index: 0, count: -1 }, ...legend],
        categories: STEPS,
      };
    }
  }
}

function categorical(
  rows: Int32Array,
  indexOf: (row: number, point: number) => number,
  words: readonly string[],
  palette: [number, number, number][],
): Colouring {
  const colours = new Uint16Array(rows.length);
  const counts = new Int32Array(Math.max(palette.length, 1));
  for (let point = 0; point < rows.length; point++) {
    const index = rows[point] < 0 ? 0 : indexOf(rows[point], point);
    colours[point] = index;
    counts[index]++;
  }
  const present = [...counts.keys()].filter((index) => counts[index] > 0);
  const legend = present
    .filter((index) => index < words.length)
    .sort((a, b) => (present.length > LEGEND ? counts[b] - counts[a] : a - b))
    .slice(0, LEGEND)
    .map((index) => ({ words: words[index], index, count: counts[index] }));
  return { colours, palette, legend, categories: present.length };
}
