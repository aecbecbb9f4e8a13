import { ATTRIBUTES, VALUE_COUNTS } from '../attributes/attributes.ts';
import { FOLDINGS, type Reading } from '../attributes/folding.ts';
import { isAbsent } from '../foundation/tables/absent.ts';
import { type DecimalMark, readNumber } from '../foundation/tables/numbers.ts';
import type { Row } from '../foundation/tables/rows.ts';
import { type NewFace, ORIGIN_RANK, type Origin } from '../project/types.ts';
import { Census, type ColumnQuestion } from './census.ts';
import { codesOf, IGNORE, onScale, plainNumber, unitOf, type ValueMapping } from './coding.ts';
import { ReadReport } from './report.ts';

/** A table with named columns, from whatever file. */
export interface FaceTable {
  /** As the report names it. */
  readonly name: string;
  readonly header: readonly string[];
  readonly decimalMark?: DecimalMark;
  rows(report: ReadReport): AsyncIterable<Row>;
}

/** Our value that a word on the right of a value mapping means: a value's name, its words, or 'below' and the like. */
export function meantBy(attribute: number, word: string): number | undefined {
  const named = (ATTRIBUTES[attribute].values as readonly string[]).indexOf(word);
  return named >= 0 ? named : FOLDINGS[attribute].read(word)?.value;
}

/**
 * The five values of a cohort code. A spreadsheet takes it for a number and leaves out its leading zeros ('01022' →
 * '1022'), which can be put back: the code has five digits.
 */
export function readCohort(cell: string): { values: number[]; repaired?: string } | undefined {
  const number = plainNumber(cell);
  if (number === undefined || !/^\d{1,5}$/.test(number)) return undefined;
  const code = number.padStart(VALUE_COUNTS.length, '0');
  const values = [...code].map(Number);
  if (values.some((value, a) => value >= VALUE_COUNTS[a])) return undefined;
  return { values, ...(cell.trim() !== code && { repaired: code }) };
}

const COHORT_ALLOWED = `five digits (${ATTRIBUTES.map(({ name, values }) => `${name} 0–${values.length - 1}`).join(', ')})`;

/** How one attribute's column is read; in tables of Visage digits are our codes, and words are words. */
type How =
  | { kind: 'words' | 'own' | 'ignored' }
  | { kind: 'scale'; name: string }
  | { kind: 'mapping'; values: Readonly<Record<string, string>> }
  | { kind: 'asked'; question: ColumnQuestion };

function howOf(mapping: ValueMapping | undefined): How | undefined {
  if (mapping === undefined) return undefined;
  if (mapping === IGNORE) return { kind: 'ignored' };
  return typeof mapping === 'string'
    ? { kind: 'scale', name: mapping }
    : { kind: 'mapping', values: mapping };
}

interface LabelColumn {
  attribute: number;
  at: number;
  origin?: number;
  confidence?: number;
  how: How | undefined;
}

/** What one row says of the five attributes, or [value, sentence] of what is wrong with it. */
export type RowLabels = Required<Pick<NewFace, 'labels'>> &
  Pick<NewFace, 'confidences' | 'origins'> & {
    /** Cells that a spreadsheet changed, and what they were. */
    repairs: [value: string, read: string][];
  };

export interface LabelChoices {
  values?: Readonly<Record<string, ValueMapping>>;
  /** A table that Visage wrote: its numbers are our codes. */
  own?: boolean;
  /** The user named the cohort's column. */
  cohortGiven?: boolean;
}

/**
 * The columns of a table that say the five attributes. What their numbers mean is looked up in the table itself (a unit
 * in the header, words among the cells, a cohort code beside them); where it does not say, it is asked, never guessed.
 */
export class LabelColumns {
  readonly #table: FaceTable;
  readonly #columns: LabelColumn[];
  readonly #cohort: number | undefined;
  #cohortTrusted: boolean;

  constructor(table: FaceTable, at: ReadonlyMap<string, number>, { values, own, cohortGiven }: LabelChoices) {
    this.#table = table;
    this.#cohort = at.get('cohort');
    this.#cohortTrusted = own === true || cohortGiven === true;
    this.#columns = ATTRIBUTES.flatMap(({ name }, attribute) => {
      const c = at.get(name);
      if (c === undefined) return [];
      const how = own ? ({ kind: 'own' } as const) : howOf(values?.[name] ?? unitOf(table.header[c])?.scale);
      return [
        { attribute, at: c, origin: at.get(`${name}_origin`), confidence: at.get(`${name}_confidence`), how },
      ];
    });
  }

  /** Reads the table, as far as it must, until every column says what it is. */
  async survey(): Promise<void> {
    const open = this.#columns.filter(({ how }) => how === undefined);
    const judgesCohort = this.#cohort !== undefined && !this.#cohortTrusted;
    if (open.length === 0 && !judgesCohort) return;
    const census = open.map(({ attribute, at }) => new Census(attribute, this.#table.header[at]));
    let whole = false;
    let sound = true;
    for await (const { cells } of this.#table.rows(new ReadReport())) {
      const code = this.#cohort === undefined ? '' : said(cells[this.#cohort]);
      const read = code === '' ? undefined : readCohort(code);
      if (code !== '') {
        sound &&= read !== undefined;
        whole ||= code.length === VALUE_COUNTS.length;
      }
      for (const [i, { attribute, at }] of open.entries())
        census[i].add(cells[at].trim(), read?.values[attribute]);
      if (this.#cohort === undefined && census.every(({ settled }) => settled)) break;
    }
    // Numbers such as 1 and 2 could be padded to codes too: one cell at least must look like a code.
    this.#cohortTrusted ||= sound && whole;
    for (const [i, column] of open.entries()) {
      const question = census[i].question(this.#table.name);
      if (question === undefined) column.how = { kind: 'words' };
      else if (this.#cohortTrusted && census[i].agreesWithCohort)
        column.how = { kind: 'mapping', values: codesOf(column.attribute) };
      else column.how = { kind: 'asked', question };
    }
  }

  /** What must be asked before the labels can be read. */
  get questions(): ColumnQuestion[] {
    return this.#columns.flatMap(({ how }) => (how?.kind === 'asked' ? [how.question] : []));
  }

  /** The labels of a row. Columns that are asked about, or to be left aside, give none. */
  read(cells: readonly string[]): RowLabels | [value: string, sentence: string] {
    const repairs: [value: string, read: string][] = [];
    const labels: (number | undefined)[] = new Array(ATTRIBUTES.length).fill(undefined);
    const confidences: (number | undefined)[] = new Array(ATTRIBUTES.length).fill(undefined);
    const origins: (Origin | undefined)[] = new Array(ATTRIBUTES.length).fill(undefined);
    const code = this.#cohort !== undefined && this.#cohortTrusted ? said(cells[this.#cohort]) : '';
    if (code !== '') {
      const cohort = readCohort(code);
      if (cohort === undefined) return [code, `cohort '${code}' is not allowed; allowed: ${COHORT_ALLOWED}.`];
      if (cohort.repaired !== undefined) repairs.push([code, cohort.repaired]);
      for (const [a, value] of cohort.values.entries()) labels[a] = value;
    }
    for (const { attribute, at, how, origin, confidence } of this.#columns) {
      const { name } = ATTRIBUTES[attribute];
      const cell = cells[at].trim();
      if (cell !== '' && how !== undefined && how.kind !== 'ignored' && how.kind !== 'asked') {
        const value = valueIn(attribute, how, cell);
        const repaired = how.kind === 'words' ? repairOf(attribute, cell) : undefined;
        if (repaired !== undefined) repairs.push([cell, repaired]);
        if (typeof value === 'string') return [cell, `${name} '${cell}' is not allowed; allowed: ${value}.`];
        if (code !== '' && value !== undefined && value !== labels[attribute]) {
          return [
            cell,
            `${name} '${cell}' and the cohort '${code}' do not say the same; make them agree, or leave one of the columns out.`,
          ];
        }
        if (value !== undefined) labels[attribute] = value;
      }
      const sure = confidence === undefined ? '' : said(cells[confidence]);
      if (sure !== '') {
        const number = readNumber(sure, sure.includes(',') ? ',' : '.');
        if (number === undefined || number < 0 || number > 1) {
          return [sure, `the confidence '${sure}' of ${name} is not allowed; allowed: 0…1.`];
        }
        confidences[attribute] = number;
      }
      const who = origin === undefined ? '' : said(cells[origin]).toLowerCase();
      if (who !== '') {
        if (!Object.hasOwn(ORIGIN_RANK, who)) {
          return [who, `'${who}' is no origin of ${name}; allowed: ${Object.keys(ORIGIN_RANK).join(', ')}.`];
        }
        origins[attribute] = who as Origin;
      }
    }
    return {
      labels,
      repairs,
      ...(confidences.some((value) => value !== undefined) && { confidences }),
      ...(origins.some((value) => value !== undefined) && { origins }),
    };
  }
}

/** What a cell says, '' for nothing. */
const said = (cell: string): string => (isAbsent(cell) ? '' : cell.trim());

/** What a damaged cell was read as, if it was. */
function repairOf(attribute: number, cell: string): string | undefined {
  const reading: Reading | undefined = FOLDINGS[attribute].read(cell);
  return reading?.repaired;
}

/** The value of a cell, undefined for none; what is allowed, as words, where the cell is not. */
function valueIn(attribute: number, how: How, cell: string): number | undefined | string {
  if (how.kind !== 'mapping' && isAbsent(cell)) return undefined;
  const { read, allowed } = FOLDINGS[attribute];
  if (how.kind === 'scale') {
    return onScale(attribute, how.name, cell) ?? (how.name === 'radians' ? 'radians −π…π' : allowed);
  }
  const number = plainNumber(cell);
  if (how.kind === 'mapping') {
    const word = how.values[cell] ?? how.values[number ?? cell];
    if (word === undefined) return isAbsent(cell) ? undefined : Object.keys(how.values).join(', ');
    return word === '' ? undefined : meantBy(attribute, word);
  }
  if (how.kind !== 'own' || number === undefined) return read(cell)?.value ?? allowed;
  const value = Number(number);
  return Number.isInteger(value) && value >= 0 && value < VALUE_COUNTS[attribute]
    ? value
    : ATTRIBUTES[attribute].values.map((word, v) => `${v} (${word})`).join(', ');
}
