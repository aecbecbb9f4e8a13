import { ATTRIBUTES } from '../attributes/attributes.ts';
import { FAIRFACE_AGES, FAIRFACE_RACES, FOLDINGS, IJB_AGES, UTKFACE_RACES } from '../attributes/folding.ts';
import { readNumber } from '../foundation/tables/numbers.ts';

/**
 * What the cells of an attribute's column mean where they do not say it: raw value → our word ('' for no label), or the
 * name of a scale.
 */
export type ValueMapping = Readonly<Record<string, string>> | string;

/** A way of writing an attribute in numbers that data sets use. */
export interface Coding {
  /** As in '--values age:NAME'. */
  name: string;
  title: string;
  values: ValueMapping;
}

/** Leaves a column aside. */
export const IGNORE = 'ignore';

const word = (attribute: number, value: number | undefined): string =>
  value === undefined ? '' : ATTRIBUTES[attribute].values[value];

/** Class numbers of the hub's FairFace (HuggingFaceM4/FairFace): races in the order of the paper's list. */
const HUB_RACES = [
  'East Asian',
  'Indian',
  'Black',
  'White',
  'Middle Eastern',
  'Latino_Hispanic',
  'Southeast Asian',
];

const numbered = (attribute: number, values: readonly (number | undefined)[]): Record<string, string> =>
  Object.fromEntries(values.map((value, code) => [String(code), word(attribute, value)]));

/** The digits of our cohort code. */
export const codesOf = (attribute: number): Record<string, string> =>
  numbered(
    attribute,
    ATTRIBUTES[attribute].values.map((_, value) => value),
  );

const scale = (name: string, title: string): Coding => ({ name, title, values: name });

const coded = (attribute: number): Coding => ({
  name: 'codes',
  title: `codes as in Visage's tables: ${ATTRIBUTES[attribute].values.map((words, v) => `${v} = ${words}`).join(', ')}`,
  values: codesOf(attribute),
});

const degrees = scale('degrees', 'degrees, folded at −30° and +30°');
const radians = scale('radians', 'radians, folded at −30° and +30°');

/** The codings of each attribute, in the order of ATTRIBUTES; those that read numbers as they are stand first. */
export const CODINGS: readonly (readonly Coding[])[] = [
  [
    scale('years', 'years, folded at 20 and 50'),
    coded(0),
    {
      name: 'fairface',
      title: `FairFace's nine bins: ${FAIRFACE_AGES.map((age, code) => `${code} = ${age}`).join(', ')}`,
      values: numbered(
        0,
        FAIRFACE_AGES.map((age) => FOLDINGS[0].read(age)?.value),
      ),
    },
    {
      name: 'ijb',
      title: 'IJB’s codes: 0 = unknown, 1 = 0–19, 2 = 20–34, 3 = 35–49, 4 = 50–64, 5 = 65+',
      values: numbered(
        0,
        Array.from({ length: 6 }, (_, code) => IJB_AGES[String(code)]),
      ),
    },
  ],
  [
    coded(1),
    {
      name: 'utkface',
      title: 'as UTKFace counts: 0 = male, 1 = female',
      values: { '0': 'male', '1': 'female' },
    },
    {
      name: 'iso5218',
      title: '1 = male, 2 = female, 0 and 9 = not said (ISO 5218)',
      values: { '0': '', '1': 'male', '2': 'female', '9': '' },
    },
    {
      name: 'celeba',
      title: "as CelebA's 'Male': 1 = male, −1 = female",
      values: { '-1': 'female', '1': 'male' },
    },
  ],
  [
    coded(2),
    {
      name: 'utkface',
      title: 'as UTKFace counts: 0 = White, 1 = Black, 2 = Asian, 3 = Indian, 4 = others (no label)',
      values: numbered(2, UTKFACE_RACES),
    },
    {
      name: 'fairface',
      title: `class numbers of the hub's FairFace: ${HUB_RACES.map((race, code) => `${code} = ${race}`).join(', ')}`,
      values: numbered(
        2,
        HUB_RACES.map((race) => FOLDINGS[2].read(race)?.value),
      ),
    },
    {
      name: 'fairface-model',
      title: `outputs of FairFace's classifier: ${FAIRFACE_RACES.map(([race], code) => `${code} = ${race}`).join(', ')}`,
      values: numbered(
        2,
        FAIRFACE_RACES.map(([, group]) => group),
      ),
    },
  ],
  [degrees, coded(3), radians],
  [degrees, coded(4), radians],
];

/** A number as it is written in a mapping: '1', whatever a program made of it ('1.0', '+1', '−1'). */
export function plainNumber(cell: string): string | undefined {
  // No code, year or angle has thousands: a comma stands before decimals.
  const number = readNumber(cell, cell.includes(',') ? ',' : '.');
  return number === undefined ? undefined : String(number + 0);
}

/** Our value of a number on a scale; undefined where it is none or out of range. */
export function onScale(attribute: number, name: string, cell: string): number | undefined {
  if (name !== 'radians') return FOLDINGS[attribute].read(cell)?.value;
  const number = plainNumber(cell);
  return number === undefined || Math.abs(Number(number)) > 3.2
    ? undefined
    : FOLDINGS[attribute].read(((Number(number) * 180) / Math.PI).toFixed(6))?.value;
}

const UNIT = {
  years: /^(?:years?|yrs?|y)$/i,
  degrees: /^(?:°|deg|degrees?)$/i,
  radians: /^(?:rad|radians?)$/i,
} as const;

/** A column's name without its unit, and the scale that the unit says: 'yaw (deg)' → 'yaw', 'degrees'. */
export function unitOf(column: string): { name: string; scale: string } | undefined {
  const match =
    /^(.+?)(?:[\s_.-]+(?:in[\s_.-]+)?|\s*[([]\s*)([a-z°]+)\s*[)\]]?$/i.exec(column.trim()) ??
    /^(.+?)(°|years|degrees|radians|deg)$/i.exec(column.trim());
  const scale = match && Object.entries(UNIT).find(([, words]) => words.test(match[2]))?.[0];
  return match && scale ? { name: match[1], scale } : undefined;
}
