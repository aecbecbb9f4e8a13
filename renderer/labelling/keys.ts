import { ATTRIBUTES } from '../../core/contract/attributes.ts';

/**
 * One key per value: the left hand holds the attributes' rows of the keyboard. Digits are the values of the attribute
 * that is active; letters choose the attribute.
 */
export const ATTRIBUTE_KEYS = ['q', 'w', 'e', 'r', 't'] as const;

/** Keys of an attribute's values: '1' … '5', and '0' for 'unknown'. */
export const valueKeys = (attribute: number): { key: string; value: number; words: string }[] => [
  ...ATTRIBUTES[attribute].values.map((words, value) => ({ key: String(value + 1), value, words })),
  { key: '0', value: -1, words: 'unknown' },
];

/** 'race Indian' */
export const labelWords = (attribute: number, value: number): string =>
  `${ATTRIBUTES[attribute].name} ${value < 0 ? 'unknown' : ATTRIBUTES[attribute].values[value]}`;
