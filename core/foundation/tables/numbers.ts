/** How a table writes what stands behind the units: '12.5' or '12,5'; undefined where it gives nothing away. */
export type DecimalMark = '.' | ',' | undefined;

/** Blanks and apostrophes between thousands, of all kinds that locales use. */
const GROUPING = /(?<=\d)[\s\u00a0\u2009\u202f'’](?=\d{3}(?!\d))/g;

const tidy = (text: string): string => text.trim().replace(/^[−–]/, '-').replace(GROUPING, '');

/** '1,234' and '12.345': a decimal mark before three digits, or one between thousands. */
const EITHER = /^[-+]?[1-9]\d{0,2}([.,])\d{3}$/;

/**
 * Reads a number as programs and spreadsheets of all countries write it: '12.5', '12,5', '1,234.5', '1.234,5', '1 234,5',
 * "1'234", '−3', '1e-4'. Undefined when it is none, or when it is one of two: '1,234' in a table that nowhere shows what its
 * comma means. A lone point is a decimal point, unless the table writes decimal commas.
 */
export function readNumber(text: string, mark?: DecimalMark): number | undefined {
  const plain = tidy(text);
  const either = EITHER.exec(plain)?.[1];
  if (either === ',' && mark === undefined) return undefined;
  if (either !== undefined && mark !== undefined && either !== mark) return Number(plain.replace(either, ''));
  const unmarked = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)
    ? plain
    : /^[-+]?(\d+|\d{1,3}(\.\d{3})+)?,\d+(e[-+]?\d+)?$/i.test(plain)
      ? plain.replaceAll('.', '').replace(',', '.')
      : /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)
        ? plain.replaceAll(',', '')
        : /^[-+]?\d{1,3}(\.\d{3}){2,}$/.test(plain)
          ? plain.replaceAll('.', '')
          : '';
  const value = unmarked === '' ? Number.NaN : Number(unmarked);
  return Number.isFinite(value) ? value : undefined;
}

/** A sentence for the first of some numbers that `readNumber` refuses for having two readings; undefined where none has. */
export function twoReadings(texts: readonly string[]): string | undefined {
  const text = texts.find((candidate) => EITHER.exec(tidy(candidate))?.[1] === ',');
  if (text === undefined) return undefined;
  const plain = tidy(text);
  return `'${text.trim()}' can be ${plain.replace(',', '')} or ${plain.replace(',', '.')}, and no number of the table's beginning shows which; allowed: either of these.`;
}

/** What a cell gives away about the decimal mark. */
export function decimalMarkOf(cell: string): DecimalMark {
  const plain = tidy(cell);
  if (EITHER.test(plain)) return undefined;
  if (/^[-+]?\d{1,3}(\.\d{3})+,\d+$|^[-+]?\d+,\d+$|^[-+]?\d{1,3}(\.\d{3}){2,}$/.test(plain)) {
    return /^[-+]?[1-9]\d{0,2}(,\d{3}){2,}$/.test(plain) ? '.' : ',';
  }
  if (/^[-+]?\d{1,3}(,\d{3})+\.\d+$|^[-+]?\d+\.\d+$|^[-+]?[1-9]\d{0,2}(,\d{3}){2,}$/.test(plain)) return '.';
  return undefined;
}
