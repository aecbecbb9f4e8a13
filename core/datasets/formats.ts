import { Fault, UsageFault } from '../foundation/fault.ts';
import { noun } from '../foundation/noun.ts';
import { aflw2000 } from './aflw2000.ts';
import { celeba } from './celeba.ts';
import { cohortNames } from './cohort-names.ts';
import { columns } from './columns.ts';
import { exported } from './exported.ts';
import { fairface } from './fairface.ts';
import { folder, identities } from './folders.ts';
import { ijb } from './ijb.ts';
import { lfw } from './lfw.ts';
import type { SourceListing } from './listing.ts';
import type { Match, Reader } from './reader.ts';
import { records } from './records/records.ts';
import { synthetic } from './synthetic.ts';
import { utkface } from './utkface.ts';

/** All formats, the most particular first. */
export const READERS: readonly Reader[] = [
  synthetic,
  fairface,
  exported,
  celeba,
  ijb,
  utkface,
  aflw2000,
  lfw,
  records,
  cohortNames,
  identities,
  columns,
  folder,
];

export interface Recognised {
  reader: Reader;
  match: Match;
}

/** What each format finds in a source, best first. */
export function matchesOf(listing: SourceListing): Recognised[] {
  return READERS.flatMap((reader) => {
    const match = reader.match(listing);
    return match ? [{ reader, match }] : [];
  }).sort((a, b) => b.match.score - a.match.score);
}

/** From this score on a format has found what only it has; two such formats are a question for the user. */
const PARTICULAR = 0.8;

/** The reader of a named format. @throws UsageFault that lists the formats */
export function readerOf(format: string): Reader {
  const wanted = format.toLowerCase();
  const reader = READERS.find((candidate) => candidate.format === (wanted === 'ijbb' ? 'ijbc' : wanted));
  if (!reader) {
    throw new UsageFault(
      `--format '${format}' is not known; allowed: ${READERS.map((candidate) => candidate.format).join(', ')}.`,
    );
  }
  return reader;
}

/**
 * The format of a source.
 * @throws Fault when none or several fit; it says what was found or looked for
 */
export function recognise(listing: SourceListing): Recognised {
  const matches = matchesOf(listing);
  if (matches.length === 0) {
    const seen =
      listing.files.length === 0 && listing.images.length === 0
        ? 'it is empty'
        : `it holds ${noun(listing.images.length, 'image')} and ${noun(listing.files.length, 'other file')} (${listing.files.slice(0, 3).join(', ')}${listing.files.length > 3 ? ', …' : ''})`;
    throw new Fault(
      [
        `'${listing.path}' is no data set that Visage knows: ${seen}. Looked for:`,
        ...READERS.map((reader) => `  ${reader.format}: ${reader.looksFor}`),
      ].join('\n'),
    );
  }
  // A table that says who wrote it leaves no question, whatever else its columns may look like.
  if (matches[0].match.score === 1) return matches[0];
  const particular = matches.filter(({ match }) => match.score >= PARTICULAR);
  if (particular.length > 1) {
    throw new Fault(
      [
        `'${listing.path}' can be read in several ways; say which with --format, or name one file:`,
        ...particular.map(({ reader, match }) => `  ${reader.format}: it holds ${match.why}`),
      ].join('\n'),
    );
  }
  return matches[0];
}
