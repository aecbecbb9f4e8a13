/**
 * Folding: what other sets and models say, in the words and numbers of the five attributes (thesis §5.4.1). A word that
 * has no group of ours (UTKFace's 'Others', CelebA's 'Young') gives undefined and stays a raw value.
 */

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

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** '9-Mar' and 'Mar-9' are what spreadsheets make of '3-9', '19-Oct' of '10-19': the month is the lower age. */
function undoDate(text: string): string | undefined {
  const match =
    /^(\d{1,2})[-\s/]([a-z]{3})[a-z]*$/.exec(text) ?? /^([a-z]{3})[a-z]*[-\s/](\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [day, month] = /^\d/.test(match[1]) ? [match[1], match[2]] : [match[2], match[1]];
  const lower = MONTHS.indexOf(month.slice(0, 3)) + 1;
  const upper = Number(day);
  return lower > 0 && upper > lower ? `${lower}-${upper}` : undefined;
}

/** Words of an age range or a number of years, for messages. */
export const AGE_ALLOWED = "years 0–130, a range such as '20-29', '70+' or 'more than 70'";

/**
 * Reads an age: years ('34', '34.5'), a range whose two ends fold into the same bin ('20-29', '35–49'), an open range
 * ('70+', '50 or older', 'more than 70', 'under 20') or a range that a spreadsheet made a date of. Undefined when it is
 * none of these or its ends fall into different bins.
 */
export function readAge(text: string): Reading | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/[–—−]/g, '-')
    .replace(/\s*(years?|yrs?|y\/o|y)$/, '');
  const date = undoDate(plain);
  if (date !== undefined) {
    const folded = readAge(date);
    return folded && { value: folded.value, repaired: date };
  }
  const range = /^\(?\s*(\d{1,3}(?:\.\d+)?)\s*(?:-|to|,)\s*(\d{1,3}(?:\.\d+)?)\s*\)?$/.exec(plain);
  if (range) {
    const low = foldYears(Number(range[1]));
    const high = foldYears(Number(range[2]));
    return low !== undefined && low === high && Number(range[1]) <= Number(range[2])
      ? { value: low }
      : undefined;
  }
  const above =
    /^(?:more than|over|above|>=?)\s*(\d{1,3})$/.exec(plain) ??
    /^(\d{1,3})\s*(?:\+|and (?:over|older|above|more)|or (?:over|older|above|more))$/.exec(plain);
  // Open upwards: only the last bin has no upper end.
  if (above) return foldYears(Number(above[1])) === 2 ? { value: 2 } : undefined;
  const below = /^(?:under|below|less than|<)\s*(\d{1,3})$/.exec(plain);
  if (below) return Number(below[1]) > 0 && Number(below[1]) <= 20 ? { value: 0 } : undefined;
  const years = /^\d{1,3}(?:\.\d+)?$/.test(plain) ? foldYears(Number(plain)) : undefined;
  return years === undefined ? undefined : { value: years };
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

export const DEGREES_ALLOWED = 'degrees −180…180';

export function readDegrees(text: string): Reading | undefined {
  const plain = text.trim().replace('−', '-').replace(/°$/, '');
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return undefined;
  const degrees = Number(plain);
  const value = Math.abs(degrees) <= 180 ? foldDegrees(degrees) : undefined;
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
