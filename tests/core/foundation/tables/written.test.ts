import { expect, test } from 'vitest';
import { csvCell, csvTable, fromInert, inert } from '../../../../core/foundation/tables/written.ts';

/** Beginnings of OWASP's page on CSV injection, and what may stand there honestly. */
const RUN = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', "'=1", "''@x"];
const SAFE = ['a=1', '', ' =1', "'quoted'", "O'Neill", '1-2', 'x@y.org', '😀'];

test('cells that a spreadsheet would run are marked as text, and come back as they were', () => {
  for (const text of RUN) {
    expect(inert(text)).toBe(`'${text}`);
    expect(fromInert(inert(text))).toBe(text);
  }
  for (const text of SAFE) {
    expect(inert(text)).toBe(text);
    expect(fromInert(text)).toBe(text);
  }
});

test('numbers stay numbers, and quotes stand where RFC 4180 asks for them', () => {
  expect(
    csvTable(
      ['a', 'b'],
      [
        [-1.5, '-1.5'],
        [null, '=HYPERLINK("x","y")'],
        ['a\nb', 'c,d'],
      ],
    ),
  ).toBe('a,b\n-1.5,\'-1.5\n,"\'=HYPERLINK(""x"",""y"")"\n"a\nb","c,d"\n');
  expect(csvCell(undefined)).toBe('');
});
