import { monthOf } from './months.ts';

/**
 * Spreadsheets take '3-9' for a date and write '9-Mar', '03. Sep', '2024-03-09' or 45360 in its place, by the language and
 * settings of their user. Here a date is turned back into the ranges that it can have been.
 */

/** A date as it is written: the day, or what may be the day or the year ('Oct-19'), and the year where one is said. */
interface Written {
  month: number;
  day: number;
  year?: number;
}

/** Years in which a spreadsheet can have filled in its own: no dates of birth of grown people. */
const isRecent = (year: number): boolean => year >= 1990 && year <= 2099;

const fullYear = (text: string): number =>
  text.length === 4 ? Number(text) : Number(text) + (Number(text) < 50 ? 2000 : 1900);

/** Month and day in the order in which they stand, or the other way round: the same pair, as only one ascends. */
function numeric(first: string, second: string, year?: string): Written[] {
  const orders: Written[] = [
    { day: Number(first), month: Number(second) },
    { day: Number(second), month: Number(first) },
  ];
  return orders.map((date) => ({ ...date, ...(year !== undefined && { year: fullYear(year) }) }));
}

function named(word: string, day: string, year?: string): Written[] {
  const month = monthOf(word);
  if (month === undefined) return [];
  return [{ month, day: Number(day), ...(year !== undefined && { year: fullYear(year) }) }];
}

const DAY_ZERO = Date.UTC(1899, 11, 30);

/** A day's number in the calendar of spreadsheets (1900 system): 45360 is 9 March 2024. */
function serial(days: number): Written[] {
  const date = new Date(DAY_ZERO + days * 86_400_000);
  return [{ day: date.getUTCDate(), month: date.getUTCMonth() + 1, year: date.getUTCFullYear() }];
}

const W = String.raw`(\p{L}[\p{L}\p{M}]+)\.?`;
const D = String.raw`(\d{1,2})`;
const Y = String.raw`'?(\d{4}|\d{2})`;
const GAP = String.raw`(?:[\s./,-]+|\s+de\s+|\s+di\s+|\s+del\s+)`;

/** The ways to write a date, each with what its parts say. */
const FORMS: readonly [form: RegExp, read: (...parts: string[]) => Written[]][] = [
  // 9-Mar, 03. Sep, 9 de marzo de 2024, 9. März 2024
  [new RegExp(`^${D}${GAP}?${W}(?:${GAP}${Y})?$`, 'u'), (day, word, year) => named(word, day, year)],
  // Oct-19, Mar 9, 2024
  [new RegExp(`^${W}${GAP}?${D}(?:${GAP}${Y})?$`, 'u'), (word, day, year) => named(word, day, year)],
  // Okt 2019
  [
    new RegExp(`^${W}${GAP}?(\\d{4})$`, 'u'),
    (word, year) => named(word, '1', year).filter(({ year }) => year !== undefined && year < 2032),
  ],
  // 2024-03-09, 2024/3/9
  [/^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/, (year, month, day) => numeric(month, day, year)],
  // 09.03.2024, 3/9/24
  [/^(\d{1,2})[-/.](\d{1,2})[-/.]\s*(\d{4}|\d{2})$/, (first, second, year) => numeric(first, second, year)],
  // 9/3, 09.03.
  [/^(\d{1,2})\/(\d{1,2})$/, (first, second) => numeric(first, second)],
  [/^(\d{1,2})\.\s?(\d{1,2})\.$/, (first, second) => numeric(first, second)],
  // 2024年3月9日, 3월 9일
  [
    /^(?:(\d{4})\s?[年년]\s?)?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]$/u,
    (year, month, day) => [{ month: Number(month), day: Number(day), ...(year && { year: Number(year) }) }],
  ],
];

/** Ranges of public sets that a spreadsheet takes for dates: FairFace's, then Adience's. */
const PUBLIC = [
  ['0-2', '3-9', '10-19'],
  ['4-6', '8-12', '8-13'],
];

/** Range that a pair of numbers is, lower end first; undefined where it cannot have been one that became this date. */
function ranges({ month, day, year }: Written): string[] {
  if (month < 1 || month > 12 || day > 31 || (year !== undefined && !isRecent(year))) return [];
  const pair = [month, day].sort((a, b) => a - b).join('-');
  // '10-19' is the first day of October 2019, where a month cannot be 19.
  const whole = day === 1 && year !== undefined && year % 100 > month ? [`${month}-${year % 100}`] : [];
  return [pair, ...whole];
}

function preferred(candidates: readonly string[]): string[] {
  for (const bins of PUBLIC) {
    const known = candidates.filter((candidate) => bins.includes(candidate));
    if (known.length > 0) return known;
  }
  return [...candidates];
}

/**
 * The ranges that a date in the place of an age can have been, '3-9' of '9-Mar', '03. Sep', '2024-03-09 00:00:00' and 45360;
 * the range of a public set alone where that is among them. Empty for what is no date. Days' numbers, which other numbers
 * look like, are read only as such a range.
 */
export function rangesOfDate(text: string): string[] {
  const plain = text
    .trim()
    .toLowerCase()
    .normalize('NFC')
    .replace(/^'/, '')
    .replace(/[‐‑–—−]/g, '-')
    .replace(/[t\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s?[ap]m|z)?$/, '');
  if (/^[3-7]\d{4}(\.0+)?$/.test(plain)) {
    const found = serial(Number(plain)).flatMap(ranges);
    return (
      PUBLIC.map((bins) => found.filter((range) => bins.includes(range))).find((bins) => bins.length > 0) ??
      []
    );
  }
  for (const [form, read] of FORMS) {
    const parts = form.exec(plain);
    if (!parts) continue;
    const found = [...new Set(read(...parts.slice(1)).flatMap(ranges))];
    if (found.length > 0) return preferred(found);
  }
  return [];
}
