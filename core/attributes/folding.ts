/**
 * Folding: what other sets and models say, in the words and numbers of the five attributes (thesis §5.4.1). A word that
 * has no group of ours (UTKFace's 'Others', CelebA's 'Young') gives undefined and stays a raw value.
 */

import { readNumber } from '../foundation/tables/numbers.ts';
import { rangesOfDate } from './spreadsheet-dates.ts';

/** A value that was read from text. */
export interface Reading {
  /** The attribute's value. */
  value: number;
  /** What the text must have been before a spreadsheet took it for a date ('9-Mar' → '3-9'). */
  repaired?: string;
}

/** The nine age bins of FairFace, in the order of its classifier's outputs. */
export const FAIRFACE_AGES = [
  '0-2',
  '3-9',
  '10-19',
  '20-29',
  '30-39',
  '40-49',
  '50-59',
  '60-69',
  '70+',
] as const;

/** The seven races of FairFace, in the order of its classifier's outputs, and the group that each folds into. */
export const FAIRFACE_RACES = [
  ['White', 4],
  ['Black', 0],
  ['Latino_Hispanic', 3],
  ['East Asian', 1],
  ['Southeast Asian', 1],
  ['Indian', 2],
  ['Middle Eastern', 4],
] as const;

/** Years (0…130) → 0 for 0–19, 1 for 20–49, 2 for 50 and more; undefined for anything else. */
export function foldYears(years: number): number | undefined {
  if (!(years >= 0 && years <= 130)) return undefined;
  return years < 20 ? 0 : years < 50 ? 1 : 2;
}

/** Degrees → 0 below −30°, 1 above +30°, 2 within (the limits included); undefined when it is no number. */
export function foldDegrees(degrees: number): number | undefined {
  if (!Number.isFinite(degrees)) return undefined;
  return degrees < -30 ? 0 : degrees > 30 ? 1 : 2;
}

/** Words of an age range or a number of years, for messages. */
export const AGE_ALLOWED = "years 0–130, a range such as '20-29', '70+' or 'more than 70'";

/** The bin that both ends of a range fall into. */
function foldRange(lower: number, upper: number): number | undefined {
  const low = foldYears(lower);
  return low !== undefined && low === foldYears(upper) && lower <= upper ? low : undefined;
}

/** Ranges that a spreadsheet made a date of, where all that it can have been fold into one bin. */
function readDate(text: string): Reading | undefined {
  const ranges = rangesOfDate(text);
  const bins = new Set(
    ranges.map((range) => foldRange(...(range.split('-').map(Number) as [number, number]))),
  );
  const [value] = bins;
  return bins.size === 1 && value !== undefined ? { value, repaired: ranges.join(' or ') } : undefined;
}

/** '34', '34.5', '34,5', and '3,9' or '25, 32', which can be years and a range, where both are of one bin. */
function readYears(plain: string): number | undefined {
  const ends = /^(\d{1,3}),\s*(\d{1,3})$/.exec(plain);
  const years = plain.includes(', ') ? undefined : readNumber(plain, ends ? ',' : '.');
  const bin = years === undefined ? undefined : foldYears(years);
  if (!ends || Number(ends[1]) > Number(ends[2]) || ends[2].startsWith('0')) return bin;
  const range = foldRange(Number(ends[1]), Number(ends[2]));
  return bin === undefined || bin === range ? range : undefined;
}

/**
 * Reads an age: years ('34', '34.5', '34,5'), a range whose two ends fold into the same bin ('20-29', '35–49'), an open range
 * ('70+', '50 or older', 'more than 70', 'under 20') or a range that a spreadsheet made a date of. Undefined when it is
 * none of these or its ends fall into different bins.
 */
export function readAge(text: string): Reading | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/^'/, '')
    .replace(/[‐‑–—−]/g, '-')
    .replace(/(?<=\d)\s*(years?|yrs?|y\/o|y)$/, '');
  const range = /^\(?\s*(\d{1,3}(?:\.\d+)?)\s*(?:-|to|,)\s*(\d{1,3}(?:\.\d+)?)\s*\)?$/.exec(plain);
  if (range && (plain.startsWith('(') || !/^\d+,\s*\d+$/.test(plain))) {
    const value = foldRange(Number(range[1]), Number(range[2]));
    return value === undefined ? undefined : { value };
  }
  const above =
    /^(?:more than|over|above|>=?)\s*(\d{1,3})$/.exec(plain) ??
    /^(\d{1,3})\s*(?:\+|and (?:over|older|above|more)|or (?:over|older|above|more))$/.exec(plain);
  // Open upwards: only the last bin has no upper end.
  if (above) return foldYears(Number(above[1])) === 2 ? { value: 2 } : undefined;
  const below = /^(?:under|below|less than|<)\s*(\d{1,3})$/.exec(plain);
  if (below) return Number(below[1]) > 0 && Number(below[1]) <= 20 ? { value: 0 } : undefined;
  const years = readYears(plain);
  return years === undefined ? readDate(text) : { value: years };
}

const GENDERS: Readonly<Record<string, number>> = {
  female: 0,
  f: 0,
  woman: 0,
  women: 0,
  girl: 0,
  male: 1,
  m: 1,
  man: 1,
  men: 1,
  boy: 1,
};

export const GENDER_ALLOWED = "'Female' or 'Male' (also F, M, woman, man)";

export function readGender(text: string): Reading | undefined {
  const value = GENDERS[text.trim().toLowerCase()];
  return value === undefined ? undefined : { value };
}

const RACES: Readonly<Record<string, number>> = {
  black: 0,
  african: 0,
  'african american': 0,
  'east asian': 1,
  'southeast asian': 1,
  'south east asian': 1,
  'east or southeast asian': 1,
  asian: 1,
  indian: 2,
  'south asian': 2,
  latino: 3,
  latina: 3,
  hispanic: 3,
  'latino hispanic': 3,
  'hispanic latino': 3,
  'latino or hispanic': 3,
  'hispanic or latino': 3,
  white: 4,
  caucasian: 4,
  'middle eastern': 4,
  'middle east': 4,
  'middle eastern or white': 4,
  'white or middle eastern': 4,
  'middle eastern white': 4,
  'white middle eastern': 4,
};

export const RACE_ALLOWED =
  'Black, East Asian, Southeast Asian, Indian, Latino_Hispanic, Middle Eastern, White';

/** Case, blanks, '_', '-' and '/' do not matter: 'Latino_Hispanic', 'latino/hispanic'. */
export function readRace(text: string): Reading | undefined {
  const value =
    RACES[
      text
        .trim()
        .toLowerCase()
        .replace(/[\s_/-]+/g, ' ')
    ];
  return value === undefined ? undefined : { value };
}

export const DEGREES_ALLOWED = "degrees −180…180, or 'below', 'above' or 'within' (30°)";

/** 'below −30°', 'above +30°', 'within ±30°' and what is left of them where a table cannot hold the signs. */
const POSE_WORD = /^(below|above|within)(?: ?[-−+±]? ?30(?: ?(?:°|deg|degrees))?)?$/;

/** '-31.5', '−31,5°': a comma stands before decimals, as no angle has thousands. */
export function readDegrees(text: string): Reading | undefined {
  const word = POSE_WORD.exec(text.trim().toLowerCase())?.[1];
  if (word !== undefined) return { value: ['below', 'above', 'within'].indexOf(word) };
  const plain = text.trim().replace(/\s*°$/, '');
  const degrees = readNumber(plain, plain.includes(',') ? ',' : '.');
  const value = degrees !== undefined && Math.abs(degrees) <= 180 ? foldDegrees(degrees) : undefined;
  return value === undefined ? undefined : { value };
}

/** How each attribute is read from text, and what is allowed, in the order of ATTRIBUTES. */
export const FOLDINGS = [
  { read: readAge, allowed: AGE_ALLOWED },
  { read: readGender, allowed: GENDER_ALLOWED },
  { read: readRace, allowed: RACE_ALLOWED },
  { read: readDegrees, allowed: DEGREES_ALLOWED },
  { read: readDegrees, allowed: DEGREES_ALLOWED },
] as const satisfies readonly { read(text: string): Reading | undefined; allowed: string }[];

/** IJB's AGE codes 1…5 (0–19, 20–34, 35–49, 50–64, 65+); 0 is unknown. */
export const IJB_AGES: Readonly<Record<string, number | undefined>> = {
  '1': 0,
  '2': 1,
  '3': 1,
  '4': 2,
  '5': 2,
};

/** UTKFace's race digits: White, Black, Asian, Indian, and Others, which no group of ours is. */
export const UTKFACE_RACES: readonly (number | undefined)[] = [4, 0, 1, 2, undefined];
