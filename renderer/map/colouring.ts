import { ATTRIBUTES, cohortWords } from '../../core/contract/attributes.ts';
import { ORIGIN_WORDS } from '../faces/chips.ts';
import type { FaceColumns } from '../faces/columns.ts';
import {
  CATEGORICAL,
  manyColours,
  NEUTRAL,
  ORIGIN_COLOURS,
  ramp,
  rgbOf,
  valueColours,
} from '../theme/palettes.ts';

/** By what the map's points are coloured. */
export type ColourBy =
  | { by: 'attribute'; attribute: number }
  | { by: 'confidence'; attribute: number }
  | { by: 'origin'; attribute: number }
  | { by: 'cohort' }
  | { by: 'source' }
  | { by: 'identity' }
  | { by: 'cluster'; clustering: string; ofRow: Int32Array; k: number };

type Rgb = [number, number, number];

/** One category of a colouring. */
export interface Category {
  words: string;
  /** As the filter names it: value, cohort, source, identity, cluster; −1 for none. */
  value: number;
}

export interface Colouring {
  /** Colour index per point. */
  colours: Uint16Array;
  /** rgb per index. */
  palette: Rgb[];
  /** What an index means. */
  category(index: number): Category;
  /** True where colours are steps of a number and not categories. */
  scale: boolean;
}

const grey: Rgb = rgbOf(NEUTRAL);
export const CONFIDENCE_STEPS = 20;
/** Colour indices are 16 bits wide. */
const MOST = 65_000;

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
      return categorical(
        indexed(rows, columns.values[choice.attribute]),
        [grey, ...valueColours(choice.attribute).map(rgbOf)],
        (value) => (value < 0 ? 'unlabelled' : values[value]),
      );
    }
    case 'origin':
      return categorical(
        indexed(rows, columns.origins[choice.attribute]),
        [grey, ...ORIGIN_COLOURS.map(rgbOf)],
        (value) => (value < 0 ? 'unlabelled' : ORIGIN_WORDS[value]),
      );
    case 'source': {
      const place = new Int32Array(sources.reduce((most, { id }) => Math.max(most, id), 0) + 1).fill(-1);
      sources.forEach(({ id }, i) => {
        place[id] = i;
      });
      return {
        ...categorical(
          indexed(rows, columns.sources, (source) => place[source]),
          [grey, ...sources.map((_, i) => rgbOf(CATEGORICAL[i % CATEGORICAL.length]))],
          () => '',
        ),
        category: (index) =>
          index === 0
            ? { words: 'source unknown', value: -1 }
            : { words: sources[index - 1].name, value: sources[index - 1].id },
      };
    }
    case 'cohort':
      return categorical(indexed(rows, columns.cohorts), [grey, ...manyColours(270).map(rgbOf)], (value) =>
        value < 0 ? 'no cohort' : cohortWords(value),
      );
    case 'cluster':
      return categorical(indexed(rows, choice.ofRow), [grey, ...manyColours(choice.k).map(rgbOf)], (value) =>
        value < 0 ? 'in no cluster' : `cluster ${value}`,
      );
    case 'identity': {
      let most = 0;
      for (const id of columns.identities) if (id > most) most = id;
      const count = Math.min(MOST, most + 1);
      return categorical(
        indexed(rows, columns.identities, (id) => (id < 0 ? -1 : id % count)),
        [grey, ...manyColours(count).map(rgbOf)],
        (value) => (value < 0 ? 'identity unknown' : `identity ${value}`),
      );
    }
    case 'confidence': {
      const column = columns.confidences[choice.attribute];
      const colours = new Uint16Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        const confidence = rows[i] < 0 ? Number.NaN : column[rows[i]];
        if (confidence >= 0)
          colours[i] = 1 + Math.min(CONFIDENCE_STEPS - 1, Math.floor(confidence * CONFIDENCE_STEPS));
      }
      const step = (index: number): number => (index - 1) / CONFIDENCE_STEPS;
      return {
        colours,
        palette: [
          grey,
          ...Array.from({ length: CONFIDENCE_STEPS }, (_, i) => ramp(i / (CONFIDENCE_STEPS - 1))),
        ],
        category: (index) =>
          index === 0
            ? { words: 'none stated', value: -1 }
            : { words: `${step(index).toFixed(2)}–${step(index + 1).toFixed(2)}`, value: step(index + 1) },
        scale: true,
      };
    }
  }
}

/** Colour index of every point: 0 for none, 1 + value for the rest. */
function indexed(
  rows: Int32Array,
  column: Int8Array | Int16Array | Int32Array,
  indexOf?: (stored: number) => number,
): Uint16Array {
  const colours = new Uint16Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (row >= 0) colours[i] = 1 + (indexOf === undefined ? column[row] : indexOf(column[row]));
  }
  return colours;
}

const categorical = (colours: Uint16Array, palette: Rgb[], words: (value: number) => string): Colouring => ({
  colours,
  palette,
  category: (index) => ({ words: words(index - 1), value: index - 1 }),
  scale: false,
});
