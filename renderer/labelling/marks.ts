import { ATTRIBUTES } from '../../core/contract/attributes.ts';
import type { FaceColumns } from '../faces/columns.ts';

/** A few letters per value, for cells in which words have no room. Same order as ATTRIBUTES. */
export const SHORT_VALUES: readonly (readonly string[])[] = [
  ['0+', '20+', '50+'],
  ['F', 'M'],
  ['Bl', 'As', 'In', 'La', 'MW'],
  ['↓', '↑', '·'],
  ['−', '+', '·'],
];

/** Words that fit under a picture, where a value's own are too long for that. */
export const BRIEF_VALUES: readonly (readonly string[])[] = ATTRIBUTES.map(({ name, values }) =>
  name === 'race' ? ['Black', 'E/SE Asian', 'Indian', 'Latino', 'ME or White'] : values,
);

/** One shape per origin, so that a model's suggestion is told from a person's word without colour. */
export const ORIGIN_MARKS = [
  { name: 'model', mark: '◇', words: 'a model suggests it' },
  { name: 'dataset', mark: '■', words: 'the data set says it' },
  { name: 'rule', mark: '▲', words: 'a rule set it' },
  { name: 'human', mark: '●', words: 'a person set it' },
] as const;

/** Ranks as they stand in the columns. */
export const MODEL = 0;
export const HUMAN = 3;

/** A face's label of one attribute, as this annotator may see it. */
export interface ShownLabel {
  /** −1: unlabelled, unknown or hidden. */
  value: number;
  /** Rank, −1 for none. */
  origin: number;
  confidence: number;
  /** Somebody or something said more, but the annotator works blind and has not spoken yet. */
  hidden: boolean;
}

/** In `own` where the annotator has said nothing; −1 is an 'unknown'. */
export const UNSAID = -2;

/** @param own what the annotator said, by attribute and row, when working blind; null shows everything */
export function shownLabel(
  columns: FaceColumns,
  own: readonly Int8Array[] | null,
  row: number,
  attribute: number,
): ShownLabel {
  if (own === null)
    return {
      value: columns.values[attribute][row],
      origin: columns.origins[attribute][row],
      confidence: columns.confidences[attribute][row],
      hidden: false,
    };
  const said = own[attribute][row];
  if (said === UNSAID) return { value: -1, origin: -1, confidence: Number.NaN, hidden: true };
  return { value: said, origin: said < 0 ? -1 : HUMAN, confidence: Number.NaN, hidden: false };
}

export const valueWords = (attribute: number, value: number): string =>
  value < 0 ? 'unlabelled' : ATTRIBUTES[attribute].values[value];

/** '◇ race Indian, 0.93, a model suggests it' */
export function labelTitle(attribute: number, { value, origin, confidence, hidden }: ShownLabel): string {
  const { name } = ATTRIBUTES[attribute];
  if (hidden) return `${name}: hidden until you have spoken (blind mode)`;
  if (value < 0) return `${name}: unlabelled`;
  const sure = Number.isNaN(confidence) ? '' : ` ${confidence.toFixed(2)}`;
  return `${name}: ${valueWords(attribute, value)}${sure} (${ORIGIN_MARKS[origin]?.words ?? 'nobody'})`;
}
