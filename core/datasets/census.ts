import { ATTRIBUTES } from '../attributes/attributes.ts';
import { FOLDINGS, type Reading } from '../attributes/folding.ts';
import { isAbsent } from '../foundation/tables/absent.ts';
import { CODINGS, type Coding, IGNORE, plainNumber, type ValueMapping } from './coding.ts';

/** A column whose numbers can mean several things, and what they can mean. */
export interface ColumnQuestion {
  attribute: string;
  file: string;
  column: string;
  /** The numbers in it, ascending, each with its rows. */
  values: { value: string; rows: number }[];
  /** What is not known, as a whole sentence. */
  sentence: string;
  /** `words` are those after '--values' that choose it. */
  options: { name: string; title: string; values: ValueMapping; words: string }[];
}

/** Numbers that stand for 'not known' in tables of codes and of measures alike; they decide nothing. */
const MISSING = new Set(['-1', '-9', '9', '-99', '99', '-999', '999', '255']);

/** Ages from here on are years, angles from here on degrees: no coding in use has as many classes. */
const YEARS_FROM = 20;
const DEGREES_FROM = 10;
const RADIANS_TO = 3.15;

/** So many different numbers that no code has make a measure, or such a share of all. */
const SURE = 3;
const SHARE = 0.05;

/** Distinct numbers that are kept; a column of codes has few. */
const KEPT = 60;

/** Looks at the cells of one attribute's column until they say by themselves what they are. */
export class Census {
  readonly attribute: number;
  readonly column: string;
  readonly #rows = new Map<string, number>();
  /** Numbers that only a measure has, as far as they are needed. */
  readonly #measures = new Set<number>();
  #measured = 0;
  #counted = 0;
  #words = false;
  #fraction = false;
  #agree = 0;
  #compared = 0;

  constructor(attribute: number, column: string) {
    this.attribute = attribute;
    this.column = column;
  }

  /** True when what was seen can be read in one way only. */
  get settled(): boolean {
    return this.#words || this.#measures.size >= SURE;
  }

  /** @param digit what the row's cohort code says of the attribute, where it has one */
  add(cell: string, digit?: number): void {
    if (isAbsent(cell)) return;
    const number = plainNumber(cell);
    const reading: Reading | undefined = FOLDINGS[this.attribute].read(cell);
    if (number === undefined || reading?.repaired !== undefined) {
      // A word, range or unit says what the column is.
      if (reading) this.#words = true;
      return;
    }
    if (digit !== undefined) {
      this.#compared++;
      if (number === String(digit)) this.#agree++;
    }
    if (this.#rows.size < KEPT || this.#rows.has(number)) {
      this.#rows.set(number, (this.#rows.get(number) ?? 0) + 1);
    }
    if (this.#standsForNothing(number)) return;
    this.#counted++;
    if (this.attribute === 1 || this.attribute === 2) return;
    const value = Math.abs(Number(number));
    const whole = Number.isInteger(value);
    const [from, fraction] = this.attribute === 0 ? [YEARS_FROM, 1] : [DEGREES_FROM, RADIANS_TO];
    this.#fraction ||= !whole;
    if (value >= from || (!whole && value > fraction)) {
      this.#measured++;
      if (this.#measures.size < SURE) this.#measures.add(Number(number));
    }
  }

  /** Years or degrees: one number out of hundreds that no code has may be a slip, several or many are none. */
  get #isMeasure(): boolean {
    return this.#measures.size >= SURE || this.#measured >= SHARE * Math.max(1, this.#counted);
  }

  /** Numbers for 'not known', and those that are no year or angle at all. */
  #standsForNothing(number: string): boolean {
    const value = Number(number);
    if (this.attribute === 0) return MISSING.has(number) || value < 0 || value > 130;
    return MISSING.has(number) || Math.abs(value) > 180;
  }

  /** True when the cohort codes beside the column say that it holds their digits. */
  get agreesWithCohort(): boolean {
    return 2 * this.#agree > this.#compared;
  }

  /** What must be asked, if anything. */
  question(file: string): ColumnQuestion | undefined {
    if (this.#words || this.#rows.size === 0) return undefined;
    if (this.attribute !== 1 && this.attribute !== 2 && this.#isMeasure) return undefined;
    const values = [...this.#rows]
      .map(([value, rows]) => ({ value, rows }))
      .sort((a, b) => Number(a.value) - Number(b.value));
    const options = this.#options(values.map(({ value }) => value));
    const { name } = ATTRIBUTES[this.attribute];
    const shown = values.slice(0, 10).map(({ value }) => value.replace('-', '−'));
    const numbers = values.length > 10 ? `${shown.join(', ')} …` : shown.join(', ');
    const what =
      this.attribute === 0
        ? 'years or codes'
        : this.attribute < 3
          ? 'codes of several kinds'
          : this.#fraction
            ? 'degrees or radians'
            : 'degrees or codes';
    return {
      attribute: name,
      file,
      column: this.column,
      values,
      sentence: `${file}: the numbers of the column '${this.column}' (${numbers}) can be ${what}, and nothing in the table says which.`,
      options: [
        ...options,
        { name: IGNORE, title: 'leave the column aside: no labels of it', values: IGNORE },
      ].map((option) => ({
        ...option,
        words: optionWords(this.attribute, option),
      })),
    };
  }

  /** The codings that have a meaning for every number seen (but those that stand for 'not known'). */
  #options(numbers: readonly string[]): Coding[] {
    return CODINGS[this.attribute].flatMap((coding) => {
      const { values } = coding;
      if (typeof values === 'string') {
        if (values === 'radians' && !this.#fraction) return [];
        return [coding];
      }
      if (this.#fraction) return [];
      const unknown = numbers.filter((number) => !(number in values));
      if (unknown.length === 0) return [coding];
      if (!unknown.every((number) => this.#standsForNothing(number)) || unknown.length === numbers.length)
        return [];
      const not = unknown.map((number) => number.replace('-', '−')).join(', ');
      return [
        {
          ...coding,
          title: `${coding.title}; ${not} = not said`,
          values: { ...values, ...Object.fromEntries(unknown.map((number) => [number, ''])) },
        },
      ];
    });
  }
}

/** The words after '--values' that choose a coding. */
function optionWords(attribute: number, { name, values }: Omit<Coding, 'title'>): string {
  const { name: prefix } = ATTRIBUTES[attribute];
  const known = CODINGS[attribute].find((coding) => coding.name === name)?.values;
  // A coding that was widened by numbers for 'not said' is spelled out.
  const widened =
    typeof values !== 'string' && Object.keys(values).length !== Object.keys(known ?? {}).length;
  const spelled = (): string =>
    Object.entries(values)
      .map(([raw, word]) => `${raw}=${word}`)
      .join(',');
  return `${prefix}:${widened ? spelled() : name}`;
}

/** A question for people who read text: the sentence, then each option with the words that choose it. */
export function questionText(question: ColumnQuestion): string {
  const options = question.options.map((option) => `  --values '${option.words}'  ${option.title}`);
  return [
    `${question.sentence} Visage does not guess; say which with one of:`,
    ...options,
    `  --values '${question.attribute}:RAW=VALUE,…'  anything else, value by value (an empty VALUE: no label)`,
  ].join('\n');
}
