/** Languages whose names of months are known; a spreadsheet writes dates in the language of its user. */
const LANGUAGES = [
  ...[
    'en',
    'de',
    'de-AT',
    'fr',
    'es',
    'it',
    'pt',
    'ca',
    'gl',
    'eu',
    'nl',
    'da',
    'sv',
    'nb',
    'nn',
    'is',
    'fi',
    'et',
  ],
  ...[
    'lv',
    'lt',
    'pl',
    'cs',
    'sk',
    'sl',
    'hr',
    'sr',
    'sr-Latn',
    'bs',
    'mk',
    'bg',
    'ro',
    'hu',
    'el',
    'tr',
    'az',
  ],
  ...[
    'ru',
    'uk',
    'be',
    'ka',
    'hy',
    'he',
    'ar',
    'fa',
    'hi',
    'bn',
    'id',
    'ms',
    'vi',
    'th',
    'sq',
    'ga',
    'cy',
    'sw',
    'af',
  ],
];

/** What spreadsheets and people write beside the names that the locale data has. */
const ALSO: readonly (readonly string[])[] = [
  ['jän', 'jaen', 'janv'],
  ['fév', 'fev', 'fevr', 'febr'],
  ['mrz', 'mär', 'maerz', 'mar', 'mrt'],
  ['avr'],
  [],
  ['juin'],
  ['juil'],
  ['aoû', 'aout', 'ago', 'août'],
  ['sept', 'set'],
  ['okt', 'out', 'ott'],
  [],
  ['dez', 'dec', 'dic', 'déc'],
];

/** As names are compared: lower case, without points and blanks. */
const plain = (name: string): string =>
  name
    .normalize('NFC')
    .toLocaleLowerCase('en')
    .replaceAll(/[.\s\u200e\u200f]/g, '');

const WORD = /^\p{L}[\p{L}\p{M}]+$/u;

/** Name → the month that it is in one language or several; 0 for a name of two months in two languages. */
function monthsByName(): Map<string, number> {
  const found = new Map<string, number>();
  const add = (name: string, month: number): void => {
    if (!WORD.test(name)) return;
    const known = found.get(name);
    found.set(name, known === undefined || known === month ? month : 0);
  };
  for (let month = 1; month <= 12; month++) {
    const date = new Date(Date.UTC(2024, month - 1, 9));
    for (const language of LANGUAGES) {
      for (const form of ['long', 'short'] as const) {
        for (const beside of [{}, { day: 'numeric' }] as const) {
          const format = new Intl.DateTimeFormat(language, {
            ...{ month: form, timeZone: 'UTC', calendar: 'gregory', numberingSystem: 'latn' },
            ...beside,
          });
          const name = format.formatToParts(date).find(({ type }) => type === 'month')?.value;
          if (name !== undefined) add(plain(name), month);
        }
      }
    }
    for (const name of ALSO[month - 1]) add(name, month);
  }
  return found;
}

let known: ReadonlyMap<string, number> | undefined;

/**
 * The month (1…12) that a word names in any of many languages, in full, shortened, or cut after three letters or more;
 * undefined where it names none, or one in this language and another in that ('srp' is July in Zagreb, August in Prague).
 */
export function monthOf(word: string): number | undefined {
  known ??= monthsByName();
  const name = plain(word);
  const exact = known.get(name);
  if (exact !== undefined) return exact || undefined;
  if (name.length < 3) return undefined;
  const begun = new Set([...known].flatMap(([other, month]) => (other.startsWith(name) ? [month] : [])));
  const [month] = begun;
  return begun.size === 1 ? month || undefined : undefined;
}
