import type { Filter } from '../faces/filter.ts';
import type { Category, ColourBy, Colouring } from './colouring.ts';

export interface LegendEntry extends Category {
  index: number;
  /** Faces of the category on this map that the rest of the filter lets pass. */
  count: number;
}

export interface Legend {
  /** The largest first when there are more than fit, otherwise in their own order. */
  entries: LegendEntry[];
  /** Categories that occur on the map at all. */
  categories: number;
  /** Faces counted: the sum over all categories. */
  faces: number;
}

/** So many categories still stand in the order of their values. */
const ORDERED = 24;

/** @param rows row of each point, −1 for none; @param mask rows that count */
export function legendOf(colouring: Colouring, rows: Int32Array, mask: Uint8Array): Legend {
  const { colours, palette, category } = colouring;
  const counts = new Int32Array(palette.length);
  const occurs = new Uint8Array(palette.length);
  let faces = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (row < 0) continue;
    occurs[colours[i]] = 1;
    if (!mask[row]) continue;
    counts[colours[i]]++;
    faces++;
  }
  const present: number[] = [];
  for (let index = 0; index < occurs.length; index++) if (occurs[index]) present.push(index);
  if (present.length > ORDERED) present.sort((a, b) => counts[b] - counts[a] || a - b);
  return {
    entries: present.map((index) => ({ index, count: counts[index], ...category(index) })),
    categories: present.length,
    faces,
  };
}

/** The filter without what the legend of this colouring sets: what its counts are taken over. */
export function withoutLegend(filter: Filter, choice: ColourBy): Filter {
  const rest = { ...filter, values: [...filter.values] };
  switch (choice.by) {
    case 'attribute':
      rest.values[choice.attribute] = undefined;
      break;
    case 'cohort':
      delete rest.cohorts;
      break;
    case 'source':
      delete rest.sources;
      break;
    case 'identity':
      delete rest.identities;
      break;
    case 'origin':
      delete rest.origins;
      delete rest.originsOf;
      break;
    case 'confidence':
      delete rest.confidenceBelow;
      delete rest.confidenceOf;
      break;
    case 'cluster':
      delete rest.clusters;
      break;
  }
  return rest;
}

/** The values that the filter lets pass, as the legend of this colouring marks them; undefined: all. */
export function pickedOf(filter: Filter, choice: ColourBy): readonly number[] | undefined {
  switch (choice.by) {
    case 'attribute':
      return filter.values[choice.attribute];
    case 'cohort':
      return filter.cohorts;
    case 'source':
      return filter.sources;
    case 'identity':
      return filter.identities;
    case 'origin':
      return filter.originsOf === choice.attribute ? filter.origins : undefined;
    case 'confidence':
      return filter.confidenceOf === choice.attribute && filter.confidenceBelow !== undefined
        ? [filter.confidenceBelow]
        : undefined;
    case 'cluster':
      return filter.clusters?.clustering === choice.clustering ? filter.clusters.picked : undefined;
  }
}

/** The filter after a click on a legend's entry: the first click shows that category alone, more add or take away. */
export function toggled(filter: Filter, choice: ColourBy, value: number): Filter {
  const now = pickedOf(filter, choice) ?? [];
  const next = now.includes(value) ? now.filter((other) => other !== value) : [...now, value];
  const rest = withoutLegend(filter, choice);
  if (next.length === 0) return rest;
  switch (choice.by) {
    case 'attribute':
      rest.values[choice.attribute] = next;
      return rest;
    case 'cohort':
      return { ...rest, cohorts: next };
    case 'source':
      return { ...rest, sources: next };
    case 'identity':
      return { ...rest, identities: next };
    case 'origin':
      return { ...rest, origins: next, originsOf: choice.attribute };
    case 'confidence':
      // A scale is cut, not picked from: everything below the step that was clicked.
      return now.includes(value) ? rest : { ...rest, confidenceBelow: value, confidenceOf: choice.attribute };
    case 'cluster': {
      const { clustering, ofRow } = choice;
      return { ...rest, clusters: { clustering, ofRow, picked: next } };
    }
  }
}
