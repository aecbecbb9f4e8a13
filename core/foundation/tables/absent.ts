/**
 * Words that say nothing, as data frames, databases, spreadsheets and people write them. Case and blanks do not matter.
 * '-1' is none of them: it is an angle, and an answer in other sets.
 */
const ABSENT: ReadonlySet<string> = new Set([
  ...['', 'nan', '-nan', '+nan', 'na', 'n/a', 'n.a.', 'n.a', '#na', '#n/a', '#n/a n/a', '<na>', 'nat'],
  ...['1.#ind', '-1.#ind', '1.#qnan', '-1.#qnan', 'null', '(null)', '<null>', '\\n', 'none', 'nil'],
  ...['-', '--', '---', '–', '—', '−', '?', '??', '.', '…', 'unknown', 'unk', 'missing', 'undefined'],
  ...['not available', 'not said', 'unspecified', '#value!', '#ref!', '#div/0!', '#name?', '#null!', '#num!'],
]);

/** True for a cell that says nothing about its face. */
export const isAbsent = (text: string): boolean => ABSENT.has(text.trim().toLowerCase());

const ABSENT_NAMES: ReadonlySet<string> = new Set([
  ...[
    '',
    'nan',
    'NaN',
    'NAN',
    'NA',
    'N/A',
    'n/a',
    '#N/A',
    '<NA>',
    'NULL',
    'null',
    'None',
    '-',
    '--',
    '–',
    '—',
    '?',
  ],
]);

/** As `isAbsent`, for names of people and files, of which some are such words in another spelling: Na, Null, Nil. */
export const isAbsentName = (text: string): boolean => ABSENT_NAMES.has(text.trim());
