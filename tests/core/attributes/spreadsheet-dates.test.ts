import { describe, expect, test } from 'vitest';
import { readAge } from '../../../core/attributes/folding.ts';
import { monthOf } from '../../../core/attributes/months.ts';
import { rangesOfDate } from '../../../core/attributes/spreadsheet-dates.ts';

describe('what spreadsheets make of 3-9', () => {
  test.each([
    ...['9-Mar', '09-Mar', 'Mar-09', 'March 9', 'Mar 9, 2024', '09-Mar-24', '9 March 2024'],
    ...['03-Sep', '3-Sep', '3 Sept.', 'Sep-03', '03-Sep-2024'],
    ...[
      '9-Mär',
      '9. Mrz',
      '03. Sep',
      '3. September 2024',
      '9 mars',
      '03-sept.',
      '9-mar.',
      '9 de marzo de 2024',
    ],
    ...[
      '9-mrt',
      '9 maalis',
      '9-márc.',
      '9 bře',
      '9-мар.',
      '3 сентября',
      '9 Μαρ',
      '3月9日',
      '2024年9月3日',
      '3월 9일',
    ],
    ...['2024-03-09', '2024-09-03', '2024-03-09 00:00:00', '2024-03-09T00:00:00', '2024/3/9'],
    ...['03/09', '9/3', '03/09/2024', '09.03.2024', '09.03.', '3-9-24'],
    // Day numbers of 9 March 2024 and 3 September 2024.
    ...['45360', '45538', '45360.0'],
  ])("'%s'", (text) => expect(readAge(text)).toEqual({ value: 0, repaired: '3-9' }));
});

describe('what spreadsheets make of 10-19', () => {
  test.each([
    ...[
      '19-Oct',
      'Oct-19',
      'Oct 19',
      'Oct 2019',
      '19-Oct-2024',
      '19. Okt',
      'Okt 19',
      '19-ott',
      '19-out',
      '19 οκτ',
    ],
    ...[
      '19-okt.',
      '19 paź',
      '19-Eki',
      '19-окт',
      '2024-10-19',
      '2019-10-01',
      '01.10.2019',
      '10/1/2019',
      '10/19',
    ],
    // 19 October 2019 and the first of that month.
    ...['43757', '43739'],
  ])("'%s'", (text) => expect(readAge(text)).toEqual({ value: 0, repaired: '10-19' }));
});

test('other ranges, and a date that was two of them', () => {
  expect(readAge('9-May')).toEqual({ value: 0, repaired: '5-9' });
  expect(readAge('0-Feb')).toEqual({ value: 0, repaired: '0-2' });
  expect(readAge('1-Oct')).toEqual({ value: 0, repaired: '1-10' });
  expect(rangesOfDate('2018-03-01')).toEqual(['1-3', '3-18']);
  expect(readAge('2018-03-01')).toEqual({ value: 0, repaired: '1-3 or 3-18' });
});

test.each([
  // Ends in different bins, dates of birth, days and months that there are not, numbers that are no ages.
  ...['28-Feb', '12-31', '2024-12-31', '09-Mar-84', '1984-03-09', '32-Mar', '13/14', '19-10', '3-9-1950'],
  ...['45361', '40000', '12345', '99999', '9-Marbles', '9-foo', 'Mar', 'monday 9', '9 srp', 'Oct 2050'],
])("'%s' is no age", (text) => expect(readAge(text)).toBeUndefined());

test('names of months in many languages; those of two months in two languages are none', () => {
  const months = ['jan', 'févr.', 'März', 'abr', 'mei', 'juin', 'lipca', 'août', 'wrz', 'ott', 'lis', 'Dez'];
  expect(months.map(monthOf)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, undefined, 12]);
  // July in Croatian, August in Czech; October in Croatian, November in Polish.
  expect([monthOf('srp'), monthOf('listopad'), monthOf('ma'), monthOf('')]).toEqual(Array(4).fill(undefined));
});

test('years with decimals of both kinds; a comma between two numbers only where both readings agree', () => {
  const values = ['34,5', '19,9', '49,5', '131,0', '3,9', '25, 32', '(25, 32)', '19,20', '49,50'].map(
    (text) => readAge(text)?.value,
  );
  expect(values).toEqual([1, 0, 1, undefined, 0, 1, 1, undefined, undefined]);
});
