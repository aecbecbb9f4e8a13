import { Fault } from '../foundation/fault.ts';
import { ATTRIBUTE_NAMES, ATTRIBUTES, attributeIndex } from './attributes.ts';

/** Other words that people type for a value, beside its digit and its name. */
const SYNONYMS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  age: [
    ['young', '0-19'],
    ['adult', '20-49'],
    ['old', '50+', '50-'],
  ],
  gender: [
    ['f', 'woman'],
    ['m', 'man'],
  ],
  race: [
    ['black'],
    ['asian', 'east asian', 'southeast asian'],
    ['indian'],
    ['latino', 'hispanic', 'latino_hispanic'],
    ['white', 'middle eastern'],
  ],
  pitch: [
    ['down', 'below'],
    ['up', 'above'],
    ['frontal', 'within', 'others'],
  ],
  yaw: [['below'], ['above'], ['frontal', 'within', 'others']],
};

/** Case, blanks and the kinds of dash do not matter. */
const plain = (word: string): string =>
  word.trim().toLowerCase().replaceAll(/[–−]/g, '-').replaceAll(/\s+/g, ' ');

export const UNKNOWN_WORDS = ['unknown', 'none', '-1'] as const;

/** The attribute of a name. @throws Fault that lists the five. */
export function parseAttribute(word: string): number {
  const index = attributeIndex(word.trim().toLowerCase());
  if (index === undefined)
    throw new Fault(`'${word}' is no attribute. Allowed: ${ATTRIBUTE_NAMES.join(', ')}.`);
  return index;
}

/**
 * The value of a digit or word for an attribute: '1', '20–49', '20-49', 'adult' are the same age. 'unknown' is −1.
 * @throws Fault that lists what is allowed
 */
export function parseValue(attribute: number, word: string): number {
  const { name, values } = ATTRIBUTES[attribute];
  const wanted = plain(word);
  if ((UNKNOWN_WORDS as readonly string[]).includes(wanted)) return -1;
  if (/^\d$/.test(wanted) && Number(wanted) < values.length) return Number(wanted);
  const exact = values.findIndex((value, v) => plain(value) === wanted || SYNONYMS[name][v].includes(wanted));
  if (exact >= 0) return exact;
  const begun = values
    .map((_, v) => v)
    .filter((v) => wanted.length >= 3 && plain(values[v]).startsWith(wanted));
  if (begun.length === 1) return begun[0];
  const allowed = values.map((value, v) => `${v} or '${value}'`).join(', ');
  throw new Fault(`'${word}' is no value of ${name}. Allowed: ${allowed}, or 'unknown'.`);
}
